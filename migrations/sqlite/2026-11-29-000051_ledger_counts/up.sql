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
-- are a sum: where several write at once (PostgreSQL), each adds a line, and lines are added up from time to time.
CREATE TABLE ledger_counts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL
);
INSERT INTO ledger_counts (state, count)
SELECT s.state, (SELECT COUNT(*) FROM fates f WHERE f.state = s.state)
FROM (SELECT 'received' AS state UNION ALL SELECT 'routed' UNION ALL SELECT 'delivering' UNION ALL SELECT 'delivered'
    UNION ALL SELECT 'held' UNION ALL SELECT 'ignored' UNION ALL SELECT 'retrying') s;
CREATE TRIGGER ledger_count_made AFTER INSERT ON fates BEGIN
    UPDATE ledger_counts SET count = count + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER ledger_count_changed AFTER UPDATE OF state ON fates WHEN OLD.state <> NEW.state BEGIN
    UPDATE ledger_counts SET count = count + CASE state WHEN NEW.state THEN 1 ELSE -1 END WHERE state IN (OLD.state, NEW.state);
END;
CREATE TRIGGER ledger_count_gone AFTER DELETE ON fates BEGIN
    UPDATE ledger_counts SET count = count - 1 WHERE state = OLD.state;
END;
