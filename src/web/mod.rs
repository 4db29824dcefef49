//! The pages: a face over `operations`.
