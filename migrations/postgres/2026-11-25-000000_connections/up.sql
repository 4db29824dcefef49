-- OpenSPP/Odoo instances reached over XML-RPC.
CREATE TABLE connections (
    id SERIAL PRIMARY KEY,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- The far end's database.
    database TEXT NOT NULL,
    login TEXT NOT NULL,
    -- Password or API key, sealed: see store::seal.
    password TEXT,
    state TEXT NOT NULL DEFAULT 'draft',
    active BOOLEAN NOT NULL DEFAULT TRUE,
    -- What the far end said of itself at the last test.
    server_version TEXT,
    -- Deliveries side by side.
    workers INTEGER NOT NULL DEFAULT 2,
    -- Counts saves: a save over somebody else's change is refused.
    version INTEGER NOT NULL DEFAULT 1,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL
);

-- What delivering knows of a connection; written by the bridge, never by a form.
CREATE TABLE connection_status (
    connection_id INTEGER PRIMARY KEY NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    -- Set while nothing is sent: a configuration failure, until a test passes again.
    paused_since TIMESTAMP,
    -- Set while the far end does not answer; it is asked again at next_attempt.
    failing_since TIMESTAMP,
    failures INTEGER NOT NULL DEFAULT 0,
    next_attempt TIMESTAMP,
    last_error TEXT,
    last_remedy TEXT,
    last_delivery TIMESTAMP
);

-- The queue: what a connection is to make of a message, and how far that got. The message's state stands in the ledger.
CREATE TABLE handovers (
    message_id INTEGER PRIMARY KEY NOT NULL REFERENCES messages (id),
    connection_id INTEGER NOT NULL REFERENCES connections (id),
    -- Messages of one conversation are delivered in order, one at a time.
    conversation TEXT NOT NULL,
    -- JSON of domain::handover::Handover.
    details TEXT NOT NULL
);
CREATE INDEX handovers_conversation ON handovers (connection_id, conversation);
CREATE INDEX messages_connection ON messages (connection_id, state, next_attempt);

-- The administrator says that nothing else fetches this mailbox, where the connection's account can't see it.
ALTER TABLE servers ADD COLUMN no_other_fetcher BOOLEAN NOT NULL DEFAULT FALSE;
