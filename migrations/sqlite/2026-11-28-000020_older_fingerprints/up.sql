-- Mail that was told apart by the first formula, whose fingerprints begin with the Message-ID: looked up by what it was
-- and by its bytes, while mail of the present formula costs nothing here.
CREATE INDEX messages_older_fingerprint ON messages (fingerprint) WHERE substr(fingerprint, 1, 1) = '<';
CREATE INDEX messages_older_source ON messages (sha256) WHERE substr(fingerprint, 1, 1) = '<';
