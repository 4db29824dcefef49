//! Raw bytes to `domain::message::Message`: pure, bounded, never panics.
