//! What the API reads of a row beside its columns, as SQL over the table's columns (`t.`) that both databases understand.

/// Who made a row, and who changed it last, by the audit; nobody, for what mail and the program do themselves. The argument
/// is SQL for the name of the row's model in the audit.
macro_rules! authors {
    ($model:literal) => {
        pub const MADE_BY: &str = concat!(
            "(SELECT a.user_id FROM audit a WHERE a.object_model = ",
            $model,
            " AND a.object_id = t.id AND a.action = 'create' ORDER BY a.id LIMIT 1)"
        );
        pub const CHANGED_BY: &str = concat!(
            "(SELECT a.user_id FROM audit a WHERE a.object_model = ",
            $model,
            " AND a.object_id = t.id AND a.user_id IS NOT NULL AND a.action NOT IN ('sign_in', 'sign_in_failed', \
             'sign_out', 'fetch', 'open_source') ORDER BY a.id DESC LIMIT 1)"
        );
    };
}

/// The ledger.
pub mod messages {
    /// The fates with their mails. Each fate has a mail: the outer join lets the databases leave out what a query does not
    /// need of the mail, and use an index of the mails where it does.
    pub const LEDGER: &str = "(SELECT f.id, f.state, f.reason_code, f.reason_detail, f.attempts, f.next_attempt, f.res_model, \
                              f.res_id, f.remote_url, COALESCE(f.trace, (SELECT r.trace FROM traces r WHERE r.id = f.trace_id)) AS trace, f.notes, f.write_date, f.server_id, m.source_key, m.size, m.message_id, \
                              m.subject, m.email_from, m.date, m.create_date FROM fates f LEFT JOIN messages m ON m.id = \
                              f.id)";
    /// The same, but without what a mail says if this condition holds for its fate `f`.
    pub(in crate::store) fn without(hides: &str) -> String {
        let say = |column: &str, name: &str| format!("CASE WHEN {hides} THEN NULL ELSE {column} END AS {name}");
        let said = [
            say("f.reason_detail", "reason_detail"),
            say("f.remote_url", "remote_url"),
            say("COALESCE(f.trace, (SELECT r.trace FROM traces r WHERE r.id = f.trace_id))", "trace"),
            say("f.notes", "notes"),
            say("m.source_key", "source_key"),
            say("m.message_id", "message_id"),
            say("m.subject", "subject"),
            say("m.email_from", "email_from"),
        ];
        format!(
            "(SELECT f.id, f.state, f.reason_code, f.attempts, f.next_attempt, f.res_model, f.res_id, f.write_date, \
             f.server_id, m.size, m.date, m.create_date, {} FROM fates f LEFT JOIN messages m ON m.id = f.id)",
            said.join(", ")
        )
    }

    /// A message is called by the first of these that it has.
    pub const TITLE: &str = "COALESCE(t.subject, t.message_id, t.source_key)";
    /// The same where another row points to it.
    pub const TITLE_OF_RELATED: &str = "COALESCE(r.subject, r.message_id, r.source_key)";
    /// In English; what the sentence is made of follows it.
    pub const DETAIL: &str = "split_part(t.reason_detail, '\u{1f}', 1)";
    pub const NOTES: &str = "split_part(t.notes, '\u{1f}', 1)";
    pub const TRACE: &str = "split_part(t.trace, '\u{1f}', 1)";
    pub const ACKNOWLEDGED: &str =
        "(NOT EXISTS (SELECT 1 FROM acknowledgements a WHERE a.message_id = t.id AND a.state = 'pending'))";
}

pub mod posts {
    /// The record that it is on.
    pub const RECORD_NAME: &str = "(SELECT n.number FROM records n WHERE n.id = t.res_id AND n.model = t.model)";
    /// The contact who wrote it; of an account the contact with its address.
    pub const AUTHOR: &str = "COALESCE(t.author_partner_id, (SELECT MIN(a.id) FROM partners a JOIN users u ON \
                              u.login = a.email_normalized WHERE u.id = t.author_user_id))";
    pub const SUBJECT: &str = "NULLIF(t.subject, '')";
    /// What it says, as HTML.
    pub const BODY: &str = "mailgate_unpacked(t.body_html, (SELECT k.data FROM source_chunks k \
                            WHERE k.source_id = t.packed_with AND k.seq = 0))";
}

pub mod attachments {
    authors!("'ir.attachment'");
    pub const RECORD_NAME: &str = "(SELECT n.number FROM records n WHERE n.id = t.res_id)";
    /// Odoo knows links, too.
    pub const TYPE: &str = "'binary'";
    pub const PUBLIC: &str = "(1 = 0)";
}

pub mod records {
    authors!("t.model");
    pub const ATTACHMENTS: &str = "(SELECT COUNT(*) FROM attachments a WHERE a.model = t.model AND a.res_id = t.id)";
    /// Its own, or what its first mail says.
    pub const DESCRIPTION: &str = "(CASE t.description WHEN '' THEN COALESCE((SELECT mailgate_unpacked(p.body_html, \
                                   (SELECT k.data FROM source_chunks k WHERE k.source_id = p.packed_with AND k.seq = 0)) \
                                   FROM posts p WHERE p.describes = t.id LIMIT 1), '') ELSE t.description END)";
    pub const CLOSED: &str = "(SELECT s.closed FROM stages s WHERE s.id = t.stage_id)";
}

pub mod categories {
    authors!("t.model || '.category'");
}

pub mod tags {
    authors!("t.model || '.tag'");
}

pub mod users {
    authors!("'res.users'");
    /// As Odoo's code.
    pub const LANGUAGE: &str = "(CASE t.language WHEN 'fr' THEN 'fr_FR' WHEN 'ar' THEN 'ar_001' ELSE 'en_US' END)";
    /// An account is not a contact here: the contact with its address stands for it.
    pub const CONTACT: &str = "(SELECT MIN(p.id) FROM partners p WHERE p.email_normalized = t.login)";
    pub const EMAIL: &str = "(CASE WHEN t.login LIKE '%@%' THEN t.login END)";
}

pub mod partners {
    authors!("'res.partner'");
    pub const COMPANY_TYPE: &str = "(CASE WHEN t.is_company THEN 'company' ELSE 'person' END)";
}

pub mod aliases {
    authors!("'mail.alias'");
    /// The whole address.
    pub const ADDRESS: &str = "(CASE WHEN t.domain = '' THEN t.name ELSE t.name || '@' || t.domain END)";
    /// The same where another row points to it.
    pub const ADDRESS_OF_RELATED: &str = "(CASE WHEN r.domain = '' THEN r.name ELSE r.name || '@' || r.domain END)";
}

/// Connections, and what delivering knows of them.
pub mod connections {
    authors!("'mailgate.connection'");
    /// Mails on their way.
    pub const WAITING: &str = "(SELECT COUNT(*) FROM handovers h JOIN fates f ON f.id = h.message_id \
        WHERE h.connection_id = t.id AND f.state IN ('routed', 'delivering', 'retrying'))";
    /// It does not answer, or is paused until something is set right.
    pub const FAILING: &str = "(EXISTS (SELECT 1 FROM connection_status s WHERE s.connection_id = t.id \
        AND COALESCE(s.paused_since, s.failing_since) IS NOT NULL))";
    pub const SINCE: &str =
        "(SELECT COALESCE(s.paused_since, s.failing_since) FROM connection_status s WHERE s.connection_id = t.id)";
    /// In English; what the sentence is made of follows it.
    pub const WHY: &str =
        "(SELECT split_part(s.last_error, '\u{1f}', 1) FROM connection_status s WHERE s.connection_id = t.id)";
    pub const LAST_DELIVERY: &str = "(SELECT s.last_delivery FROM connection_status s WHERE s.connection_id = t.id)";
}

/// Incoming servers, and what is known of their passes.
pub mod servers {
    authors!("'fetchmail.server'");
    pub const LOCAL_INFO: &str =
        "(CASE WHEN t.server_type = 'local' THEN 'Mail is read from a Maildir, or handed over by a pipe.' END)";
    pub const LOCAL_COMMAND: &str =
        "(CASE WHEN t.server_type = 'local' THEN 'mailgate deliver --server \"' || t.name || '\"' END)";
    pub const SCRIPT: &str = "'mailgate deliver'";
    pub const IS_SSL: &str = "(t.security = 'tls')";
    pub const LAST_FETCH: &str = "(SELECT s.last_fetch FROM server_status s WHERE s.server_id = t.id)";
    pub const NEXT_FETCH: &str = "(SELECT s.next_fetch FROM server_status s WHERE s.server_id = t.id)";
    /// In English; what the sentence is made of follows it.
    pub const LAST_ERROR: &str =
        "(SELECT split_part(s.last_error, '\u{1f}', 1) FROM server_status s WHERE s.server_id = t.id)";
    pub const WAITING_SINCE: &str = "(SELECT s.waiting_since FROM server_status s WHERE s.server_id = t.id)";
    pub const WAITING_FOR: &str =
        "(SELECT split_part(s.waiting_for, '\u{1f}', 1) FROM server_status s WHERE s.server_id = t.id)";
    /// The built-in server of the gateway API never is.
    pub const LISTED: &str = "(CASE WHEN t.server_type = 'api' THEN 'built-in' ELSE 'listed' END)";
}

pub mod providers {
    authors!("'mailgate.oauth_provider'");
}

pub mod external_ids {
    authors!("'ir.model.data'");
    pub const COMPLETE_NAME: &str = "(CASE WHEN t.module = '' THEN t.name ELSE t.module || '.' || t.name END)";
    /// The same where another row points to it.
    pub const COMPLETE_NAME_OF_RELATED: &str =
        "(CASE WHEN r.module = '' THEN r.name ELSE r.module || '.' || r.name END)";
    pub const REFERENCE: &str = "(t.model || ',' || CAST(t.res_id AS TEXT))";
}
