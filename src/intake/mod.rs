//! Fetch, keep, route, deliver, acknowledge: callable step by step, and by the scheduler.

pub mod lock;
pub mod progress;
pub mod stop;
