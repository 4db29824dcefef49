-- What programs call a row: an identity that an importing client gives it, so that it finds the row again.
CREATE TABLE external_ids (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    module TEXT NOT NULL,
    name TEXT NOT NULL,
    model TEXT NOT NULL,
    res_id INTEGER NOT NULL,
    create_date TIMESTAMP NOT NULL,
    write_date TIMESTAMP NOT NULL,
    UNIQUE (module, name)
);
CREATE INDEX external_ids_row ON external_ids (model, res_id);
CREATE INDEX external_ids_name ON external_ids (name);
