ALTER TABLE servers DROP COLUMN traffic_kb_s;
