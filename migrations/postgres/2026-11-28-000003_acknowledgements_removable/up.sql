-- A message of which fewer bytes came than its server announces is never deleted or moved there.
ALTER TABLE acknowledgements ADD COLUMN removable BOOLEAN NOT NULL DEFAULT TRUE;
