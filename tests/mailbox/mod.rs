//! Reaching mailboxes: every protocol and every security, against a real Dovecot and against hostile servers.

mod dovecot;
