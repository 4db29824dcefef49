-- The ledger is two tables: the mail as it was received and read, and its fate, under the same id.
CREATE TABLE fates (
    id INTEGER PRIMARY KEY NOT NULL REFERENCES messages (id),
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
-- Before the rows: an index that is made of many rows at once is sorted in memory.
CREATE INDEX fates_state ON fates (state, next_attempt);
CREATE INDEX fates_server ON fates (server_id, id);
CREATE INDEX fates_record ON fates (res_model, res_id) WHERE res_id IS NOT NULL;
CREATE INDEX fates_connection ON fates (connection_id, state, next_attempt) WHERE connection_id IS NOT NULL;
INSERT INTO fates SELECT
    id, server_id, state, reason_code, reason_detail, attempts, next_attempt, object_model, connection_id, res_model, res_id,
    remote_url, trace, notes, settled_at, write_date
FROM messages;

-- SQLite drops one column at a time, each with a copy of the table: it is copied once instead, as
-- https://www.sqlite.org/lang_altertable.html#otheralter has it. Who runs migrations holds no foreign keys meanwhile.
CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    mailbox_id INTEGER NOT NULL REFERENCES mailboxes (id),
    server_name TEXT NOT NULL,
    source_key TEXT NOT NULL,
    -- Above 0 where the server handed out a key again for other mail.
    generation INTEGER NOT NULL DEFAULT 0,
    source_id INTEGER REFERENCES sources (id),
    size BIGINT NOT NULL,
    header_digest TEXT,
    sha256 TEXT,
    fingerprint TEXT,
    message_id TEXT,
    subject TEXT,
    email_from TEXT,
    date TIMESTAMP,
    -- JSON: codes of domain::message::Mark.
    marks TEXT,
    search TEXT NOT NULL DEFAULT '',
    create_date TIMESTAMP NOT NULL,
    UNIQUE (mailbox_id, source_key, generation)
);
-- Those of the old table go with it: names that are taken would have to be freed first, and what is freed and filled again in one
-- transaction is kept in memory.
CREATE INDEX messages_by_message_id ON mails (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX messages_by_fingerprint ON mails (mailbox_id, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX messages_by_sender ON mails (email_from, date) WHERE email_from IS NOT NULL;
CREATE INDEX messages_by_older_fingerprint ON mails (fingerprint) WHERE substr(fingerprint, 1, 1) = '<';
CREATE INDEX messages_by_older_source ON mails (sha256) WHERE substr(fingerprint, 1, 1) = '<';
INSERT INTO mails SELECT
    id, mailbox_id, server_name, source_key, generation, source_id, size, header_digest, sha256, fingerprint,
    message_id, subject, email_from, date, marks, search, create_date
FROM messages;
-- No id is given twice.
DELETE FROM sqlite_sequence WHERE name = 'mails';
INSERT INTO sqlite_sequence (name, seq) SELECT 'mails', seq FROM sqlite_sequence WHERE name = 'messages';
DROP TABLE messages;
ALTER TABLE mails RENAME TO messages;
