-- The words that searches look in. Mailgate cuts and folds them and says where each stands; no text search configuration
-- has a part in it. A record has a row for each part of its conversation, as a rule one, under its id times 1048576 and the
-- part's number; what names it has the weight A.
CREATE TABLE searched_records (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
CREATE TABLE searched_messages (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
CREATE TABLE searched_partners (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
CREATE INDEX searched_records_words ON searched_records USING GIN (words);
CREATE INDEX searched_messages_words ON searched_messages USING GIN (words);
CREATE INDEX searched_partners_words ON searched_partners USING GIN (words);

-- Where the second part of a long conversation begins, and those behind it.
CREATE TABLE searched_parts (
    id BIGINT PRIMARY KEY,
    first_post INTEGER NOT NULL
);

-- What changed since it was indexed, in the order in which it did. The triggers below write it, whoever changes a row.
CREATE TABLE search_pending (
    id BIGSERIAL PRIMARY KEY,
    kind TEXT NOT NULL,
    of_id INTEGER NOT NULL,
    -- It could not be indexed, and is tried again at the next start.
    failed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX search_pending_failed ON search_pending (id) WHERE failed = TRUE;

-- How far a table is indexed that was filled before there was an index: from its newest row, whose id is `newest`, down to the one above `left_to`.
CREATE TABLE search_backlog (
    kind TEXT PRIMARY KEY,
    newest INTEGER NOT NULL,
    left_to INTEGER NOT NULL
);
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'record', MAX(id), MAX(id) FROM records HAVING MAX(id) IS NOT NULL;
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'message', MAX(id), MAX(id) FROM messages HAVING MAX(id) IS NOT NULL;
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'partner', MAX(id), MAX(id) FROM partners HAVING MAX(id) IS NOT NULL;

CREATE FUNCTION search_record_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO search_pending (kind, of_id) VALUES ('record', OLD.id);
        RETURN NULL;
    END IF;
    INSERT INTO search_pending (kind, of_id) VALUES ('record', NEW.id);
    IF TG_OP = 'UPDATE' THEN
        IF NEW.joined_id IS NOT NULL THEN
            INSERT INTO search_pending (kind, of_id) VALUES ('record', NEW.joined_id);
        END IF;
        IF OLD.joined_id IS NOT NULL AND OLD.joined_id IS DISTINCT FROM NEW.joined_id THEN
            INSERT INTO search_pending (kind, of_id) VALUES ('record', OLD.joined_id);
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER search_record_made AFTER INSERT OR DELETE ON records FOR EACH ROW EXECUTE FUNCTION search_record_changed();
CREATE TRIGGER search_record_changed
AFTER UPDATE OF model, number, name, description, partner_id, partner_name, partner_email, joined_id ON records FOR EACH ROW
WHEN (OLD.name <> NEW.name OR OLD.number <> NEW.number OR OLD.model <> NEW.model OR OLD.description <> NEW.description
    OR OLD.partner_id IS DISTINCT FROM NEW.partner_id OR OLD.partner_name IS DISTINCT FROM NEW.partner_name
    OR OLD.partner_email IS DISTINCT FROM NEW.partner_email OR OLD.joined_id IS DISTINCT FROM NEW.joined_id)
EXECUTE FUNCTION search_record_changed();

CREATE FUNCTION search_post_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO search_pending (kind, of_id) VALUES ('post', NEW.res_id);
        RETURN NULL;
    END IF;
    INSERT INTO search_pending (kind, of_id) VALUES ('record', OLD.res_id);
    IF TG_OP = 'UPDATE' AND OLD.res_id <> NEW.res_id THEN
        INSERT INTO search_pending (kind, of_id) VALUES ('record', NEW.res_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER search_post_made AFTER INSERT ON posts FOR EACH ROW WHEN (NEW.message_type <> 'notification')
EXECUTE FUNCTION search_post_changed();
CREATE TRIGGER search_post_changed AFTER DELETE OR UPDATE OF res_id, message_type, subject, body_text, email_from ON posts
FOR EACH ROW EXECUTE FUNCTION search_post_changed();

-- A mail's attachments are made with its post, which says so already.
CREATE FUNCTION search_attachment_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO search_pending (kind, of_id) SELECT 'record', OLD.res_id WHERE OLD.res_id IS NOT NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO search_pending (kind, of_id) SELECT 'record', NEW.res_id WHERE NEW.res_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER search_attachment_made AFTER INSERT ON attachments FOR EACH ROW WHEN (NEW.post_id IS NULL AND NEW.res_id IS NOT NULL)
EXECUTE FUNCTION search_attachment_changed();
CREATE TRIGGER search_attachment_changed AFTER DELETE OR UPDATE OF name, res_id, post_id ON attachments
FOR EACH ROW EXECUTE FUNCTION search_attachment_changed();

CREATE FUNCTION search_message_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('message', CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END);
    RETURN NULL;
END $$;
CREATE TRIGGER search_message_read AFTER UPDATE OF subject, email_from, server_name ON messages FOR EACH ROW
WHEN (OLD.subject IS DISTINCT FROM NEW.subject OR OLD.email_from IS DISTINCT FROM NEW.email_from OR OLD.server_name <> NEW.server_name)
EXECUTE FUNCTION search_message_changed();
CREATE TRIGGER search_message_made AFTER INSERT ON messages FOR EACH ROW
WHEN (NEW.subject IS NOT NULL OR NEW.email_from IS NOT NULL) EXECUTE FUNCTION search_message_changed();
CREATE TRIGGER search_message_gone AFTER DELETE ON messages FOR EACH ROW EXECUTE FUNCTION search_message_changed();

CREATE FUNCTION search_partner_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('partner', CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END);
    IF TG_OP = 'UPDATE' THEN
        -- The records that are linked to the contact have its names.
        INSERT INTO search_pending (kind, of_id) VALUES ('contact', NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER search_partner_made AFTER INSERT OR DELETE ON partners FOR EACH ROW EXECUTE FUNCTION search_partner_changed();
CREATE TRIGGER search_partner_changed AFTER UPDATE OF name, email, phone ON partners FOR EACH ROW
WHEN (OLD.name <> NEW.name OR OLD.email IS DISTINCT FROM NEW.email OR OLD.phone IS DISTINCT FROM NEW.phone)
EXECUTE FUNCTION search_partner_changed();
