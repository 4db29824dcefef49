-- The processes that serve, and the versions of the secret key that each has: a key is changed only once all have it.
CREATE TABLE nodes (
    name TEXT PRIMARY KEY,
    key_versions TEXT NOT NULL,
    seen TIMESTAMP NOT NULL
);
