-- The source that the texts of a mail are packed beside: it stays as long as they do so. What is packed stands as a BLOB in `body_html`
-- and `body_text`, and `mailgate_unpacked` reads it; what was written before stays text.
ALTER TABLE posts ADD COLUMN packed_with INTEGER REFERENCES sources (id);
CREATE INDEX posts_packed_with ON posts (packed_with) WHERE packed_with IS NOT NULL;
