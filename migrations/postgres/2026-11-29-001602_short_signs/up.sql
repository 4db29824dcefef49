-- Signs are kept as digests (`Sign::kept` of domain::thread).
CREATE TABLE kept_threads (
    sign TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    PRIMARY KEY (sign, record_id)
);
INSERT INTO kept_threads
SELECT CASE WHEN sign LIKE '%:%' THEN translate(encode(substring(sha256(convert_to(sign, 'UTF8')) FROM 1 FOR 16), 'base64'), '+/=', '-_') ELSE sign END, record_id
FROM threads;
DROP TABLE threads;
ALTER TABLE kept_threads RENAME TO threads;
ALTER TABLE threads RENAME CONSTRAINT kept_threads_pkey TO threads_pkey;
