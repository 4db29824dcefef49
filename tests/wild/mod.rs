//! Mail and mail servers of the wild, rebuilt from public bug reports and from what public corpora showed: each stands
//! for a kind, and what is expected of it stands beside it.

mod mail;
mod servers;
