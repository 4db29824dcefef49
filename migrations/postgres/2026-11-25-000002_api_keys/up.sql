-- What clients of the API sign in with instead of a password.
CREATE TABLE api_keys (
    id SERIAL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- SHA-256 of the key, which is random: a copy of the database signs nobody in.
    key_hash TEXT NOT NULL UNIQUE,
    expires_at TIMESTAMP,
    last_used TIMESTAMP,
    create_date TIMESTAMP NOT NULL,
    UNIQUE (user_id, name)
);

-- A session that a key opened ends with the key.
ALTER TABLE sessions ADD COLUMN api_key_id INTEGER REFERENCES api_keys (id) ON DELETE CASCADE;
