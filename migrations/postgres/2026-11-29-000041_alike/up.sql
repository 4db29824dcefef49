-- What people are known again by although they write their name or address otherwise: see domain::alike.
CREATE TABLE partner_keys (
    key TEXT NOT NULL,
    partner_id INTEGER NOT NULL REFERENCES partners (id) ON DELETE CASCADE,
    PRIMARY KEY (key, partner_id)
);
CREATE INDEX partner_keys_partner ON partner_keys (partner_id);
-- Two contacts that were one: this one's records and mails are the other's now.
ALTER TABLE partners ADD COLUMN merged_id INTEGER REFERENCES partners (id);
CREATE INDEX partners_merged ON partners (merged_id) WHERE merged_id IS NOT NULL;
-- What a merge moved, so that it can be taken back.
CREATE TABLE partner_merges (
    id SERIAL PRIMARY KEY,
    kept_id INTEGER NOT NULL REFERENCES partners (id) ON DELETE CASCADE,
    gone_id INTEGER NOT NULL REFERENCES partners (id) ON DELETE CASCADE,
    moved TEXT NOT NULL,
    create_date TIMESTAMP NOT NULL
);
