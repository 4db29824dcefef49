ALTER TABLE messages
    ADD COLUMN server_id INTEGER REFERENCES servers (id) ON DELETE SET NULL,
    ADD COLUMN state TEXT,
    ADD COLUMN reason_code TEXT,
    ADD COLUMN reason_detail TEXT,
    ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN next_attempt TIMESTAMP,
    ADD COLUMN object_model TEXT,
    ADD COLUMN connection_id INTEGER,
    ADD COLUMN res_model TEXT,
    ADD COLUMN res_id INTEGER,
    ADD COLUMN remote_url TEXT,
    ADD COLUMN trace TEXT,
    ADD COLUMN notes TEXT,
    ADD COLUMN settled_at TIMESTAMP,
    ADD COLUMN write_date TIMESTAMP;
UPDATE messages SET
    server_id = fates.server_id, state = fates.state, reason_code = fates.reason_code, reason_detail = fates.reason_detail, attempts = fates.attempts,
    next_attempt = fates.next_attempt, object_model = fates.object_model, connection_id = fates.connection_id,
    res_model = fates.res_model, res_id = fates.res_id, remote_url = fates.remote_url, trace = fates.trace,
    notes = fates.notes, settled_at = fates.settled_at, write_date = fates.write_date
FROM fates WHERE fates.id = messages.id;
ALTER TABLE messages ALTER COLUMN state SET NOT NULL, ALTER COLUMN write_date SET NOT NULL;
DROP TABLE fates;
CREATE INDEX messages_state ON messages (state, next_attempt);
CREATE INDEX messages_server ON messages (server_id, id);
CREATE INDEX messages_record ON messages (res_model, res_id) WHERE res_id IS NOT NULL;
CREATE INDEX messages_connection ON messages (connection_id, state, next_attempt) WHERE connection_id IS NOT NULL;
ALTER INDEX messages_by_message_id RENAME TO messages_message_id;
ALTER INDEX messages_by_fingerprint RENAME TO messages_fingerprint;
ALTER INDEX messages_by_sender RENAME TO messages_sender;
ALTER INDEX messages_by_older_fingerprint RENAME TO messages_older_fingerprint;
ALTER INDEX messages_by_older_source RENAME TO messages_older_source;
