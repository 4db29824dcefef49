-- What stood in a mailbox when it was fetched for the first time, as far as that was chosen: it is followed, stopped and undone as
-- one. Mailboxes that were fetched before have none.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    mailbox_id INTEGER NOT NULL UNIQUE REFERENCES mailboxes (id),
    -- Empty once the incoming server is deleted.
    server_id INTEGER REFERENCES servers (id) ON DELETE SET NULL,
    state TEXT NOT NULL,
    -- Which mail belongs to it, where the server numbers its messages: what is below this UID. Otherwise import_keys says.
    uid_validity BIGINT,
    below_uid BIGINT,
    -- Messages.
    found INTEGER NOT NULL,
    -- Of these, here or gone, by `seen_at`.
    done INTEGER NOT NULL DEFAULT 0,
    seen_at TIMESTAMP NOT NULL,
    -- When its last pass began, and with how many done.
    pass_at TIMESTAMP,
    pass_done INTEGER NOT NULL DEFAULT 0,
    -- JSON: who undid it, how far that has come, and what was left alone.
    undo TEXT,
    create_date TIMESTAMP NOT NULL
);
CREATE INDEX imports_server ON imports (server_id);
CREATE TABLE import_keys (
    import_id INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    source_key TEXT NOT NULL,
    PRIMARY KEY (import_id, source_key)
) WITHOUT ROWID;

ALTER TABLE messages ADD COLUMN import_id INTEGER;
CREATE INDEX messages_import ON messages (import_id, id) WHERE import_id IS NOT NULL;

-- Taken back with its import: in no list.
ALTER TABLE records ADD COLUMN undone_id INTEGER;
DROP INDEX records_counts;
CREATE INDEX records_counts ON records (model, active, stage_id, user_id, new_mail, joined_id, undone_id);
