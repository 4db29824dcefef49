-- Mail is announced by its server as it comes, where that is offered.
ALTER TABLE servers ADD COLUMN push BOOLEAN NOT NULL DEFAULT TRUE;
-- Since when it is, and how; or why it is polled.
ALTER TABLE server_status ADD COLUMN announced_since TIMESTAMP;
ALTER TABLE server_status ADD COLUMN arrivals TEXT;
