-- Without foreign keys, as up.sql.
CREATE TABLE whole (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    mailbox_id INTEGER NOT NULL REFERENCES mailboxes (id),
    server_id INTEGER REFERENCES servers (id) ON DELETE SET NULL,
    server_name TEXT NOT NULL,
    source_key TEXT NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    reason_code TEXT,
    reason_detail TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt TIMESTAMP,
    source_id INTEGER REFERENCES sources (id),
    size BIGINT NOT NULL,
    header_digest TEXT,
    sha256 TEXT,
    fingerprint TEXT,
    message_id TEXT,
    subject TEXT,
    email_from TEXT,
    date TIMESTAMP,
    object_model TEXT,
    connection_id INTEGER,
    res_model TEXT,
    res_id INTEGER,
    remote_url TEXT,
    trace TEXT,
    marks TEXT,
    search TEXT NOT NULL DEFAULT '',
    settled_at TIMESTAMP,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL,
    notes TEXT,
    UNIQUE (mailbox_id, source_key, generation)
);
INSERT INTO whole SELECT
    messages.id, mailbox_id, server_id, server_name, source_key, generation, state, reason_code, reason_detail, attempts,
    next_attempt, source_id, size, header_digest, sha256, fingerprint, message_id, subject, email_from, date, object_model,
    connection_id, res_model, res_id, remote_url, trace, marks, search, settled_at, create_date, write_date, notes
FROM messages JOIN fates ON fates.id = messages.id;
DELETE FROM sqlite_sequence WHERE name = 'whole';
INSERT INTO sqlite_sequence (name, seq) SELECT 'whole', seq FROM sqlite_sequence WHERE name = 'messages';
DROP TABLE fates;
DROP TABLE messages;
ALTER TABLE whole RENAME TO messages;
CREATE INDEX messages_state ON messages (state, next_attempt);
CREATE INDEX messages_server ON messages (server_id, id);
CREATE INDEX messages_record ON messages (res_model, res_id) WHERE res_id IS NOT NULL;
CREATE INDEX messages_message_id ON messages (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX messages_fingerprint ON messages (mailbox_id, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX messages_sender ON messages (email_from, date) WHERE email_from IS NOT NULL;
CREATE INDEX messages_connection ON messages (connection_id, state, next_attempt) WHERE connection_id IS NOT NULL;
CREATE INDEX messages_older_fingerprint ON messages (fingerprint) WHERE substr(fingerprint, 1, 1) = '<';
CREATE INDEX messages_older_source ON messages (sha256) WHERE substr(fingerprint, 1, 1) = '<';
