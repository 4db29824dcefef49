//! Reading mail: public corpora, and mail that means harm.

mod corpus;
mod hostile;
