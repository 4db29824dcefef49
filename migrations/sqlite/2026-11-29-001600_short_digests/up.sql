-- Fingerprints are kept as digests, as `kept_fingerprint` of domain::message makes them; those of the first formula, which begin with a
-- Message-ID, stay as they are. The digests of sources and headers are shorter, too, from now on: those that are there are read as they
-- are.
DROP INDEX messages_by_fingerprint;
UPDATE messages SET fingerprint = mailgate_short_digest(fingerprint) WHERE fingerprint LIKE '2 %' OR length(fingerprint) = 64;
CREATE INDEX messages_by_fingerprint ON messages (mailbox_id, fingerprint) WHERE fingerprint IS NOT NULL;

-- What a message holds is found by its fingerprint. The column has another name, so that a program of before that still runs fails by its first
-- claim, instead of claiming what another one has: its mail waits for the new program.
CREATE TABLE kept_claims (
    digest TEXT NOT NULL,
    sink TEXT NOT NULL,
    record_type TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    PRIMARY KEY (digest, sink, record_type)
) WITHOUT ROWID;
INSERT OR IGNORE INTO kept_claims (digest, sink, record_type, message_id)
SELECT CASE WHEN of_mail LIKE '2 %' OR length(of_mail) = 64 THEN mailgate_short_digest(of_mail) ELSE of_mail END
    || substr(fingerprint, length(of_mail) + 1), sink, record_type, message_id
FROM (
    SELECT fingerprint, sink, record_type, message_id,
        CASE WHEN fingerprint LIKE '% again ' || message_id
            THEN substr(fingerprint, 1, length(fingerprint) - length(' again ' || message_id)) ELSE fingerprint END AS of_mail
    FROM claims
)
ORDER BY message_id;
DROP TABLE claims;
ALTER TABLE kept_claims RENAME TO claims;
