DROP TRIGGER record_count_made;
DROP TRIGGER record_count_changed;
DROP TRIGGER record_count_gone;
DROP TABLE record_counts;
