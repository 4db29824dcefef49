DROP INDEX records_counts;
