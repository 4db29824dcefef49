-- Whether a record is hidden is found by its number: PostgreSQL leaves out of a condition what the index says of all that is in it, and would go
-- through all of it for what stands behind that.
DROP INDEX records_confidential;
CREATE INDEX records_confidential ON records (id, server_id, model) WHERE confidential = TRUE;
