-- What lists are narrowed to, under a name: somebody's own, or shared with everybody.
CREATE TABLE saved_filters (
    id SERIAL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    -- As the list's address says it: `show=closed&stage=done`.
    asked TEXT NOT NULL,
    shared BOOLEAN NOT NULL DEFAULT FALSE,
    write_date TIMESTAMP NOT NULL,
    UNIQUE (user_id, model, name)
);
CREATE INDEX saved_filters_shared ON saved_filters (model, shared);
