-- Records that only those see who are named for them. `marked`: not for its sensitivity alone, which may be lowered again.
-- `server_id`: the incoming server that its first mail came by.
ALTER TABLE records ADD COLUMN confidential BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE records ADD COLUMN marked BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE records ADD COLUMN server_id INTEGER;
CREATE INDEX records_confidential ON records (confidential, id) WHERE confidential = TRUE;
UPDATE records SET server_id = (
    SELECT f.server_id FROM posts m JOIN fates f ON f.id = m.ledger_id
    WHERE m.model = records.model AND m.res_id = records.id AND m.message_type = 'email' ORDER BY m.id LIMIT 1
);

-- What comes by it is confidential.
ALTER TABLE far_ends ADD COLUMN confidential BOOLEAN NOT NULL DEFAULT FALSE;

-- Teams, and the incoming servers and record types whose confidential records their members see.
CREATE TABLE teams (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL
);
CREATE TABLE team_members (
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, user_id)
) WITHOUT ROWID;
CREATE INDEX team_members_user ON team_members (user_id, team_id);
CREATE TABLE team_servers (
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    server_id INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, server_id)
) WITHOUT ROWID;
CREATE TABLE team_types (
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    PRIMARY KEY (team_id, model)
) WITHOUT ROWID;

-- Who is named for a record.
CREATE TABLE record_people (
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (record_id, user_id)
) WITHOUT ROWID;
CREATE TABLE record_teams (
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    PRIMARY KEY (record_id, team_id)
) WITHOUT ROWID;

-- When somebody opened a confidential record last, as the audit has it.
CREATE TABLE openings (
    record_id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (record_id, user_id)
) WITHOUT ROWID;
