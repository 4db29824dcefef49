-- Beside a person's work, and beside new mail, a list counts each stage: the stage stands in the index, after what leads the order.
DROP INDEX records_user;
DROP INDEX records_new_mail;
CREATE INDEX records_user ON records (model, active, user_id, closed, last_mail_at, id, stage_id);
CREATE INDEX records_new_mail ON records (model, active, new_mail, last_mail_at, id, stage_id);
