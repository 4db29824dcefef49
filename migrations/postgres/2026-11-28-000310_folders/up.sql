-- What is to be set right although mail is fetched: a folder of several that can't be opened.
ALTER TABLE server_status ADD COLUMN warning TEXT;
