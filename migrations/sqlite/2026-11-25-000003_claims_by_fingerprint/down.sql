CREATE TABLE claims_by_type (
    sink TEXT NOT NULL,
    record_type TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    PRIMARY KEY (sink, record_type, fingerprint)
);
INSERT INTO claims_by_type SELECT sink, record_type, fingerprint, message_id FROM claims;
DROP TABLE claims;
ALTER TABLE claims_by_type RENAME TO claims;
CREATE INDEX claims_message ON claims (message_id);
