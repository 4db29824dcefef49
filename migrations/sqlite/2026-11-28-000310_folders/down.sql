ALTER TABLE server_status DROP COLUMN warning;
