DROP INDEX messages_connection;
ALTER TABLE servers DROP COLUMN no_other_fetcher;
DROP TABLE handovers;
DROP TABLE connection_status;
DROP TABLE connections;
