-- What of an incoming server concerns only the connection that it feeds.
CREATE TABLE far_ends (
    server_id INTEGER PRIMARY KEY NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    -- Several registrants there have the sender's address: a person is asked, or the oldest counts.
    shared_address TEXT NOT NULL DEFAULT 'ask'
);
INSERT INTO far_ends (server_id) SELECT id FROM servers;

-- Whose an address is among the contacts of a connection, as a person said.
CREATE TABLE sender_links (
    connection_id INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    -- In the form in which addresses are compared.
    address TEXT NOT NULL,
    partner_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    login TEXT NOT NULL,
    create_date TIMESTAMP NOT NULL,
    PRIMARY KEY (connection_id, address)
);
