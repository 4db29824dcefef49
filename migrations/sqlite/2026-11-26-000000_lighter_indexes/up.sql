-- A message's row is written twice, first with these columns empty: an index without the empty ones is touched once.
DROP INDEX messages_record;
DROP INDEX messages_message_id;
DROP INDEX messages_fingerprint;
DROP INDEX messages_sender;
DROP INDEX messages_connection;
DROP INDEX records_partner;
CREATE INDEX messages_record ON messages (res_model, res_id) WHERE res_id IS NOT NULL;
CREATE INDEX messages_message_id ON messages (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX messages_fingerprint ON messages (mailbox_id, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX messages_sender ON messages (email_from, date) WHERE email_from IS NOT NULL;
CREATE INDEX messages_connection ON messages (connection_id, state, next_attempt) WHERE connection_id IS NOT NULL;
CREATE INDEX records_partner ON records (partner_id) WHERE partner_id IS NOT NULL;
-- What is never told has no row: an empty place said the same.
DELETE FROM acknowledgements WHERE state = 'none';
