-- Most indexes of records begin with the type of a record. They know it by a code instead of its name, which took more than all else in
-- them: none at all for grievances, so that their rows stay as they are. The column was there, and nothing looks in it any more.
DROP INDEX records_list;
DROP INDEX records_open;
DROP INDEX records_created;
DROP INDEX records_age;
DROP INDEX records_month;
DROP INDEX records_stage;
DROP INDEX records_category;
DROP INDEX records_due;
DROP INDEX records_closed_at;
DROP INDEX records_number;
DROP INDEX records_title;
DROP INDEX records_from;
DROP INDEX records_priority;
DROP INDEX records_severity;
DROP INDEX records_channel;
DROP INDEX records_user;
DROP INDEX records_new_mail;
ALTER TABLE records RENAME COLUMN search TO model_code;
-- None of their words change.
ALTER TABLE records DISABLE TRIGGER USER;
UPDATE records SET model_code = CASE model WHEN 'spp.grm.ticket' THEN '' WHEN 'helpdesk.ticket' THEN 'h' ELSE model END
WHERE model <> 'spp.grm.ticket' OR model_code <> '';
ALTER TABLE records ENABLE TRIGGER USER;
CREATE INDEX records_list ON records (model_code, active, last_mail_at);
CREATE INDEX records_open ON records (model_code, active, closed, last_mail_at);
CREATE INDEX records_created ON records (model_code, create_date);
CREATE INDEX records_age ON records (model_code, active, closed, date, id, stage_id, user_id, category_id, server_id);
CREATE INDEX records_month ON records (model_code, active, closed, date_trunc('month', date), last_mail_at, id, date);
CREATE INDEX records_stage ON records (model_code, active, stage_id, last_mail_at);
CREATE INDEX records_category ON records (category_id, model_code, active, closed, last_mail_at) WHERE category_id IS NOT NULL;
CREATE INDEX records_due ON records (model_code, active, closed, (COALESCE(due, TIMESTAMP '9999-12-31 00:00:00')), id);
CREATE INDEX records_closed_at ON records (model_code, active, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX records_number ON records (model_code, active, number, id, closed);
CREATE INDEX records_title ON records (model_code, active, lower(substr(name, 1, 100)), id, closed);
CREATE INDEX records_from ON records
    (model_code, active, lower(substr(COALESCE(contact_name, partner_name, partner_email, ''), 1, 100)), id, closed);
CREATE INDEX records_priority ON records (model_code, active, priority, id, closed);
CREATE INDEX records_severity ON records (model_code, active, (substr(extra::jsonb ->> 'severity', 1, 100)), closed, last_mail_at);
CREATE INDEX records_channel ON records (model_code, active, (substr(extra::jsonb ->> 'channel', 1, 100)), closed, last_mail_at);
CREATE INDEX records_user ON records (model_code, active, user_id, closed, last_mail_at, id, stage_id);
CREATE INDEX records_new_mail ON records (model_code, active, new_mail, last_mail_at, id, stage_id) WHERE new_mail;
-- Plans go by figures of the column, which may be old.
ANALYZE records (model_code);
