ALTER TABLE connections DROP COLUMN spoken;
ALTER TABLE connections DROP COLUMN protocol;
