DROP INDEX records_date;
ALTER TABLE records DROP COLUMN date;
