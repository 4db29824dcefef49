DROP TRIGGER search_message_read ON messages;
DROP FUNCTION search_messages_read();
CREATE TRIGGER search_message_read AFTER UPDATE OF subject, email_from, server_name ON messages FOR EACH ROW
WHEN (OLD.subject IS DISTINCT FROM NEW.subject OR OLD.email_from IS DISTINCT FROM NEW.email_from OR OLD.server_name <> NEW.server_name)
EXECUTE FUNCTION search_message_changed();
DROP TRIGGER search_post_made ON posts;
DROP FUNCTION search_posts_made();
CREATE TRIGGER search_post_made AFTER INSERT ON posts FOR EACH ROW WHEN (NEW.message_type <> 'notification')
EXECUTE FUNCTION search_post_changed();
DROP TRIGGER search_record_gone ON records;
DROP TRIGGER search_record_made ON records;
DROP FUNCTION search_records_made();
CREATE TRIGGER search_record_made AFTER INSERT OR DELETE ON records FOR EACH ROW EXECUTE FUNCTION search_record_changed();
