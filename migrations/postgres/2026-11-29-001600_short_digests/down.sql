-- Digests stay digests, by which older programs know no mail again: to go back, put the backup in place.
CREATE TABLE held_claims (
    sink TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    record_type TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    PRIMARY KEY (sink, fingerprint, record_type)
);
INSERT INTO held_claims SELECT sink, digest, record_type, message_id FROM claims;
DROP TABLE claims;
ALTER TABLE held_claims RENAME TO claims;
ALTER TABLE claims RENAME CONSTRAINT held_claims_pkey TO claims_pkey;
ALTER TABLE claims RENAME CONSTRAINT held_claims_message_id_fkey TO claims_message_id_fkey;
CREATE INDEX claims_message ON claims (message_id);
