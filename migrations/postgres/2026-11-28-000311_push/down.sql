ALTER TABLE server_status DROP COLUMN arrivals;
ALTER TABLE server_status DROP COLUMN announced_since;
ALTER TABLE servers DROP COLUMN push;
