DROP INDEX records_confidential;
CREATE INDEX records_confidential ON records (confidential, id, server_id, model) WHERE confidential = TRUE;
