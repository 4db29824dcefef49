-- Rows are not read for what is counted of an age by whose work it is, nor for what a month's numbers tell of what was settled.
DROP INDEX records_age;
CREATE INDEX records_age ON records (model_code, active, closed, date, id, report_class, user_id);
DROP INDEX records_closed_at;
CREATE INDEX records_closed_at ON records (model_code, active, closed_at, date, report_class) WHERE closed_at IS NOT NULL;
