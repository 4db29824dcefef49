-- Routing asks who holds a fingerprint, whatever its record type: it comes first.
CREATE TABLE claims_by_fingerprint (
    sink TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    record_type TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    PRIMARY KEY (sink, fingerprint, record_type)
) WITHOUT ROWID;
INSERT INTO claims_by_fingerprint SELECT sink, fingerprint, record_type, message_id FROM claims;
DROP TABLE claims;
ALTER TABLE claims_by_fingerprint RENAME TO claims;
CREATE INDEX claims_message ON claims (message_id);
