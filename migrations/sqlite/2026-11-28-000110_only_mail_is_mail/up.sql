-- What a client posted as e-mail has no row in the ledger: it is a comment, and whom it is from is only said.
UPDATE posts SET message_type = 'comment' WHERE message_type = 'email' AND ledger_id IS NULL;
