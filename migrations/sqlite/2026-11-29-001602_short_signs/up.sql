-- Signs are kept as digests (`Sign::kept` of domain::thread), under another name, by which a program of before fails that still runs.
CREATE TABLE kept_threads (
    digest TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    PRIMARY KEY (digest, record_id)
) WITHOUT ROWID;
INSERT OR IGNORE INTO kept_threads (digest, record_id)
SELECT CASE WHEN sign LIKE '%:%' THEN mailgate_short_digest(sign) ELSE sign END, record_id
FROM threads;
DROP TABLE threads;
ALTER TABLE kept_threads RENAME TO threads;
