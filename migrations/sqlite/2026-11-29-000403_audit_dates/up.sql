-- The audit of some days, and of one person.
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_login ON audit (login, id);
