-- Forms that came when their sender was signed out, until he has sent them again.
CREATE TABLE kept_forms (
    id SERIAL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    -- The fields as JSON, sealed.
    fields TEXT NOT NULL,
    create_date TIMESTAMP NOT NULL
);
CREATE INDEX kept_forms_user ON kept_forms (user_id);
