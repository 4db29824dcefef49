DROP INDEX posts_author;
DROP INDEX records_email;
