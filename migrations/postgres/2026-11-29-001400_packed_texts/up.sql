-- For SQLite, which packs the texts of a mail beside its source: here they stand as they are. What reads them is the same for both.
ALTER TABLE posts ADD COLUMN packed_with INTEGER;
CREATE FUNCTION mailgate_unpacked(kept TEXT, chunk BYTEA) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS 'SELECT kept';
