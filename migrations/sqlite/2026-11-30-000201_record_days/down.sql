DROP TRIGGER record_day_made;
DROP TRIGGER record_day_changed;
DROP TRIGGER record_day_gone;
DROP TABLE record_days;
