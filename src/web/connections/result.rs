//! The result of a test in words.

use serde::Serialize;

use crate::domain::connection::ConnectionState;
use crate::operations::connections::Tested;
use crate::web::stages::Stage;
use crate::web::words;

/// `tested` in the template.
#[derive(Debug, Serialize)]
pub struct Result {
    passed: bool,
    /// What a success says, beside that it is one.
    words: String,
    failure: Option<Stage>,
    stages: Vec<Stage>,
}

impl Result {
    pub fn of(tested: &Tested, language: &str) -> Self {
        let connection = &tested.view.connection;
        let version = connection.server_version.clone().unwrap_or_default();
        let key = match (tested.passed(), connection.state) {
            (true, _) if connection.url.is_encrypted() => "connections-test-encrypted",
            (true, _) => "connections-test-readable",
            (false, ConnectionState::Draft) => "connections-test-kept",
            (false, ConnectionState::Done) => "connections-test-unchanged",
        };
        Self {
            passed: tested.passed(),
            words: words::with(language, key, &[("version", version.into())]),
            failure: tested.failure().map(Stage::of),
            stages: tested.stages.iter().map(Stage::of).collect(),
        }
    }
}
