//! Reading mail: public corpora, people's mail beside automatic mail, mail that means harm, and the demo's samples, whole
//! and damaged.

mod corpus;
mod hostile;
mod leaves;
mod samples;
mod told;
