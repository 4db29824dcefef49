-- Applications that are registered with a provider of sign-ins, kept once for several mailboxes.
CREATE TABLE oauth_providers (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    authentication TEXT NOT NULL,
    tenant TEXT NOT NULL DEFAULT '',
    client_id TEXT NOT NULL DEFAULT '',
    -- Sealed, as the certificate with its key.
    client_secret TEXT,
    certificate TEXT,
    authorize_url TEXT NOT NULL DEFAULT '',
    token_url TEXT NOT NULL DEFAULT '',
    scope TEXT NOT NULL DEFAULT '',
    expires DATE,
    version INTEGER NOT NULL DEFAULT 1,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL
);

-- How each incoming server is signed in to; its password stays where it was.
CREATE TABLE sign_ins (
    server_id INTEGER PRIMARY KEY NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    authentication TEXT NOT NULL DEFAULT 'password',
    -- Its application, unless a provider has it.
    provider_id INTEGER REFERENCES oauth_providers (id),
    tenant TEXT NOT NULL DEFAULT '',
    client_id TEXT NOT NULL DEFAULT '',
    client_secret TEXT,
    certificate TEXT,
    authorize_url TEXT NOT NULL DEFAULT '',
    token_url TEXT NOT NULL DEFAULT '',
    scope TEXT NOT NULL DEFAULT '',
    expires DATE
);
CREATE INDEX sign_ins_provider ON sign_ins (provider_id);
INSERT INTO sign_ins (server_id) SELECT id FROM servers;

-- The tokens of a mailbox, and who renews them at this moment.
CREATE TABLE oauth_tokens (
    server_id INTEGER PRIMARY KEY NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    -- Of which application and mailbox they are: where that is another by now, they count no more.
    belongs_to TEXT NOT NULL,
    access_token TEXT,
    access_until TIMESTAMP,
    refresh_token TEXT,
    -- When a person signed in, and when the refresh token was used last.
    granted_at TIMESTAMP,
    renewed_at TIMESTAMP,
    -- Counts renewals.
    version INTEGER NOT NULL DEFAULT 0,
    renewing_until TIMESTAMP,
    -- Why the last renewal was refused, for whoever waited for it: JSON.
    refusal TEXT
);

-- Sign-ins that were begun and did not come back yet.
CREATE TABLE oauth_flows (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    state_hash TEXT NOT NULL UNIQUE,
    session TEXT NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
    server_id INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    belongs_to TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    -- Nonce and verifier as JSON, sealed.
    secrets TEXT NOT NULL,
    create_date TIMESTAMP NOT NULL
);
