DROP INDEX fates_record;
CREATE INDEX fates_record ON fates (res_model, res_id) WHERE res_id IS NOT NULL;
UPDATE fates SET object_model = res_model WHERE object_model IS NULL AND res_model IS NOT NULL;
UPDATE fates SET settled_at = write_date WHERE settled_at IS NULL AND state IN ('delivered', 'held', 'ignored');
INSERT INTO message_history (message_id, at, state, reason_code, detail)
SELECT e.id, e.at, e.state, e.reason_code, e.detail FROM (
    SELECT m.id, 0 AS n, m.create_date AS at, 'received' AS state, NULL AS reason_code, NULL AS detail FROM messages m
    UNION ALL
    SELECT f.id, 1, f.settled_at, f.state, f.reason_code, f.reason_detail FROM fates f WHERE f.settled_at IS NOT NULL
) e
WHERE NOT EXISTS (SELECT 1 FROM message_history h WHERE h.message_id = e.id) ORDER BY e.id, e.n;
DROP INDEX records_new_mail;
CREATE INDEX records_new_mail ON records (model, active, new_mail, last_mail_at, id, stage_id);
DROP INDEX acknowledgements_due;
CREATE INDEX acknowledgements_due ON acknowledgements (mailbox_id, state, due);
