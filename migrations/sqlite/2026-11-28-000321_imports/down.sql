-- An older version knows no undone import: what was taken back is dismissed, and what people left out stays left out.
UPDATE fates SET reason_code = 'dismissed' WHERE reason_code = 'import_undone';
UPDATE message_history SET reason_code = 'dismissed' WHERE reason_code = 'import_undone';
INSERT INTO mailbox_skipped (mailbox_id, source_key)
SELECT mailbox_id, 'imap:' || uid_validity || ':1-' || (below_uid - 1) FROM imports
WHERE state IN ('stopped', 'undoing', 'undone') AND uid_validity IS NOT NULL AND below_uid > 1
ON CONFLICT DO NOTHING;
INSERT INTO mailbox_skipped (mailbox_id, source_key)
SELECT imports.mailbox_id, import_keys.source_key FROM imports JOIN import_keys ON import_keys.import_id = imports.id
WHERE imports.state IN ('stopped', 'undoing', 'undone')
ON CONFLICT DO NOTHING;
-- Records that were taken back with an import stay set aside.
DROP INDEX records_counts;
ALTER TABLE records DROP COLUMN undone_id;
CREATE INDEX records_counts ON records (model, active, stage_id, user_id, new_mail, joined_id);
DROP INDEX messages_import;
ALTER TABLE messages DROP COLUMN import_id;
DROP TABLE import_keys;
DROP TABLE imports;
