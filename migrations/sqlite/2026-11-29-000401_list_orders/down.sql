DROP INDEX records_priority;
DROP INDEX records_from;
DROP INDEX records_title;
DROP INDEX records_number;
DROP TRIGGER record_contact_renamed;
DROP TRIGGER record_contact_changed;
DROP TRIGGER record_contact_made;
ALTER TABLE records DROP COLUMN contact_name;
