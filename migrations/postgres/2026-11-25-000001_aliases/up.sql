-- Addresses that mail is written to, and what it becomes (Odoo: mail.alias).
CREATE TABLE aliases (
    id SERIAL PRIMARY KEY,
    -- The local part, in lower case.
    name TEXT NOT NULL,
    -- Empty: whatever the domain.
    domain TEXT NOT NULL DEFAULT '',
    object_model TEXT NOT NULL,
    -- A Python dict, as Odoo has it: values of the new record.
    defaults TEXT NOT NULL DEFAULT '{}',
    -- Set: all its mail joins this record.
    record_id INTEGER,
    contact TEXT NOT NULL DEFAULT 'everyone',
    active BOOLEAN NOT NULL DEFAULT TRUE,
    -- Counts saves: a save over somebody else's change is refused.
    version INTEGER NOT NULL DEFAULT 1,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL,
    UNIQUE (name, domain)
);

-- What a client of the mail gateway asked for beside the mail itself: read again whenever the message is routed.
CREATE TABLE gateway_calls (
    message_id INTEGER PRIMARY KEY NOT NULL REFERENCES messages (id),
    -- The source is kept for ever.
    original BOOLEAN NOT NULL,
    -- JSON of domain::gateway::Call.
    details TEXT NOT NULL
);

-- The mail gateway's own server is exactly one.
CREATE UNIQUE INDEX servers_api ON servers (server_type) WHERE server_type = 'api';
