DROP TRIGGER record_day_made ON records;
DROP TRIGGER record_day_changed ON records;
DROP TRIGGER record_day_gone ON records;
DROP FUNCTION record_day;
DROP FUNCTION report_class;
DROP TABLE record_day_changes;
DROP TABLE record_days;
