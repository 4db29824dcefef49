CREATE INDEX posts_ledger ON posts (ledger_id);
