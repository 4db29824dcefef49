DROP TABLE partner_merges;
DROP INDEX partners_merged;
ALTER TABLE partners DROP COLUMN merged_id;
DROP TABLE partner_keys;
