DROP INDEX api_keys_expires;
ALTER TABLE connection_status DROP COLUMN certificate_until;
ALTER TABLE connections DROP COLUMN key_expires;
ALTER TABLE oauth_tokens DROP COLUMN refresh_until;
