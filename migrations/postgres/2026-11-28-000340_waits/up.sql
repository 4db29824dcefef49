-- A mail server that asks to be left alone for a while is no failing one: since when, in which words, and how often in a row.
ALTER TABLE server_status ADD COLUMN waiting_since TIMESTAMP;
ALTER TABLE server_status ADD COLUMN waiting_for TEXT;
ALTER TABLE server_status ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
