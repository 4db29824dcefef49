-- The ledger's pages go by state, newest first: within a state by the number, and by what narrows it.
DROP INDEX fates_state;
DROP INDEX fates_server;
DROP INDEX fates_connection;
CREATE INDEX fates_state ON fates (state, id);
CREATE INDEX fates_server ON fates (server_id, state, id);
CREATE INDEX fates_connection ON fates (connection_id, state, id) WHERE connection_id IS NOT NULL;
CREATE INDEX fates_reason ON fates (reason_code, state, id) WHERE reason_code IS NOT NULL;
CREATE INDEX fates_server_reason ON fates (server_id, reason_code, state, id) WHERE reason_code IS NOT NULL;

-- How many messages are in each state: every page shows it, and counting them costs more with each. The numbers of a state
-- are a sum: each statement adds lines, so that nobody waits for another one's, and lines are added up from time to time.
CREATE TABLE ledger_counts (
    id BIGSERIAL PRIMARY KEY,
    state TEXT NOT NULL,
    count BIGINT NOT NULL
);
INSERT INTO ledger_counts (state, count) SELECT state, COUNT(*) FROM fates GROUP BY state;
CREATE FUNCTION ledger_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO ledger_counts (state, count) SELECT state, COUNT(*) FROM new_fates GROUP BY state;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO ledger_counts (state, count) SELECT state, -COUNT(*) FROM old_fates GROUP BY state;
    ELSE
        INSERT INTO ledger_counts (state, count)
        SELECT state, SUM(change) FROM (SELECT state, 1 AS change FROM new_fates UNION ALL SELECT state, -1 FROM old_fates) changes
        GROUP BY state HAVING SUM(change) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_count_made AFTER INSERT ON fates REFERENCING NEW TABLE AS new_fates
FOR EACH STATEMENT EXECUTE FUNCTION ledger_count();
CREATE TRIGGER ledger_count_changed AFTER UPDATE ON fates REFERENCING OLD TABLE AS old_fates NEW TABLE AS new_fates
FOR EACH STATEMENT EXECUTE FUNCTION ledger_count();
CREATE TRIGGER ledger_count_gone AFTER DELETE ON fates REFERENCING OLD TABLE AS old_fates
FOR EACH STATEMENT EXECUTE FUNCTION ledger_count();
