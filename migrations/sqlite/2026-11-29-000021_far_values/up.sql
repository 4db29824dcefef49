-- What an incoming server sets in the records of its connection beside what a mail says: `field = value`, one a line.
ALTER TABLE far_ends ADD COLUMN far_values TEXT NOT NULL DEFAULT '';
