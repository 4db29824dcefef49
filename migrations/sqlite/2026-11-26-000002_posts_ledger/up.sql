-- Nobody looks a post up by its message, and a message is never deleted.
DROP INDEX posts_ledger;
