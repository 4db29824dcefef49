-- Routing asks who holds a fingerprint, whatever its record type: it comes first.
ALTER TABLE claims DROP CONSTRAINT claims_pkey, ADD PRIMARY KEY (sink, fingerprint, record_type);
