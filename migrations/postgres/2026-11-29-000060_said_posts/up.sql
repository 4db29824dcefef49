-- What an entry of ours is made of: its key and arguments as JSON, so that it is said in its reader's language. Nothing of
-- mail, of notes, and of entries of earlier versions, which stay in English.
ALTER TABLE posts ADD COLUMN said TEXT;
