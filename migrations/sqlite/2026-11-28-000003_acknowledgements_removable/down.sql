ALTER TABLE acknowledgements DROP COLUMN removable;
