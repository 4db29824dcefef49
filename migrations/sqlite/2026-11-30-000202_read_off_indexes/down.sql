DROP INDEX records_age;
CREATE INDEX records_age ON records (model_code, active, closed, date, id, report_class);
DROP INDEX records_closed_at;
CREATE INDEX records_closed_at ON records (model_code, active, closed_at) WHERE closed_at IS NOT NULL;
