-- What a month's numbers are made of: how many records of a type are dated on a day (in UTC), by what a report groups them by. Of `kind` 0
-- they are open, of 1 they were settled nobody knows when, of 2 settled. Kind 3 has these once more, by the day on which they were both dated
-- and settled: what was open at a moment and is settled by now is what 3 has from then on without what 2 has.
CREATE TABLE record_days (
    model_code TEXT NOT NULL,
    kind SMALLINT NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    class TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (model_code, kind, day, class)
);
-- What is to be added to that, from time to time: each statement adds lines here, so that nobody waits for another one's.
CREATE TABLE record_day_changes (
    id BIGSERIAL PRIMARY KEY,
    model_code TEXT NOT NULL,
    kind SMALLINT NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    class TEXT NOT NULL,
    count BIGINT NOT NULL
);
-- What a report groups a record by: numbers of stage, category and server, then the channel.
CREATE FUNCTION report_class(stage_id INTEGER, category_id INTEGER, server_id INTEGER, extra TEXT) RETURNS TEXT LANGUAGE SQL IMMUTABLE AS $$
    SELECT stage_id || ' ' || COALESCE(CAST(category_id AS TEXT), '') || ' ' || COALESCE(CAST(server_id AS TEXT), '')
        || ' ' || COALESCE(substr(extra::jsonb ->> 'channel', 1, 100), '')
$$;
-- Nothing is written between the count and the triggers.
LOCK TABLE records IN SHARE MODE;
INSERT INTO record_days (model_code, kind, day, class, count)
SELECT model_code, d.kind, to_char(d.at, 'YYYY-MM-DD'), report_class(stage_id, category_id, server_id, extra), COUNT(*)
FROM records, LATERAL (VALUES
    (CASE WHEN closed_at IS NOT NULL THEN 2 WHEN closed THEN 1 ELSE 0 END, date),
    (CASE WHEN closed_at IS NOT NULL THEN 3 END, GREATEST(date, closed_at))
) d (kind, at)
WHERE active AND d.kind IS NOT NULL GROUP BY 1, 2, 3, 4;

CREATE FUNCTION record_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO record_day_changes (model_code, kind, day, class, count)
        SELECT model_code, d.kind, to_char(d.at, 'YYYY-MM-DD'), report_class(stage_id, category_id, server_id, extra), COUNT(*)
        FROM new_records, LATERAL (VALUES
            (CASE WHEN closed_at IS NOT NULL THEN 2 WHEN closed THEN 1 ELSE 0 END, date),
            (CASE WHEN closed_at IS NOT NULL THEN 3 END, GREATEST(date, closed_at))
        ) d (kind, at)
        WHERE active AND d.kind IS NOT NULL GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO record_day_changes (model_code, kind, day, class, count)
        SELECT model_code, d.kind, to_char(d.at, 'YYYY-MM-DD'), report_class(stage_id, category_id, server_id, extra), -COUNT(*)
        FROM old_records, LATERAL (VALUES
            (CASE WHEN closed_at IS NOT NULL THEN 2 WHEN closed THEN 1 ELSE 0 END, date),
            (CASE WHEN closed_at IS NOT NULL THEN 3 END, GREATEST(date, closed_at))
        ) d (kind, at)
        WHERE active AND d.kind IS NOT NULL GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO record_day_changes (model_code, kind, day, class, count)
        SELECT model_code, d.kind, to_char(d.at, 'YYYY-MM-DD'), report_class(stage_id, category_id, server_id, extra), SUM(change)
        FROM (SELECT *, 1 AS change FROM new_records UNION ALL SELECT *, -1 FROM old_records) r, LATERAL (VALUES
            (CASE WHEN closed_at IS NOT NULL THEN 2 WHEN closed THEN 1 ELSE 0 END, date),
            (CASE WHEN closed_at IS NOT NULL THEN 3 END, GREATEST(date, closed_at))
        ) d (kind, at)
        WHERE active AND d.kind IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING SUM(change) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER record_day_made AFTER INSERT ON records REFERENCING NEW TABLE AS new_records
FOR EACH STATEMENT EXECUTE FUNCTION record_day();
CREATE TRIGGER record_day_changed AFTER UPDATE ON records REFERENCING OLD TABLE AS old_records NEW TABLE AS new_records
FOR EACH STATEMENT EXECUTE FUNCTION record_day();
CREATE TRIGGER record_day_gone AFTER DELETE ON records REFERENCING OLD TABLE AS old_records
FOR EACH STATEMENT EXECUTE FUNCTION record_day();
