-- Since when a server that was confirmed before shows a certificate without alternative names.
ALTER TABLE server_status ADD COLUMN nameless_since TIMESTAMP;
ALTER TABLE connection_status ADD COLUMN nameless_since TIMESTAMP;
-- The built-in server of the mail gateway could be archived, and reset.
UPDATE servers SET active = TRUE, state = 'done' WHERE server_type = 'api';
