DROP INDEX records_severity;
DROP INDEX records_channel;
CREATE INDEX records_severity ON records (model, active, (extra ->> 'severity'), closed, last_mail_at);
CREATE INDEX records_channel ON records (model, active, (extra ->> 'channel'), closed, last_mail_at);
