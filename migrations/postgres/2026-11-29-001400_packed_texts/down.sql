DROP FUNCTION mailgate_unpacked(TEXT, BYTEA);
ALTER TABLE posts DROP COLUMN packed_with;
