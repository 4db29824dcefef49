-- What is of an age in the order of the last mail: month by month, each in that order. A list of a month reads nothing that is younger.
CREATE INDEX records_month ON records (model, active, closed, substr(date, 1, 7), last_mail_at, id, date);
-- What a month's numbers are grouped by, as one text in a column that takes no place, stands beside the date: rows are not read for what
-- an index has of a column, and by itself each of them would have searches for it go through this index. What is open and what is
-- settled are two parts of the index: what is of all is found in both, and needs no other one.
ALTER TABLE records ADD COLUMN report_class TEXT GENERATED ALWAYS AS (
    stage_id || ' ' || COALESCE(category_id, '') || ' ' || COALESCE(server_id, '') || ' ' || COALESCE(substr(extra ->> 'channel', 1, 100), '')
) VIRTUAL;
DROP INDEX records_date;
DROP INDEX records_age;
CREATE INDEX records_age ON records (model, active, closed, date, id, report_class);
