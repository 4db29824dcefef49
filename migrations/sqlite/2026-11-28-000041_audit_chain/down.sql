DROP TRIGGER audit_no_replace;
DROP TABLE audit_checkpoints;
DROP TABLE audit_chain;
ALTER TABLE audit DROP COLUMN hash;
