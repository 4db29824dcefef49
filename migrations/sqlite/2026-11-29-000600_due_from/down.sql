ALTER TABLE records DROP COLUMN due_from;
