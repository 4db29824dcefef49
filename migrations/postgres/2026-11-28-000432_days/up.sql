-- What came on each of the last days, and how old open work is, for the first page.
CREATE INDEX messages_created ON messages (create_date);
CREATE INDEX records_created ON records (model, create_date);
CREATE INDEX records_age ON records (model, date) WHERE active = TRUE AND closed = FALSE;
