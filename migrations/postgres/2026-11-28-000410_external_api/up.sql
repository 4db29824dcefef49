-- Which external API of a far end is wanted, and which one its last test spoke.
ALTER TABLE connections ADD COLUMN protocol TEXT NOT NULL DEFAULT 'automatic';
ALTER TABLE connections ADD COLUMN spoken TEXT;
