DROP TABLE known_addresses;
DROP TABLE sign_in_tries;
DROP TABLE sign_in_failures;
CREATE TABLE sign_in_failures (
    subject TEXT PRIMARY KEY NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMP NOT NULL
);
