-- Which comments once called themselves e-mail is not kept.
SELECT 1;
