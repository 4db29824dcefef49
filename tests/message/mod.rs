//! Reading mail: public corpora, mail that means harm, and the demo's samples, whole and damaged.

mod corpus;
mod hostile;
mod samples;
