-- When what a record is about was written: the date of the mail that made it, never later than that mail came. `create_date` and
-- `write_date` are this database's own.
ALTER TABLE records ADD COLUMN date TIMESTAMP NOT NULL DEFAULT '1970-01-01 00:00:00';
UPDATE records SET
    date = COALESCE((
        SELECT LEAST(messages.date, messages.create_date)
        FROM posts JOIN messages ON messages.id = posts.ledger_id
        WHERE posts.model = records.model AND posts.res_id = records.id AND messages.date IS NOT NULL
        ORDER BY posts.id LIMIT 1
    ), create_date);
CREATE INDEX records_date ON records (model, active, date);
