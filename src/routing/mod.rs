//! Pure decisions: what becomes of a message, with the trace of each rule tried.
