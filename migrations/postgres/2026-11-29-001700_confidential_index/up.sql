-- Whether a confidential record is one of a person's is found in the index alone.
DROP INDEX records_confidential;
CREATE INDEX records_confidential ON records (confidential, id, server_id, model) WHERE confidential = TRUE;
