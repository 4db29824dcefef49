-- Which words a part of a record has, and not where: a phrase is looked for in the texts. The first part of a record stands under the
-- record's number, part n behind it under that times 2147483648 and n. What is new waits for the index in a short list, since each
-- search goes through that. Made anew, behind what goes on.
TRUNCATE searched_records;
-- What a program of before writes, under other numbers, is refused.
ALTER TABLE searched_records ADD CONSTRAINT searched_records_words_alone CHECK (words = strip(words));
DROP INDEX searched_records_words;
CREATE INDEX searched_records_words ON searched_records USING GIN (words) WITH (gin_pending_list_limit = 256);
DELETE FROM searched_parts;
DELETE FROM search_pending WHERE kind IN ('record', 'post');
DELETE FROM search_backlog WHERE kind = 'record';
INSERT INTO search_backlog (kind, newest, left_to) SELECT 'record', MAX(id), MAX(id) FROM records HAVING MAX(id) IS NOT NULL;
ALTER INDEX searched_messages_words SET (gin_pending_list_limit = 256);
ALTER INDEX searched_partners_words SET (gin_pending_list_limit = 256);
