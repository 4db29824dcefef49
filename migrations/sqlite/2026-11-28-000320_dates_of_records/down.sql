DROP INDEX records_date;
UPDATE records SET last_mail_at = COALESCE((
    SELECT MAX(posts.create_date) FROM posts
    WHERE posts.model = records.model AND posts.res_id = records.id AND posts.ledger_id IS NOT NULL
), create_date);
ALTER TABLE records DROP COLUMN date;
