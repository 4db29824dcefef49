-- Failed sign-ins are counted per pair of account and source, so that nobody waits for what others did. What was counted
-- per account and per address says nothing of pairs.
DROP TABLE sign_in_failures;
CREATE TABLE sign_in_failures (
    account TEXT NOT NULL,
    -- An address (an IPv6 network of 64 bits is one), a browser or a session.
    source TEXT NOT NULL,
    -- The IPv6 network of 48 bits around it; else the source.
    network TEXT NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account, source)
);
CREATE INDEX sign_in_failures_source ON sign_in_failures (source);

-- Passwords that strangers tried, per account and ten minutes.
CREATE TABLE sign_in_tries (
    account TEXT NOT NULL,
    -- Ten minutes, counted from 1970.
    slot INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (account, slot)
);

-- Where people signed in from before.
CREATE TABLE known_addresses (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    last_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, address)
);
