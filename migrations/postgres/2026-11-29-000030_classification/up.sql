-- What records are about: a tree of categories and a list of tags for each record type, kept by administrators.
CREATE TABLE categories (
    id SERIAL PRIMARY KEY,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    code TEXT,
    parent_id INTEGER REFERENCES categories (id),
    -- Its name behind those of all above it: Payments / Late.
    path TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL
);
CREATE INDEX categories_model ON categories (model, path);
CREATE INDEX categories_parent ON categories (parent_id) WHERE parent_id IS NOT NULL;
CREATE TABLE tags (
    id SERIAL PRIMARY KEY,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL,
    UNIQUE (model, name)
);
CREATE TABLE record_tags (
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (record_id, tag_id)
);
CREATE INDEX record_tags_tag ON record_tags (tag_id, record_id);

-- When a record is due (empty while its time stands still), and when it was settled.
ALTER TABLE records ADD COLUMN category_id INTEGER;
ALTER TABLE records ADD COLUMN due TIMESTAMP;
ALTER TABLE records ADD COLUMN closed_at TIMESTAMP;
UPDATE records SET closed_at = write_date WHERE closed = TRUE;
CREATE INDEX records_category ON records (category_id, model, active, closed, last_mail_at) WHERE category_id IS NOT NULL;
-- Whatever is never due comes last: both databases sort what is empty each in its own way.
CREATE INDEX records_due ON records (model, active, closed, (COALESCE(due, TIMESTAMP '9999-12-31 00:00:00')));
CREATE INDEX records_closed_at ON records (model, active, closed_at) WHERE closed_at IS NOT NULL;
-- Lists of one severity or channel, which records keep among their type's own fields.
-- Values may be as long as a text, an index takes no more than its page; and JSONB can't be made of what holds a NUL.
UPDATE records SET extra = regexp_replace(extra, '(?<!\\)((?:\\\\)*)\\u0000', '\1', 'g') WHERE strpos(extra, '\u0000') > 0;
CREATE INDEX records_severity ON records (model, active, (substr(extra::jsonb ->> 'severity', 1, 100)), closed, last_mail_at);
CREATE INDEX records_channel ON records (model, active, (substr(extra::jsonb ->> 'channel', 1, 100)), closed, last_mail_at);

-- Records that wait or have waited for somebody else: their working days so far, and since when.
CREATE TABLE record_waits (
    record_id INTEGER PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    days INTEGER NOT NULL,
    since TIMESTAMP
);
ALTER TABLE stages ADD COLUMN waiting BOOLEAN NOT NULL DEFAULT FALSE;

-- False while a deed runs: one that stays so broke off.
ALTER TABLE list_deeds ADD COLUMN finished BOOLEAN NOT NULL DEFAULT TRUE;
