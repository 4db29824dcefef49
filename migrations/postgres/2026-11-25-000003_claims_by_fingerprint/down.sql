ALTER TABLE claims DROP CONSTRAINT claims_pkey, ADD PRIMARY KEY (sink, record_type, fingerprint);
