-- Kilobytes a second between Mailgate and a mail server, at most; 0 is no limit.
ALTER TABLE servers ADD COLUMN traffic_kb_s INTEGER NOT NULL DEFAULT 0;
