-- What somebody wrote before stands beside each of their records.
CREATE INDEX records_email ON records (partner_email) WHERE partner_email IS NOT NULL;
CREATE INDEX posts_author ON posts (author_partner_id, id) WHERE author_partner_id IS NOT NULL;
