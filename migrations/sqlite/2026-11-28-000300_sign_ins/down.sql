DROP TABLE oauth_flows;
DROP TABLE oauth_tokens;
DROP TABLE sign_ins;
DROP TABLE oauth_providers;
