ALTER TABLE messages DROP COLUMN notes;
