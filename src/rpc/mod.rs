//! The Odoo-compatible API that Mailgate serves: a face over `operations`.
