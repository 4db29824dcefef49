DROP TABLE words_of_records;
DROP TABLE words_of_messages;
DROP TABLE words_of_partners;
