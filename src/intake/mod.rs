//! Fetch, keep, route, deliver, acknowledge: callable step by step, and by the scheduler.
