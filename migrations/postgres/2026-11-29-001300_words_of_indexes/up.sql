-- PostgreSQL finds beginnings in its index itself.
SELECT 1;
