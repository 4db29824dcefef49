-- The words that searches look in. Mailgate cuts and folds them; the tokenizer only parts them at blanks. A record has a row
-- for each part of its conversation, as a rule one, under its id times 1048576 and the part's number.
CREATE VIRTUAL TABLE searched_records USING fts5 (names, said, content = '', contentless_delete = 1, tokenize = 'ascii');
CREATE VIRTUAL TABLE searched_messages USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii');
CREATE VIRTUAL TABLE searched_partners USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii');

-- Where the second part of a long conversation begins, and those behind it.
CREATE TABLE searched_parts (
    id BIGINT PRIMARY KEY NOT NULL,
    first_post INTEGER NOT NULL
);

-- What changed since it was indexed, in the order in which it did. The triggers below write it, whoever changes a row.
CREATE TABLE search_pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    of_id INTEGER NOT NULL,
    -- It could not be indexed, and is tried again at the next start.
    failed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX search_pending_failed ON search_pending (id) WHERE failed = TRUE;

-- How far a table is indexed that was filled before there was an index: from its newest row, whose id is `newest`, down to the one above `left_to`.
CREATE TABLE search_backlog (
    kind TEXT PRIMARY KEY NOT NULL,
    newest INTEGER NOT NULL,
    left_to INTEGER NOT NULL
);
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'record', MAX(id), MAX(id) FROM records HAVING MAX(id) IS NOT NULL;
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'message', MAX(id), MAX(id) FROM messages HAVING MAX(id) IS NOT NULL;
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'partner', MAX(id), MAX(id) FROM partners HAVING MAX(id) IS NOT NULL;

CREATE TRIGGER search_record_made AFTER INSERT ON records BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('record', NEW.id);
END;
CREATE TRIGGER search_record_changed
AFTER UPDATE OF model, number, name, description, partner_id, partner_name, partner_email, joined_id ON records
WHEN OLD.name <> NEW.name OR OLD.number <> NEW.number OR OLD.model <> NEW.model OR OLD.description <> NEW.description
    OR OLD.partner_id IS NOT NEW.partner_id OR OLD.partner_name IS NOT NEW.partner_name
    OR OLD.partner_email IS NOT NEW.partner_email OR OLD.joined_id IS NOT NEW.joined_id
BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('record', NEW.id);
    INSERT INTO search_pending (kind, of_id) SELECT 'record', NEW.joined_id WHERE NEW.joined_id IS NOT NULL;
    INSERT INTO search_pending (kind, of_id)
    SELECT 'record', OLD.joined_id WHERE OLD.joined_id IS NOT NULL AND OLD.joined_id IS NOT NEW.joined_id;
END;
CREATE TRIGGER search_record_gone AFTER DELETE ON records BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('record', OLD.id);
END;

CREATE TRIGGER search_post_made AFTER INSERT ON posts WHEN NEW.message_type <> 'notification' BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('post', NEW.res_id);
END;
CREATE TRIGGER search_post_changed AFTER UPDATE OF res_id, message_type, subject, body_text, email_from ON posts BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('record', NEW.res_id);
    INSERT INTO search_pending (kind, of_id) SELECT 'record', OLD.res_id WHERE OLD.res_id <> NEW.res_id;
END;
CREATE TRIGGER search_post_gone AFTER DELETE ON posts BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('record', OLD.res_id);
END;

-- A mail's attachments are made with its post, which says so already.
CREATE TRIGGER search_attachment_made AFTER INSERT ON attachments WHEN NEW.post_id IS NULL AND NEW.res_id IS NOT NULL BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('record', NEW.res_id);
END;
CREATE TRIGGER search_attachment_changed AFTER UPDATE OF name, res_id, post_id ON attachments BEGIN
    INSERT INTO search_pending (kind, of_id) SELECT 'record', NEW.res_id WHERE NEW.res_id IS NOT NULL;
    INSERT INTO search_pending (kind, of_id)
    SELECT 'record', OLD.res_id WHERE OLD.res_id IS NOT NULL AND OLD.res_id IS NOT NEW.res_id;
END;
CREATE TRIGGER search_attachment_gone AFTER DELETE ON attachments WHEN OLD.res_id IS NOT NULL BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('record', OLD.res_id);
END;

CREATE TRIGGER search_message_read AFTER UPDATE OF subject, email_from, server_name ON messages
WHEN OLD.subject IS NOT NEW.subject OR OLD.email_from IS NOT NEW.email_from OR OLD.server_name <> NEW.server_name
BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('message', NEW.id);
END;
CREATE TRIGGER search_message_made AFTER INSERT ON messages WHEN NEW.subject IS NOT NULL OR NEW.email_from IS NOT NULL BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('message', NEW.id);
END;
CREATE TRIGGER search_message_gone AFTER DELETE ON messages BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('message', OLD.id);
END;

CREATE TRIGGER search_partner_made AFTER INSERT ON partners BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('partner', NEW.id);
END;
CREATE TRIGGER search_partner_changed AFTER UPDATE OF name, email, phone ON partners
WHEN OLD.name <> NEW.name OR OLD.email IS NOT NEW.email OR OLD.phone IS NOT NEW.phone
BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('partner', NEW.id);
    -- The records that are linked to the contact have its names.
    INSERT INTO search_pending (kind, of_id) VALUES ('contact', NEW.id);
END;
CREATE TRIGGER search_partner_gone AFTER DELETE ON partners BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('partner', OLD.id);
END;
