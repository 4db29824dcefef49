-- Most mail is told to its server within minutes, and most records have no new mail: neither needs an entry of an index for ever.
DROP INDEX acknowledgements_due;
CREATE INDEX acknowledgements_due ON acknowledgements (mailbox_id, due, message_id, removable, state) WHERE state = 'pending';
DROP INDEX records_new_mail;
CREATE INDEX records_new_mail ON records (model, active, new_mail, last_mail_at, id, stage_id) WHERE new_mail = 1;
-- Of what type a record is, its number says nearly always.
DROP INDEX fates_record;
CREATE INDEX fates_record ON fates (res_id) WHERE res_id IS NOT NULL;
