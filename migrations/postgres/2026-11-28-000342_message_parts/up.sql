-- Parts of large messages that have not come whole yet.
CREATE TABLE message_parts (
    mailbox_id INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
    source_key TEXT NOT NULL,
    -- Where it begins in the message.
    at BIGINT NOT NULL,
    -- What the mail server announces of the whole message: under another size it is another one.
    size BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    create_date TIMESTAMP NOT NULL,
    PRIMARY KEY (mailbox_id, source_key, at)
);
