-- A choice is told apart by its beginning: a field of the same name that is a long text fits into no index of PostgreSQL.
DROP INDEX records_severity;
DROP INDEX records_channel;
CREATE INDEX records_severity ON records (model, active, (substr(extra::jsonb ->> 'severity', 1, 100)), closed, last_mail_at);
CREATE INDEX records_channel ON records (model, active, (substr(extra::jsonb ->> 'channel', 1, 100)), closed, last_mail_at);
