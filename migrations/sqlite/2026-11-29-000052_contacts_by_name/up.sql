-- What clients ask contacts for: their order by name, and an address as it was written.
CREATE INDEX partners_name ON partners (name, id);
CREATE INDEX partners_written_email ON partners (email) WHERE email IS NOT NULL;
