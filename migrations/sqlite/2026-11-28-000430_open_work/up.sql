-- Whether a record's stage is an end, kept beside the stage: lists of open work never look at what was settled.
ALTER TABLE records ADD COLUMN closed BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE records SET closed = TRUE WHERE stage_id IN (SELECT id FROM stages WHERE closed = TRUE);
CREATE INDEX records_open ON records (model, active, closed, last_mail_at);
CREATE INDEX records_user ON records (model, active, user_id, closed, last_mail_at);
CREATE INDEX records_new_mail ON records (model, last_mail_at) WHERE new_mail = TRUE;

-- What one person did to many records at once, so that it can be undone.
CREATE TABLE list_deeds (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    deed TEXT NOT NULL,
    -- JSON: each record with its version afterwards and its value before.
    changed TEXT NOT NULL,
    -- How many were chosen and left as they are.
    kept INTEGER NOT NULL,
    create_date TIMESTAMP NOT NULL
);
CREATE INDEX list_deeds_date ON list_deeds (create_date);
