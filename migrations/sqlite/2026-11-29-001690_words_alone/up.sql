-- Which words a part of a record has, and not where: a phrase is looked for in the texts. The first part of a record stands under the
-- record's number, part n behind it under that times 2147483648 and n. Made anew, behind what goes on.
DROP TABLE searched_records;
CREATE VIRTUAL TABLE searched_records USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
DELETE FROM searched_parts;
DELETE FROM search_pending WHERE kind IN ('record', 'post');
DELETE FROM search_backlog WHERE kind = 'record';
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'record', MAX(id), MAX(id) FROM records HAVING MAX(id) IS NOT NULL;
