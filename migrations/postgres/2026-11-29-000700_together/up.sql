-- Whether new mails become records of a far end by one call, or one by one through its gateway.
ALTER TABLE connections ADD COLUMN together TEXT NOT NULL DEFAULT 'automatic';
