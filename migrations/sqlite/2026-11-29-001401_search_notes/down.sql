DROP TRIGGER search_post_changed;
CREATE TRIGGER search_post_changed AFTER UPDATE OF res_id, message_type, subject, body_text, email_from ON posts BEGIN
    INSERT INTO search_pending (kind, of_id) VALUES ('record', NEW.res_id);
    INSERT INTO search_pending (kind, of_id) SELECT 'record', OLD.res_id WHERE OLD.res_id <> NEW.res_id;
END;
DROP TABLE searched_records;
CREATE VIRTUAL TABLE searched_records USING fts5 (names, said, content = '', contentless_delete = 1, tokenize = 'ascii');
DELETE FROM searched_parts;
DELETE FROM search_pending WHERE kind IN ('record', 'post');
DELETE FROM search_backlog WHERE kind = 'record';
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'record', MAX(id), MAX(id) FROM records HAVING MAX(id) IS NOT NULL;
