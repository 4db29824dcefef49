ALTER TABLE stages RENAME COLUMN place TO sequence;
