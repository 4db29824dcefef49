-- Sources and attachments stay packed beside what mails have in common, which older programs can't read: to go back, put the backup in
-- place.
UPDATE posts SET
    body_html = mailgate_unpacked(body_html, (SELECT k.data FROM source_chunks k WHERE k.source_id = packed_with AND k.seq = 0)),
    body_text = mailgate_unpacked(body_text, (SELECT k.data FROM source_chunks k WHERE k.source_id = packed_with AND k.seq = 0));
DROP INDEX posts_packed_with;
ALTER TABLE posts DROP COLUMN packed_with;
