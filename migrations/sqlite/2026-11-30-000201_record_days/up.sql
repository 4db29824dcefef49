-- What a month's numbers are made of: how many records of a type are dated on a day (in UTC), by what a report groups them by. Of `kind` 0
-- they are open, of 1 they were settled nobody knows when, of 2 settled. Kind 3 has these once more, by the day on which they were both dated
-- and settled: what was open at a moment and is settled by now is what 3 has from then on without what 2 has.
CREATE TABLE record_days (
    model_code TEXT NOT NULL,
    kind INTEGER NOT NULL,
    day TEXT NOT NULL,
    class TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (model_code, kind, day, class)
) WITHOUT ROWID;
INSERT INTO record_days (model_code, kind, day, class, count)
SELECT model_code, CASE WHEN closed_at IS NOT NULL THEN 2 WHEN closed = TRUE THEN 1 ELSE 0 END, substr(date, 1, 10), report_class, COUNT(*)
FROM records WHERE active = TRUE GROUP BY 1, 2, 3, 4;
INSERT INTO record_days (model_code, kind, day, class, count)
SELECT model_code, 3, substr(MAX(date, closed_at), 1, 10), report_class, COUNT(*)
FROM records WHERE active = TRUE AND closed_at IS NOT NULL GROUP BY 1, 3, 4;

CREATE TRIGGER record_day_made AFTER INSERT ON records WHEN NEW.active = TRUE
BEGIN
    INSERT INTO record_days (model_code, kind, day, class, count)
    SELECT NEW.model_code, CASE WHEN NEW.closed_at IS NOT NULL THEN 2 WHEN NEW.closed = TRUE THEN 1 ELSE 0 END, substr(NEW.date, 1, 10), NEW.report_class, 1
    WHERE NEW.active = TRUE
    ON CONFLICT (model_code, kind, day, class) DO UPDATE SET count = count + 1;
    INSERT INTO record_days (model_code, kind, day, class, count)
    SELECT NEW.model_code, 3, substr(MAX(NEW.date, NEW.closed_at), 1, 10), NEW.report_class, 1
    WHERE NEW.active = TRUE AND NEW.closed_at IS NOT NULL
    ON CONFLICT (model_code, kind, day, class) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER record_day_changed AFTER UPDATE OF model_code, active, date, closed, closed_at, stage_id, category_id, server_id, extra ON records
WHEN OLD.active <> NEW.active OR OLD.closed <> NEW.closed OR OLD.closed_at IS NOT NEW.closed_at OR OLD.date <> NEW.date
    OR OLD.report_class <> NEW.report_class OR OLD.model_code <> NEW.model_code
BEGIN
    UPDATE record_days SET count = count - 1
    WHERE OLD.active = TRUE AND model_code = OLD.model_code AND class = OLD.report_class
        AND kind = CASE WHEN OLD.closed_at IS NOT NULL THEN 2 WHEN OLD.closed = TRUE THEN 1 ELSE 0 END AND day = substr(OLD.date, 1, 10);
    DELETE FROM record_days
    WHERE OLD.active = TRUE AND model_code = OLD.model_code AND class = OLD.report_class
        AND kind = CASE WHEN OLD.closed_at IS NOT NULL THEN 2 WHEN OLD.closed = TRUE THEN 1 ELSE 0 END AND day = substr(OLD.date, 1, 10) AND count = 0;
    UPDATE record_days SET count = count - 1
    WHERE OLD.active = TRUE AND model_code = OLD.model_code AND class = OLD.report_class
        AND kind = 3 AND day = substr(MAX(OLD.date, OLD.closed_at), 1, 10);
    DELETE FROM record_days
    WHERE OLD.active = TRUE AND model_code = OLD.model_code AND class = OLD.report_class
        AND kind = 3 AND day = substr(MAX(OLD.date, OLD.closed_at), 1, 10) AND count = 0;
    INSERT INTO record_days (model_code, kind, day, class, count)
    SELECT NEW.model_code, CASE WHEN NEW.closed_at IS NOT NULL THEN 2 WHEN NEW.closed = TRUE THEN 1 ELSE 0 END, substr(NEW.date, 1, 10), NEW.report_class, 1
    WHERE NEW.active = TRUE
    ON CONFLICT (model_code, kind, day, class) DO UPDATE SET count = count + 1;
    INSERT INTO record_days (model_code, kind, day, class, count)
    SELECT NEW.model_code, 3, substr(MAX(NEW.date, NEW.closed_at), 1, 10), NEW.report_class, 1
    WHERE NEW.active = TRUE AND NEW.closed_at IS NOT NULL
    ON CONFLICT (model_code, kind, day, class) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER record_day_gone AFTER DELETE ON records WHEN OLD.active = TRUE
BEGIN
    UPDATE record_days SET count = count - 1
    WHERE OLD.active = TRUE AND model_code = OLD.model_code AND class = OLD.report_class
        AND kind = CASE WHEN OLD.closed_at IS NOT NULL THEN 2 WHEN OLD.closed = TRUE THEN 1 ELSE 0 END AND day = substr(OLD.date, 1, 10);
    DELETE FROM record_days
    WHERE OLD.active = TRUE AND model_code = OLD.model_code AND class = OLD.report_class
        AND kind = CASE WHEN OLD.closed_at IS NOT NULL THEN 2 WHEN OLD.closed = TRUE THEN 1 ELSE 0 END AND day = substr(OLD.date, 1, 10) AND count = 0;
    UPDATE record_days SET count = count - 1
    WHERE OLD.active = TRUE AND model_code = OLD.model_code AND class = OLD.report_class
        AND kind = 3 AND day = substr(MAX(OLD.date, OLD.closed_at), 1, 10);
    DELETE FROM record_days
    WHERE OLD.active = TRUE AND model_code = OLD.model_code AND class = OLD.report_class
        AND kind = 3 AND day = substr(MAX(OLD.date, OLD.closed_at), 1, 10) AND count = 0;
END;
