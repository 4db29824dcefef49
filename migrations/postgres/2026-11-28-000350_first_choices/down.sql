UPDATE acknowledgements SET state = 'none' WHERE state = 'suspended';
ALTER TABLE mailboxes DROP COLUMN start_date;
ALTER TABLE mailboxes DROP COLUMN start_with;
