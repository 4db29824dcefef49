DROP INDEX partners_name;
DROP INDEX partners_written_email;
