//! Whether the new mails of a round may become records by one call, in place of going through the gateway there one by one:
//! only where that makes the same of each. The gateway calls the model's `message_new`, which every module over there may
//! change, and `load()` does not.

use super::session::Odoo;
use super::value::{condition, text_of, texts};
use super::wire::CallError;
use crate::domain::connection::Together;
use crate::xmlrpc::Value;

/// A model whose `message_new` sets what we set.
struct AlikeModel {
    model: &'static str,
    /// The last version of Odoo of which that is so.
    until: u32,
    /// All that it sets of what a mail says; none where what a mail fills is known by the names of the fields.
    fields: Option<&'static [&'static str]>,
    /// Modules that extend it, and leave what a mail makes of it as it is.
    modules: &'static [&'static str],
}

static ALIKE: [AlikeModel; 2] = [
    AlikeModel {
        model: "crm.lead",
        // 19 then gives a lead to the leader of its team.
        until: 18,
        // Whose company it is and what it is about is for a person to say.
        fields: Some(&["name", "partner_id", "email_from"]),
        modules: &[
            "crm",
            "crm_iap_enrich",
            "crm_iap_mine",
            "crm_livechat",
            "crm_mail_plugin",
            "event_crm",
            "iap_crm",
            "sale_crm",
            "survey_crm",
            "website_crm",
            "website_crm_iap_reveal",
            "website_crm_livechat",
            "website_crm_partner_assign",
        ],
    },
    AlikeModel {
        model: "spp.grm.ticket",
        until: u32::MAX,
        fields: None,
        modules: &["spp_grm", "spp_grm_case_link", "spp_grm_cel", "spp_grm_programs", "spp_grm_registry"],
    },
];

/// What these models are made of, as far as it has to do with mail, and the modules that extend that and leave it as it is.
const PARTS: [&str; 5] = ["mail.thread", "mail.thread.blacklist", "mail.thread.cc", "mail.thread.phone", "utm.mixin"];
const OF_PARTS: [&str; 10] = [
    "iap_mail",
    "mail",
    "mail_bot",
    "phone_validation",
    "portal",
    "portal_rating",
    "rating",
    "sms",
    "snailmail",
    "utm",
];

/// Whether a mail fills this field of a new record of the model.
pub(super) fn is_filled(model: &str, field: &str) -> bool {
    let fields = ALIKE.iter().find(|alike| alike.model == model).and_then(|alike| alike.fields);
    fields.is_none_or(|fields| fields.contains(&field))
}

impl Odoo {
    /// Asked for once in a session.
    pub(super) fn makes_alike(&mut self, model: &str) -> Result<bool, CallError> {
        if let Some(known) = self.known.alike.get(model) {
            return Ok(*known);
        }
        let Some(alike) = ALIKE.iter().find(|alike| alike.model == model && self.version().major <= alike.until) else {
            return Ok(false);
        };
        let makes_alike = match self.connection().together {
            Together::Never => false,
            Together::Always => true,
            Together::Automatic => self.has_known_modules_alone(alike)?,
        };
        self.known.alike.insert(model.to_owned(), makes_alike);
        Ok(makes_alike)
    }

    /// Only administrators may read which modules extend a model.
    fn has_known_modules_alone(&mut self, alike: &AlikeModel) -> Result<bool, CallError> {
        let models: Vec<&str> = PARTS.into_iter().chain([alike.model]).collect();
        let limit = i32::try_from(models.len()).unwrap_or(i32::MAX);
        let named = Value::Array(vec![condition("model", "in", texts(&models))]);
        let rows = match self.search_read("ir.model", named, &["model", "modules"], "id", limit) {
            Err(CallError::Fault(fault)) => {
                tracing::info!(model = alike.model, said = fault.said, "modules that can't be read: one by one");
                return Ok(false);
            }
            rows => rows?,
        };
        let is_known = |module: &str| alike.modules.contains(&module) || OF_PARTS.contains(&module);
        let mut unknown: Vec<String> = Vec::new();
        let mut seen = false;
        for row in &rows {
            seen |= text_of(row, "model").as_deref() == Some(alike.model);
            let modules = text_of(row, "modules").unwrap_or_default();
            unknown.extend(modules.split(", ").filter(|module| !is_known(module)).map(str::to_owned));
        }
        if !unknown.is_empty() {
            tracing::info!(model = alike.model, ?unknown, "modules that may change what a mail becomes: one by one");
        }
        Ok(seen && unknown.is_empty())
    }
}
