-- How mail was routed, a row for each wording: most mail comes to the same few. What was routed before has its own in `fates.trace`.
CREATE TABLE traces (
    id SERIAL PRIMARY KEY,
    -- SHA-256 of the trace, in hex.
    digest TEXT NOT NULL UNIQUE,
    trace TEXT NOT NULL
);
ALTER TABLE fates ADD COLUMN trace_id INTEGER;

-- A `body_text` of U+001F is read from `body_html`, which was made of it.

-- The record that a mail's text describes: then its `description` is empty.
ALTER TABLE posts ADD COLUMN describes INTEGER;
CREATE INDEX posts_describes ON posts (describes) WHERE describes IS NOT NULL;
