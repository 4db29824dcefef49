-- The list of records counts by these; a table of long rows is not gone through for that.
CREATE INDEX records_counts ON records (model, active, stage_id, user_id, new_mail);
