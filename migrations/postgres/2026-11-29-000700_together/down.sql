ALTER TABLE connections DROP COLUMN together;
