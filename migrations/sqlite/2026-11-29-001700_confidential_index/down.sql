DROP INDEX records_confidential;
CREATE INDEX records_confidential ON records (confidential, id) WHERE confidential = TRUE;
