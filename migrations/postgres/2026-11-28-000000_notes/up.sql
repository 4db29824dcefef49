-- What was assumed about a message, a sentence a line.
ALTER TABLE messages ADD COLUMN notes TEXT;
