-- They were made so already.
SELECT 1;
