//! Reading mail: of every kind, public corpora, people's mail beside automatic mail, mail that means harm, and the demo's samples, whole
//! and damaged.

mod corpora;
mod corpus;
mod hostile;
mod leaves;
mod samples;
mod told;
