DROP INDEX messages_older_source;
DROP INDEX messages_older_fingerprint;
