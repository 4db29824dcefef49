ALTER TABLE users DROP COLUMN shortcuts;
DROP TABLE visits;
DROP TABLE drafts;
