-- The address of the mailbox, from which its settings can be found.
ALTER TABLE sign_ins ADD COLUMN email TEXT NOT NULL DEFAULT '';
