DROP TRIGGER audit_no_truncate ON audit;
DROP TABLE audit_checkpoints;
DROP TABLE audit_chain;
ALTER TABLE audit DROP COLUMN hash;
