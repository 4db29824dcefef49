DROP INDEX servers_api;
DROP TABLE gateway_calls;
DROP TABLE aliases;
