-- What was chosen at the first fetch of a mailbox: it counts again where its server numbers its messages anew, whatever is
-- chosen for further folders later.
ALTER TABLE mailboxes ADD COLUMN start_with TEXT;
ALTER TABLE mailboxes ADD COLUMN start_date DATE;
UPDATE mailboxes SET
    start_with = (SELECT start_with FROM servers WHERE servers.id = mailboxes.server_id),
    start_date = (SELECT start_date FROM servers WHERE servers.id = mailboxes.server_id)
WHERE floor_at IS NOT NULL;
-- What an undone import keeps from being told is apart from what is never told.
UPDATE acknowledgements SET state = 'suspended'
WHERE state = 'none' AND message_id IN (SELECT id FROM fates WHERE reason_code = 'import_undone');
