//! The stages of a test as the pages show them.

use serde::Serialize;

use crate::operations::servers::{self, StageState};

/// One stage: see `common/stages.html`.
#[derive(Debug, Serialize)]
pub struct Stage {
    code: &'static str,
    state: &'static str,
    tone: &'static str,
    tried: bool,
    elapsed_ms: u64,
    words: String,
    said: String,
    remedy: String,
}

impl Stage {
    pub fn of(stage: &servers::Stage) -> Self {
        let tone = match stage.state {
            StageState::Passed => "good",
            StageState::Failed => "bad",
            StageState::Skipped | StageState::NotApplicable => "quiet",
        };
        Self {
            code: stage.code,
            state: stage.state.code(),
            tone,
            tried: matches!(stage.state, StageState::Passed | StageState::Failed),
            elapsed_ms: stage.elapsed_ms,
            words: stage.words.clone(),
            said: stage.said.clone(),
            remedy: stage.remedy.clone(),
        }
    }
}
