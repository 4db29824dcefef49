//! What differs between Odoo 14 and 19: in this file, and nowhere else.

use crate::domain::connection::BaseUrl;

/// What the far end says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooVersion {
    /// For example `17.0`, `17.0-20241005` or `saas~17.2`.
    pub text: String,
    /// 14 to 19, or another number that was not tried.
    pub major: u32,
}

impl OdooVersion {
    /// The versions that are spoken to.
    pub const KNOWN: std::ops::RangeInclusive<u32> = 14..=19;

    /// None where the text begins with no number.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim_start_matches("saas~").split(['.', '-', '+']).next()?;
        Some(Self { text: text.to_owned(), major: number.parse().ok()? })
    }

    /// Where a browser opens the record. Odoo 18 has new addresses; the old ones stay understood, but only within the
    /// web client's own start page.
    pub fn record_url(&self, base: &BaseUrl, model: &str, id: i32) -> String {
        let base = base.as_str();
        if self.major >= 18 {
            format!("{base}/odoo/{model}/{id}")
        } else {
            format!("{base}/web#id={id}&model={model}&view_type=form")
        }
    }

    /// It speaks JSON-2.
    pub(super) fn has_json2(&self) -> bool {
        self.major >= 19
    }

    /// `check_access_rights` gave way to `has_access`.
    pub(super) fn has_access_method(&self) -> bool {
        self.major >= 18
    }

    /// Catchall and bounce addresses stand in `mail.alias.domain`; before 17 in settings that only administrators read.
    pub(super) fn has_alias_domains(&self) -> bool {
        self.major >= 17
    }

    /// `message_post` takes its body for plain text unless told otherwise; before 17 it took it for HTML.
    pub(super) fn escapes_bodies(&self) -> bool {
        self.major >= 17
    }

    /// `message_post` takes `notify_skip_followers`, so that only those are told who are named.
    pub(super) fn can_skip_followers(&self) -> bool {
        self.major >= 19
    }

    /// Its wizard makes a key for a caller who gives the account's password; before, keys have no end.
    pub(super) fn makes_keys(&self) -> bool {
        self.major >= 19
    }

    /// Whoever writes to the gateway follows the record from then on; since 19 only users do, and an officer's answer
    /// offers the others by itself.
    pub(super) fn has_senders_follow(&self) -> bool {
        self.major < 19
    }
}

/// What 19 calls the arguments of a method that stand by position elsewhere, in their order; `ids` are the records.
pub(super) fn argument_names(method: &str) -> &'static [&'static str] {
    match method {
        "check_object_reference" => &["module", "xml_id"],
        "create" => &["vals_list"],
        "default_get" => &["fields"],
        "fields_get" => &["allfields"],
        "has_access" => &["ids", "operation"],
        "load" => &["fields", "data"],
        "make_key" | "message_post" | "message_subscribe" | "run_check" | "unlink" => &["ids"],
        "message_process" => &["model", "message", "custom_values", "save_original", "strip_attachments", "thread_id"],
        "read" => &["ids", "fields"],
        "search" | "search_read" => &["domain"],
        "write" => &["ids", "vals"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_open_records_where_they_show_them() {
        let base = BaseUrl::parse("https://openspp.example.org").unwrap();
        let url = |text: &str| OdooVersion::parse(text).unwrap().record_url(&base, "spp.grm.ticket", 7);
        for old in ["14.0", "17.0-20241005", "17.0+e", "saas~17.2"] {
            assert_eq!(url(old), "https://openspp.example.org/web#id=7&model=spp.grm.ticket&view_type=form", "{old}");
        }
        assert_eq!(url("18.0"), "https://openspp.example.org/odoo/spp.grm.ticket/7");
        assert_eq!(url("saas~18.3"), "https://openspp.example.org/odoo/spp.grm.ticket/7");
        assert_eq!(OdooVersion::parse("newest"), None);
    }
}
