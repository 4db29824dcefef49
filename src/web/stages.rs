//! The stages of a test as the pages show them.

use serde::Serialize;

use crate::domain::stage::{self, StageState};
use crate::domain::words::Sentence;

/// One stage: see `common/stages.html`.
#[derive(Debug, Serialize)]
pub(super) struct StageShown {
    code: &'static str,
    state: &'static str,
    tone: &'static str,
    tried: bool,
    elapsed_ms: u64,
    words: Sentence,
    said: String,
    remedy: Sentence,
}

impl StageShown {
    pub(super) fn of(stage: &stage::TestStage) -> Self {
        let tone = match stage.state {
            StageState::Passed => "good",
            StageState::Failed => "bad",
            StageState::Skipped | StageState::NotApplicable => "quiet",
        };
        Self {
            code: stage.name.code(),
            state: stage.state.code(),
            tone,
            tried: matches!(stage.state, StageState::Passed | StageState::Failed),
            elapsed_ms: stage.elapsed_ms,
            words: stage.words().clone(),
            said: stage.said.clone(),
            remedy: stage.complaint.remedy.clone(),
        }
    }
}
