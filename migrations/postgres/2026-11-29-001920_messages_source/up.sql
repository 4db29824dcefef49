-- Whether a message still refers to a source is asked each time that one is dropped: without an index all messages were gone through for it.
CREATE INDEX messages_source ON messages (source_id) WHERE source_id IS NOT NULL;
