-- How many records there are of all that a list is narrowed to by a press: every page shows it, and counting them costs more
-- with each. What was joined to another record, or taken back with its import, is in no list. A user of 0 is nobody. The numbers
-- are sums: each statement adds lines, so that nobody waits for another one's, and lines are added up from time to time.
CREATE TABLE record_counts (
    id BIGSERIAL PRIMARY KEY,
    model TEXT NOT NULL,
    stage_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    closed BOOLEAN NOT NULL,
    new_mail BOOLEAN NOT NULL,
    count BIGINT NOT NULL
);
-- Nothing is written between the count and the triggers.
LOCK TABLE records IN SHARE MODE;
INSERT INTO record_counts (model, stage_id, user_id, active, closed, new_mail, count)
SELECT model, stage_id, COALESCE(user_id, 0), active, closed, new_mail, COUNT(*) FROM records
WHERE active OR joined_id IS NULL AND undone_id IS NULL
GROUP BY 1, 2, 3, 4, 5, 6;

CREATE FUNCTION record_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO record_counts (model, stage_id, user_id, active, closed, new_mail, count)
        SELECT model, stage_id, COALESCE(user_id, 0), active, closed, new_mail, COUNT(*) FROM new_records
        WHERE active OR joined_id IS NULL AND undone_id IS NULL
        GROUP BY 1, 2, 3, 4, 5, 6;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO record_counts (model, stage_id, user_id, active, closed, new_mail, count)
        SELECT model, stage_id, COALESCE(user_id, 0), active, closed, new_mail, -COUNT(*) FROM old_records
        WHERE active OR joined_id IS NULL AND undone_id IS NULL
        GROUP BY 1, 2, 3, 4, 5, 6;
    ELSE
        INSERT INTO record_counts (model, stage_id, user_id, active, closed, new_mail, count)
        SELECT model, stage_id, COALESCE(user_id, 0), active, closed, new_mail, SUM(change) FROM (
            SELECT model, stage_id, user_id, active, closed, new_mail, 1 AS change FROM new_records
            WHERE active OR joined_id IS NULL AND undone_id IS NULL
            UNION ALL
            SELECT model, stage_id, user_id, active, closed, new_mail, -1 FROM old_records
            WHERE active OR joined_id IS NULL AND undone_id IS NULL
        ) changes
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(change) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER record_count_made AFTER INSERT ON records REFERENCING NEW TABLE AS new_records
FOR EACH STATEMENT EXECUTE FUNCTION record_count();
CREATE TRIGGER record_count_changed AFTER UPDATE ON records REFERENCING OLD TABLE AS old_records NEW TABLE AS new_records
FOR EACH STATEMENT EXECUTE FUNCTION record_count();
CREATE TRIGGER record_count_gone AFTER DELETE ON records REFERENCING OLD TABLE AS old_records
FOR EACH STATEMENT EXECUTE FUNCTION record_count();
