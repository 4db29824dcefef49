-- 0.1 does not know that a newer Mailgate has used its database. What it writes first at each start are the stages of the
-- installed record types: this column has another name, so that it stops there and has changed nothing. It comes before all
-- other steps, so that this holds from the first one on.
ALTER TABLE stages RENAME COLUMN sequence TO place;
