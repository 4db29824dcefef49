-- Texts that were made into HTML stay in that alone (`body_text` is U+001F): SQL can't read them back, and an older program shows and
-- finds nothing of them in lists and searches.
UPDATE records SET description = (SELECT p.body_html FROM posts p WHERE p.describes = records.id)
WHERE id IN (SELECT describes FROM posts WHERE describes IS NOT NULL);
DROP INDEX posts_describes;
ALTER TABLE posts DROP COLUMN describes;
UPDATE fates SET trace = (SELECT t.trace FROM traces t WHERE t.id = fates.trace_id) WHERE trace_id IS NOT NULL;
ALTER TABLE fates DROP COLUMN trace_id;
DROP TABLE traces;
