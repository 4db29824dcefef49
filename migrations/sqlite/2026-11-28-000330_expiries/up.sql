-- What ends by itself, each told while there is time: how long a refresh token counts where its provider says so, the day
-- on which a connection's API key ends, and the certificate that a connection's host showed last.
ALTER TABLE oauth_tokens ADD COLUMN refresh_until TIMESTAMP;
ALTER TABLE connections ADD COLUMN key_expires DATE;
ALTER TABLE connection_status ADD COLUMN certificate_until TIMESTAMP;
CREATE INDEX api_keys_expires ON api_keys (expires_at) WHERE expires_at IS NOT NULL;
