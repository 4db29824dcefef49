DROP TABLE searched_records;
CREATE VIRTUAL TABLE searched_records USING fts5 (said, names, content = '', contentless_delete = 1, tokenize = 'ascii');
DELETE FROM searched_parts;
DELETE FROM search_pending WHERE kind IN ('record', 'post');
DELETE FROM search_backlog WHERE kind = 'record';
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'record', MAX(id), MAX(id) FROM records HAVING MAX(id) IS NOT NULL;
