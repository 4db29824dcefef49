-- Each row of the audit carries a hash of itself and of the hash before it; rows from before this have none, and are held
-- by the anchor: one hash over all of them, which the program makes at its next start.
ALTER TABLE audit ADD COLUMN hash TEXT;

-- The end of the chain; one row.
CREATE TABLE audit_chain (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    -- The last row without a hash, and the hash over all up to it.
    anchored INTEGER NOT NULL,
    anchor TEXT NOT NULL,
    last_id INTEGER NOT NULL,
    hash TEXT NOT NULL
);

-- Ends of the chain that were signed with this installation's key.
CREATE TABLE audit_checkpoints (
    audit_id INTEGER PRIMARY KEY NOT NULL,
    mac TEXT NOT NULL
);

-- INSERT OR REPLACE removes a row without asking the trigger that refuses DELETE.
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
