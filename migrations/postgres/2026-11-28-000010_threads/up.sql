-- What leads to a record: signs of its mails (domain::thread::Sign), in the form in which they are compared. A record
-- that was joined to another keeps its own; who looks them up goes on to the other.
CREATE TABLE threads (
    sign TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    PRIMARY KEY (sign, record_id)
);
-- As domain::message_id::MessageIdKey makes it, of the mails that are here already.
INSERT INTO threads (sign, record_id)
SELECT 'is:' || CASE WHEN key LIKE '%.amazonses.com' THEN substr(key, 1, strpos(key, '@')) || 'amazonses.com' ELSE key END, res_id
FROM (
    SELECT res_id, replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
        lower(message_id)
        , '%40', '@'), '%2b', '+'), '%5f', '_'), '%24', '$'), '%2f', '/'), '%3d', '='), '=40', '@')
        , '=2b', '+'), '=5f', '_'), '=24', '$'), '=2f', '/'), '=3d', '='), '<', ''), '>', ''), '"', '')
        , '\', '') AS key
    FROM posts WHERE ledger_id IS NOT NULL
) AS known
ON CONFLICT DO NOTHING;

-- people: who is on the record (domain::people::People); empty for older ones, whose mails tell who wrote.
-- answers_id: the record that its first mail answers, where its sender is none of those. joined_id: where its mails went.
ALTER TABLE records ADD COLUMN people TEXT;
ALTER TABLE records ADD COLUMN answers_id INTEGER;
ALTER TABLE records ADD COLUMN joined_id INTEGER;
CREATE INDEX records_answers ON records (answers_id) WHERE answers_id IS NOT NULL;
CREATE INDEX records_joined ON records (joined_id) WHERE joined_id IS NOT NULL;
-- A record that was joined is in no list.
DROP INDEX records_counts;
CREATE INDEX records_counts ON records (model, active, stage_id, user_id, new_mail, joined_id);

-- The Message-ID of what is queued for a connection, as it is compared, and the people of the mail, as of records.
ALTER TABLE handovers ADD COLUMN people TEXT;
ALTER TABLE handovers ADD COLUMN message_key TEXT;
UPDATE handovers SET message_key = (
    SELECT CASE WHEN key LIKE '%.amazonses.com' THEN substr(key, 1, strpos(key, '@')) || 'amazonses.com' ELSE key END
    FROM (
        SELECT replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
            lower(messages.message_id)
            , '%40', '@'), '%2b', '+'), '%5f', '_'), '%24', '$'), '%2f', '/'), '%3d', '='), '=40', '@')
            , '=2b', '+'), '=5f', '_'), '=24', '$'), '=2f', '/'), '=3d', '='), '<', ''), '>', ''), '"', '')
            , '\', '') AS key
        FROM messages WHERE messages.id = handovers.message_id
    ) AS own
);
CREATE INDEX handovers_message_key ON handovers (message_key, connection_id) WHERE message_key IS NOT NULL;
