-- The ledger is two tables: the mail as it was received and read, and its fate, under the same id.
CREATE TABLE fates (
    id INTEGER PRIMARY KEY REFERENCES messages (id),
    -- Empty once the incoming server is deleted: the mail keeps its name.
    server_id INTEGER REFERENCES servers (id) ON DELETE SET NULL,
    state TEXT NOT NULL,
    reason_code TEXT,
    reason_detail TEXT,
    attempts INTEGER NOT NULL,
    next_attempt TIMESTAMP,
    -- What it is to become, decided when routed or by a person.
    object_model TEXT,
    connection_id INTEGER,
    res_model TEXT,
    res_id INTEGER,
    remote_url TEXT,
    -- JSON: the route's steps.
    trace TEXT,
    -- What was assumed about it, a sentence a line.
    notes TEXT,
    settled_at TIMESTAMP,
    write_date TIMESTAMP NOT NULL
);
INSERT INTO fates SELECT
    id, server_id, state, reason_code, reason_detail, attempts, next_attempt, object_model, connection_id, res_model, res_id,
    remote_url, trace, notes, settled_at, write_date
FROM messages;
-- Their indexes go with the columns.
ALTER TABLE messages
    DROP COLUMN server_id,
    DROP COLUMN state,
    DROP COLUMN reason_code,
    DROP COLUMN reason_detail,
    DROP COLUMN attempts,
    DROP COLUMN next_attempt,
    DROP COLUMN object_model,
    DROP COLUMN connection_id,
    DROP COLUMN res_model,
    DROP COLUMN res_id,
    DROP COLUMN remote_url,
    DROP COLUMN trace,
    DROP COLUMN notes,
    DROP COLUMN settled_at,
    DROP COLUMN write_date;
CREATE INDEX fates_state ON fates (state, next_attempt);
CREATE INDEX fates_server ON fates (server_id, id);
CREATE INDEX fates_record ON fates (res_model, res_id) WHERE res_id IS NOT NULL;
CREATE INDEX fates_connection ON fates (connection_id, state, next_attempt) WHERE connection_id IS NOT NULL;
-- The names that SQLite has to give them.
ALTER INDEX messages_message_id RENAME TO messages_by_message_id;
ALTER INDEX messages_fingerprint RENAME TO messages_by_fingerprint;
ALTER INDEX messages_sender RENAME TO messages_by_sender;
ALTER INDEX messages_older_fingerprint RENAME TO messages_by_older_fingerprint;
ALTER INDEX messages_older_source RENAME TO messages_by_older_source;
-- A table that nothing is known of is gone through from end to end.
ANALYZE fates;
