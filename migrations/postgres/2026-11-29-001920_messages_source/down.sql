DROP INDEX messages_source;
