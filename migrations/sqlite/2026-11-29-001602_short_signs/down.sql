-- Digests stay digests, by which older programs find no conversation: to go back, put the backup in place.
ALTER TABLE threads RENAME COLUMN digest TO sign;
