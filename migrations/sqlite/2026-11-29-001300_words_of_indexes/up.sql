-- The words that are indexed, in their order: what a beginning stands for. FTS5 reads them from its index, nothing is stored.
CREATE VIRTUAL TABLE words_of_records USING fts5vocab (searched_records, instance);
CREATE VIRTUAL TABLE words_of_messages USING fts5vocab (searched_messages, instance);
CREATE VIRTUAL TABLE words_of_partners USING fts5vocab (searched_partners, instance);
