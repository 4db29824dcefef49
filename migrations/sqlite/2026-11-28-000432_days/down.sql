DROP INDEX records_age;
DROP INDEX records_created;
DROP INDEX messages_created;
