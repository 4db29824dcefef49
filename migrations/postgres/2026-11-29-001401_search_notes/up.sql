-- What a statement wrote is noted by one statement, however many rows it has: mails come in batches.
CREATE FUNCTION search_records_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_pending (kind, of_id) SELECT 'record', id FROM made;
    RETURN NULL;
END $$;
DROP TRIGGER search_record_made ON records;
CREATE TRIGGER search_record_made AFTER INSERT ON records REFERENCING NEW TABLE AS made
FOR EACH STATEMENT EXECUTE FUNCTION search_records_made();
CREATE TRIGGER search_record_gone AFTER DELETE ON records FOR EACH ROW EXECUTE FUNCTION search_record_changed();

CREATE FUNCTION search_posts_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_pending (kind, of_id) SELECT 'post', res_id FROM made WHERE message_type <> 'notification';
    RETURN NULL;
END $$;
DROP TRIGGER search_post_made ON posts;
CREATE TRIGGER search_post_made AFTER INSERT ON posts REFERENCING NEW TABLE AS made
FOR EACH STATEMENT EXECUTE FUNCTION search_posts_made();

CREATE FUNCTION search_messages_read() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_pending (kind, of_id)
    SELECT 'message', n.id FROM after_it n JOIN before_it o ON o.id = n.id
    WHERE o.subject IS DISTINCT FROM n.subject OR o.email_from IS DISTINCT FROM n.email_from OR o.server_name <> n.server_name;
    RETURN NULL;
END $$;
DROP TRIGGER search_message_read ON messages;
CREATE TRIGGER search_message_read AFTER UPDATE ON messages REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
FOR EACH STATEMENT EXECUTE FUNCTION search_messages_read();
