-- What somebody typed on a record and did not send: of one person and one record.
CREATE TABLE drafts (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    -- JSON: the note, the fields that were typed over, and what they were.
    typed TEXT NOT NULL,
    write_date TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, record_id)
);
-- Who has a record open.
CREATE TABLE visits (
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seen TIMESTAMP NOT NULL,
    PRIMARY KEY (record_id, user_id)
);
-- Whether keys press buttons: see WCAG 2.1.4.
ALTER TABLE users ADD COLUMN shortcuts BOOLEAN NOT NULL DEFAULT TRUE;
