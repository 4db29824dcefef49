-- Records that were taken back with an import stay set aside.
DROP INDEX records_counts;
ALTER TABLE records DROP COLUMN undone_id;
CREATE INDEX records_counts ON records (model, active, stage_id, user_id, new_mail, joined_id);
DROP INDEX messages_import;
ALTER TABLE messages DROP COLUMN import_id;
DROP TABLE import_keys;
DROP TABLE imports;
