DROP INDEX audit_login;
DROP INDEX audit_at;
