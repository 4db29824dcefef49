ALTER TABLE far_ends DROP COLUMN far_values;
