-- What is of an age in the order of the last mail: month by month, each in that order. A list of a month reads nothing that is younger.
CREATE INDEX records_month ON records (model, active, closed, date_trunc('month', date), last_mail_at, id, date);
-- What a month's numbers are counted by stands beside the date. What is open and what is settled are two parts of the index: what is of
-- all is found in both, and needs no other one.
DROP INDEX records_date;
DROP INDEX records_age;
CREATE INDEX records_age ON records (model, active, closed, date, id, stage_id, user_id, category_id, server_id);
