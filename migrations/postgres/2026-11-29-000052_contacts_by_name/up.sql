-- What clients ask contacts for: their order by name, and an address as it was written.
CREATE INDEX partners_name ON partners (name COLLATE "C", id);
CREATE INDEX partners_written_email ON partners (email COLLATE "C") WHERE email IS NOT NULL;
