ALTER TABLE server_status DROP COLUMN waits;
ALTER TABLE server_status DROP COLUMN waiting_for;
ALTER TABLE server_status DROP COLUMN waiting_since;
