DROP INDEX records_age;
CREATE INDEX records_age ON records (model, active, closed, date);
CREATE INDEX records_date ON records (model, active, date);
ALTER TABLE records DROP COLUMN report_class;
DROP INDEX records_month;
