-- Lists in the order of each column. A list that shows much goes through the index of its order; whether a record is settled
-- stands in it, so that those that are not shown cost no look at their rows.
-- Whom a record is from is its contact's name, which is another table's: it is kept beside, by triggers.
ALTER TABLE records ADD COLUMN contact_name TEXT;
UPDATE records SET contact_name = (SELECT p.name FROM partners p WHERE p.id = records.partner_id) WHERE partner_id IS NOT NULL;
CREATE FUNCTION record_contact() RETURNS trigger AS $$ BEGIN
    NEW.contact_name := (SELECT p.name FROM partners p WHERE p.id = NEW.partner_id);
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER record_contact_made BEFORE INSERT ON records FOR EACH ROW
    WHEN (NEW.partner_id IS NOT NULL) EXECUTE FUNCTION record_contact();
CREATE TRIGGER record_contact_changed BEFORE UPDATE OF partner_id ON records FOR EACH ROW
    WHEN (OLD.partner_id IS DISTINCT FROM NEW.partner_id) EXECUTE FUNCTION record_contact();
CREATE FUNCTION record_contact_renamed() RETURNS trigger AS $$ BEGIN
    UPDATE records SET contact_name = NEW.name WHERE partner_id = NEW.id;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER record_contact_renamed AFTER UPDATE OF name ON partners FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION record_contact_renamed();
CREATE INDEX records_number ON records (model, active, number, id, closed);
CREATE INDEX records_title ON records (model, active, lower(substr(name, 1, 100)), id, closed);
CREATE INDEX records_from ON records
    (model, active, lower(substr(COALESCE(contact_name, partner_name, partner_email, ''), 1, 100)), id, closed);
CREATE INDEX records_priority ON records (model, active, priority, id, closed);
