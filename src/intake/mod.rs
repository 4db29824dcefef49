//! Fetch, keep, route, deliver, acknowledge: callable step by step, and by the scheduler.

pub mod lock;
pub mod passes;
pub mod progress;
pub mod scheduler;
pub mod stop;
