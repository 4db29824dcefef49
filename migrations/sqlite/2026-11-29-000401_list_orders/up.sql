-- Lists in the order of each column. A list that shows much goes through the index of its order; whether a record is settled
-- stands in it, so that those that are not shown cost no look at their rows.
-- Whom a record is from is its contact's name, which is another table's: it is kept beside, by triggers.
ALTER TABLE records ADD COLUMN contact_name TEXT;
UPDATE records SET contact_name = (SELECT p.name FROM partners p WHERE p.id = records.partner_id) WHERE partner_id IS NOT NULL;
CREATE TRIGGER record_contact_made AFTER INSERT ON records WHEN NEW.partner_id IS NOT NULL BEGIN
    UPDATE records SET contact_name = (SELECT p.name FROM partners p WHERE p.id = NEW.partner_id) WHERE id = NEW.id;
END;
CREATE TRIGGER record_contact_changed AFTER UPDATE OF partner_id ON records WHEN OLD.partner_id IS NOT NEW.partner_id BEGIN
    UPDATE records SET contact_name = (SELECT p.name FROM partners p WHERE p.id = NEW.partner_id) WHERE id = NEW.id;
END;
CREATE TRIGGER record_contact_renamed AFTER UPDATE OF name ON partners WHEN OLD.name <> NEW.name BEGIN
    UPDATE records SET contact_name = NEW.name WHERE partner_id = NEW.id;
END;
CREATE INDEX records_number ON records (model, active, number, id, closed);
CREATE INDEX records_title ON records (model, active, substr(name, 1, 100) COLLATE NOCASE, id, closed);
CREATE INDEX records_from ON records
    (model, active, substr(COALESCE(contact_name, partner_name, partner_email, ''), 1, 100) COLLATE NOCASE, id, closed);
CREATE INDEX records_priority ON records (model, active, priority, id, closed);
