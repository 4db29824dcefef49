ALTER TABLE connection_status DROP COLUMN nameless_since;
ALTER TABLE server_status DROP COLUMN nameless_since;
