-- Moments are UTC without a zone. JSON is text. Booleans are what each database has.
-- `search` columns hold folded text (domain::text::fold), so that search is equal on both databases.

CREATE TABLE settings (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

-- People --------------------------------------------------------------------------------------------

CREATE TABLE users (
    id SERIAL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT 'en',
    time_zone TEXT NOT NULL DEFAULT 'UTC',
    active BOOLEAN NOT NULL DEFAULT TRUE,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL
);

CREATE TABLE sessions (
    -- SHA-256 of the cookie's token: a copy of the database signs nobody in.
    token_hash TEXT PRIMARY KEY NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    csrf_token TEXT NOT NULL,
    developer_mode BOOLEAN NOT NULL DEFAULT FALSE,
    address TEXT,
    create_date TIMESTAMP NOT NULL,
    last_seen TIMESTAMP NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- Failed sign-ins, per account and per address.
CREATE TABLE sign_in_failures (
    subject TEXT PRIMARY KEY NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMP NOT NULL
);

-- Append-only: triggers below refuse UPDATE and DELETE.
CREATE TABLE audit (
    id SERIAL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    user_id INTEGER,
    login TEXT NOT NULL,
    address TEXT,
    action TEXT NOT NULL,
    object_model TEXT NOT NULL,
    object_id INTEGER,
    object_name TEXT NOT NULL,
    before TEXT,
    after TEXT
);
CREATE INDEX audit_object ON audit (object_model, object_id);

-- Contacts ------------------------------------------------------------------------------------------

CREATE TABLE partners (
    id SERIAL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT,
    email_normalized TEXT,
    phone TEXT,
    is_registrant BOOLEAN NOT NULL DEFAULT FALSE,
    is_group BOOLEAN NOT NULL DEFAULT FALSE,
    is_company BOOLEAN NOT NULL DEFAULT FALSE,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    search TEXT NOT NULL,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL
);
CREATE INDEX partners_email ON partners (email_normalized);

-- Incoming servers ----------------------------------------------------------------------------------

CREATE TABLE servers (
    id SERIAL PRIMARY KEY,
    name TEXT NOT NULL,
    server_type TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'draft',
    active BOOLEAN NOT NULL DEFAULT TRUE,
    host TEXT,
    port INTEGER NOT NULL DEFAULT 0,
    security TEXT NOT NULL DEFAULT 'tls',
    tls_fingerprint TEXT,
    username TEXT,
    -- Sealed: see store::seal.
    password TEXT,
    maildir TEXT,
    folder TEXT NOT NULL DEFAULT 'INBOX',
    start_with TEXT NOT NULL DEFAULT 'unread',
    start_date DATE,
    after_fetch TEXT NOT NULL DEFAULT 'seen',
    move_to TEXT,
    delete_after_days INTEGER NOT NULL DEFAULT 14,
    size_limit_mb INTEGER NOT NULL DEFAULT 50,
    interval_minutes INTEGER NOT NULL DEFAULT 5,
    priority INTEGER NOT NULL DEFAULT 5,
    attach BOOLEAN NOT NULL DEFAULT TRUE,
    original BOOLEAN NOT NULL DEFAULT FALSE,
    connection_id INTEGER,
    object_model TEXT,
    sender_policy TEXT NOT NULL DEFAULT 'everyone',
    -- Counts saves: a save over somebody else's change is refused.
    version INTEGER NOT NULL DEFAULT 1,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL
);

-- What fetching knows of a server; written by `intake`, never by a form.
CREATE TABLE server_status (
    server_id INTEGER PRIMARY KEY NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    last_fetch TIMESTAMP,
    next_fetch TIMESTAMP,
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since TIMESTAMP,
    last_error TEXT,
    last_remedy TEXT,
    -- JSON: fetched, delivered, held, ignored, retrying of the last pass.
    last_result TEXT,
    -- The certificate seen at the last confirmation.
    certificate_sha256 TEXT,
    certificate_until TIMESTAMP
);

-- Who may fetch a server, with PostgreSQL (SQLite uses an operating-system lock).
CREATE TABLE leases (
    name TEXT PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL,
    until TIMESTAMP NOT NULL
);

-- Host, user and folder of an incoming server: what source keys belong to. Outlives its server.
CREATE TABLE mailboxes (
    id SERIAL PRIMARY KEY,
    server_id INTEGER REFERENCES servers (id) ON DELETE SET NULL,
    host TEXT NOT NULL,
    username TEXT NOT NULL,
    folder TEXT NOT NULL,
    -- IMAP: the cursor and the floor (DESIGN §4); the floor is set once, at the first fetch.
    uid_validity BIGINT,
    floor_uid BIGINT,
    floor_at TIMESTAMP,
    -- What the first fetch chose is all here.
    backlog_done BOOLEAN NOT NULL DEFAULT FALSE,
    create_date TIMESTAMP NOT NULL,
    UNIQUE (server_id, host, username, folder)
);

-- What the first fetch did not choose: out of scope for ever. IMAP keeps UID ranges (`imap:7:1-250`), POP one key a row.
CREATE TABLE mailbox_skipped (
    mailbox_id INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
    source_key TEXT NOT NULL,
    PRIMARY KEY (mailbox_id, source_key)
);

-- Sources -------------------------------------------------------------------------------------------

CREATE TABLE sources (
    id SERIAL PRIMARY KEY,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    create_date TIMESTAMP NOT NULL
);

-- zstd, 1 MiB of clear bytes each.
CREATE TABLE source_chunks (
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (source_id, seq)
);

-- The ledger ----------------------------------------------------------------------------------------

CREATE TABLE messages (
    id SERIAL PRIMARY KEY,
    mailbox_id INTEGER NOT NULL REFERENCES mailboxes (id),
    server_id INTEGER REFERENCES servers (id) ON DELETE SET NULL,
    server_name TEXT NOT NULL,
    source_key TEXT NOT NULL,
    -- Above 0 where the server handed out a key again for other mail.
    generation INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    reason_code TEXT,
    reason_detail TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt TIMESTAMP,
    source_id INTEGER REFERENCES sources (id),
    size BIGINT NOT NULL,
    header_digest TEXT,
    sha256 TEXT,
    fingerprint TEXT,
    message_id TEXT,
    subject TEXT,
    email_from TEXT,
    date TIMESTAMP,
    -- What it is to become, decided when routed or by a person.
    object_model TEXT,
    connection_id INTEGER,
    res_model TEXT,
    res_id INTEGER,
    remote_url TEXT,
    -- JSON: trace = the route's steps, marks = codes of domain::message::Mark.
    trace TEXT,
    marks TEXT,
    search TEXT NOT NULL DEFAULT '',
    settled_at TIMESTAMP,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL,
    UNIQUE (mailbox_id, source_key, generation)
);
CREATE INDEX messages_state ON messages (state, next_attempt);
CREATE INDEX messages_server ON messages (server_id, id);
CREATE INDEX messages_record ON messages (res_model, res_id);
CREATE INDEX messages_message_id ON messages (message_id);
CREATE INDEX messages_fingerprint ON messages (mailbox_id, fingerprint);
CREATE INDEX messages_sender ON messages (email_from, date);

-- A message's own history: each change of state, by whom and why.
CREATE TABLE message_history (
    id SERIAL PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    at TIMESTAMP NOT NULL,
    state TEXT NOT NULL,
    reason_code TEXT,
    detail TEXT,
    -- Empty where Mailgate itself did it.
    login TEXT
);
CREATE INDEX message_history_message ON message_history (message_id);

-- Telling the mail server; retried on its own.
CREATE TABLE acknowledgements (
    message_id INTEGER PRIMARY KEY NOT NULL REFERENCES messages (id),
    mailbox_id INTEGER NOT NULL REFERENCES mailboxes (id),
    state TEXT NOT NULL,
    due TIMESTAMP NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT
);
CREATE INDEX acknowledgements_due ON acknowledgements (mailbox_id, state, due);

-- DESIGN §4: one record per sink, record type and fingerprint.
CREATE TABLE claims (
    sink TEXT NOT NULL,
    record_type TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id),
    PRIMARY KEY (sink, record_type, fingerprint)
);
CREATE INDEX claims_message ON claims (message_id);

-- Records -------------------------------------------------------------------------------------------

CREATE TABLE stages (
    id SERIAL PRIMARY KEY,
    model TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    closed BOOLEAN NOT NULL,
    UNIQUE (model, code)
);

CREATE TABLE sequences (
    model TEXT NOT NULL,
    period TEXT NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (model, period)
);

CREATE TABLE records (
    id SERIAL PRIMARY KEY,
    model TEXT NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    stage_id INTEGER NOT NULL REFERENCES stages (id),
    -- Odoo's stars: 0 low to 3 very high.
    priority TEXT NOT NULL DEFAULT '1',
    partner_id INTEGER REFERENCES partners (id),
    partner_name TEXT,
    partner_email TEXT,
    user_id INTEGER REFERENCES users (id),
    -- JSON object: the fields that the module adds, for example channel.
    extra TEXT NOT NULL DEFAULT '{}',
    -- False: a person said *Not a grievance*.
    active BOOLEAN NOT NULL DEFAULT TRUE,
    new_mail BOOLEAN NOT NULL DEFAULT FALSE,
    -- Lists are sorted by it, newest first: when the last mail came.
    last_mail_at TIMESTAMP NOT NULL,
    search TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL,
    UNIQUE (model, number)
);
CREATE INDEX records_list ON records (model, active, last_mail_at);
CREATE INDEX records_partner ON records (partner_id);

-- A record's conversation (Odoo: mail.message).
CREATE TABLE posts (
    id SERIAL PRIMARY KEY,
    model TEXT NOT NULL,
    res_id INTEGER NOT NULL,
    -- The ledger's row; empty for notes written here.
    ledger_id INTEGER REFERENCES messages (id),
    -- RFC 5322; unique only where the mail is.
    message_id TEXT NOT NULL,
    -- email, comment (a note) or notification (a change of ours).
    message_type TEXT NOT NULL,
    author_partner_id INTEGER REFERENCES partners (id),
    author_user_id INTEGER REFERENCES users (id),
    email_from TEXT,
    subject TEXT NOT NULL,
    body_html TEXT NOT NULL,
    body_text TEXT NOT NULL,
    marks TEXT,
    date TIMESTAMP NOT NULL,
    create_date TIMESTAMP NOT NULL
);
CREATE INDEX posts_record ON posts (model, res_id, id);
CREATE INDEX posts_message_id ON posts (message_id);
CREATE INDEX posts_ledger ON posts (ledger_id);

CREATE TABLE attachments (
    id SERIAL PRIMARY KEY,
    post_id INTEGER REFERENCES posts (id),
    model TEXT,
    res_id INTEGER,
    name TEXT NOT NULL,
    mimetype TEXT NOT NULL,
    size BIGINT NOT NULL,
    content_id TEXT,
    inline BOOLEAN NOT NULL,
    -- Either a part of a mail's source (`1.2`), cut out on demand, or bytes of its own (part empty).
    source_id INTEGER NOT NULL REFERENCES sources (id),
    part TEXT,
    create_date TIMESTAMP NOT NULL
);
CREATE INDEX attachments_post ON attachments (post_id);
CREATE INDEX attachments_record ON attachments (model, res_id);
CREATE INDEX attachments_source ON attachments (source_id);

CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only();
