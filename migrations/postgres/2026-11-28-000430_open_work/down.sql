DROP TABLE list_deeds;
DROP INDEX records_new_mail;
DROP INDEX records_user;
DROP INDEX records_open;
ALTER TABLE records DROP COLUMN closed;
