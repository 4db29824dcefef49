DROP TRIGGER record_count_made ON records;
DROP TRIGGER record_count_changed ON records;
DROP TRIGGER record_count_gone ON records;
DROP FUNCTION record_count;
DROP TABLE record_counts;
