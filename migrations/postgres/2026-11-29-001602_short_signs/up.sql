-- Signs are kept as digests (`Sign::kept` of domain::thread), under another name, by which a program of before fails that still runs.
CREATE TABLE kept_threads (
    digest TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    PRIMARY KEY (digest, record_id)
);
INSERT INTO kept_threads (digest, record_id)
SELECT CASE WHEN sign LIKE '%:%' THEN translate(encode(substring(sha256(convert_to(sign, 'UTF8')) FROM 1 FOR 16), 'base64'), '+/=', '-_') ELSE sign END, record_id
FROM threads ON CONFLICT DO NOTHING;
DROP TABLE threads;
ALTER TABLE kept_threads RENAME TO threads;
ALTER TABLE threads RENAME CONSTRAINT kept_threads_pkey TO threads_pkey;
