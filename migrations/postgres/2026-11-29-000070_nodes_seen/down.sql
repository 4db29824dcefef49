DROP TABLE running_passes;
ALTER TABLE nodes DROP COLUMN version;
ALTER TABLE nodes DROP COLUMN since;
