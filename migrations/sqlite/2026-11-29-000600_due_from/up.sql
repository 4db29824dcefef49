-- Since when a record's time runs, where that is not its date: mail names its own date, and the clock that it comes from may be
-- wrong.
ALTER TABLE records ADD COLUMN due_from TIMESTAMP;
