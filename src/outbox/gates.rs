//! Record types whose numbers come from one sequence without gaps: what makes such a record waits for its turn, since two
//! side by side would wait for each other over there, or fail.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// A gate for each such record type of a connection.
#[derive(Default)]
pub(super) struct Gates(Mutex<HashMap<String, Arc<Mutex<()>>>>);

impl Gates {
    /// Held by whoever makes a record of this type.
    pub(super) fn of(&self, model: &str) -> Arc<Mutex<()>> {
        self.0.lock().entry(model.to_owned()).or_default().clone()
    }
}
