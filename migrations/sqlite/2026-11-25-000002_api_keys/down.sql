-- SQLite drops no column with a reference: the sessions go, and people sign in again.
DROP TABLE sessions;
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    csrf_token TEXT NOT NULL,
    developer_mode BOOLEAN NOT NULL DEFAULT FALSE,
    address TEXT,
    create_date TIMESTAMP NOT NULL,
    last_seen TIMESTAMP NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
DROP TABLE api_keys;
