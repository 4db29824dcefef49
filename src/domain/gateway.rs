//! What a client of the mail gateway (`message_process`) asks for beside the mail itself.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::id::RecordId;

/// Kept beside the ledger row, since a message may be routed again long after the call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GatewayCall {
    /// The record type where neither a reply nor an alias decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The record of `model` that the mail joins in that case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// Values of a new record of `model`, already checked.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
    /// Deliver the text only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strip_attachments: bool,
    /// Keep the source for ever.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub save_original: bool,
}
