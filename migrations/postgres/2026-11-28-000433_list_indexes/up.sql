-- SQLite takes no partial index for a condition on a boolean, and a list of one stage needs its order, not only its number.
DROP INDEX records_new_mail;
DROP INDEX records_age;
DROP INDEX records_counts;
CREATE INDEX records_new_mail ON records (model, active, new_mail, last_mail_at);
CREATE INDEX records_age ON records (model, active, closed, date);
CREATE INDEX records_stage ON records (model, active, stage_id, last_mail_at);
