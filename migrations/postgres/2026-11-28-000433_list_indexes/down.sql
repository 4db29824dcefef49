DROP INDEX records_stage;
DROP INDEX records_age;
DROP INDEX records_new_mail;
CREATE INDEX records_counts ON records (model, active, stage_id, user_id, new_mail, joined_id, undone_id);
CREATE INDEX records_age ON records (model, date) WHERE active = TRUE AND closed = FALSE;
CREATE INDEX records_new_mail ON records (model, last_mail_at) WHERE new_mail = TRUE;
