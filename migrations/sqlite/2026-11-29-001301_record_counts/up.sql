-- How many records there are of all that a list is narrowed to by a press: every page shows it, and counting them costs more
-- with each. What was joined to another record, or taken back with its import, is in no list. A user of 0 is nobody.
CREATE TABLE record_counts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    model TEXT NOT NULL,
    stage_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    closed BOOLEAN NOT NULL,
    new_mail BOOLEAN NOT NULL,
    count BIGINT NOT NULL
);
CREATE UNIQUE INDEX record_counts_of ON record_counts (model, stage_id, user_id, active, closed, new_mail);
INSERT INTO record_counts (model, stage_id, user_id, active, closed, new_mail, count)
SELECT model, stage_id, COALESCE(user_id, 0), active, closed, new_mail, COUNT(*) FROM records
WHERE active = TRUE OR joined_id IS NULL AND undone_id IS NULL
GROUP BY 1, 2, 3, 4, 5, 6;

CREATE TRIGGER record_count_made AFTER INSERT ON records
WHEN NEW.active = TRUE OR NEW.joined_id IS NULL AND NEW.undone_id IS NULL
BEGIN
    INSERT INTO record_counts (model, stage_id, user_id, active, closed, new_mail, count)
    VALUES (NEW.model, NEW.stage_id, COALESCE(NEW.user_id, 0), NEW.active, NEW.closed, NEW.new_mail, 1)
    ON CONFLICT (model, stage_id, user_id, active, closed, new_mail) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER record_count_changed AFTER UPDATE OF model, stage_id, user_id, active, closed, new_mail, joined_id, undone_id ON records
WHEN OLD.stage_id <> NEW.stage_id OR OLD.user_id IS NOT NEW.user_id OR OLD.active <> NEW.active OR OLD.closed <> NEW.closed
    OR OLD.new_mail <> NEW.new_mail OR OLD.model <> NEW.model
    OR OLD.joined_id IS NOT NEW.joined_id OR OLD.undone_id IS NOT NEW.undone_id
BEGIN
    UPDATE record_counts SET count = count - 1
    WHERE model = OLD.model AND stage_id = OLD.stage_id AND user_id = COALESCE(OLD.user_id, 0) AND active = OLD.active
        AND closed = OLD.closed AND new_mail = OLD.new_mail
        AND (OLD.active = TRUE OR OLD.joined_id IS NULL AND OLD.undone_id IS NULL);
    INSERT INTO record_counts (model, stage_id, user_id, active, closed, new_mail, count)
    SELECT NEW.model, NEW.stage_id, COALESCE(NEW.user_id, 0), NEW.active, NEW.closed, NEW.new_mail, 1
    WHERE NEW.active = TRUE OR NEW.joined_id IS NULL AND NEW.undone_id IS NULL
    ON CONFLICT (model, stage_id, user_id, active, closed, new_mail) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER record_count_gone AFTER DELETE ON records
WHEN OLD.active = TRUE OR OLD.joined_id IS NULL AND OLD.undone_id IS NULL
BEGIN
    UPDATE record_counts SET count = count - 1
    WHERE model = OLD.model AND stage_id = OLD.stage_id AND user_id = COALESCE(OLD.user_id, 0) AND active = OLD.active
        AND closed = OLD.closed AND new_mail = OLD.new_mail;
END;
