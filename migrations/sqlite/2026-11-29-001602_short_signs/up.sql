-- Signs are kept as digests (`Sign::kept` of domain::thread).
CREATE TABLE kept_threads (
    sign TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    PRIMARY KEY (sign, record_id)
) WITHOUT ROWID;
INSERT INTO kept_threads
SELECT CASE WHEN sign LIKE '%:%' THEN mailgate_short_digest(sign) ELSE sign END, record_id
FROM threads;
DROP TABLE threads;
ALTER TABLE kept_threads RENAME TO threads;
