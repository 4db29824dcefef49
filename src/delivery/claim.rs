//! The claim that a parcel takes before anything is made of it (DESIGN §4).

use super::Parcel;
use crate::domain::id::MessageId;
use crate::store::claims::{self, Claim};
use crate::store::{Db, StoreError};

/// Takes the claim on this sink: what was claimed, by which a repeat is known again; or who holds it already.
pub(super) fn take(db: &mut Db, sink: &str, parcel: &Parcel<'_>) -> Result<Result<String, MessageId>, StoreError> {
    let claim = Claim { sink, model: parcel.target.model(), fingerprint: parcel.fingerprint };
    match claims::take(db, &claim, parcel.ledger_id)? {
        Ok(()) => Ok(Ok(parcel.fingerprint.to_owned())),
        Err(other) if !parcel.forced => Ok(Err(other)),
        Err(_) => {
            // A claim of its own: this mail alone may make the second record.
            let fingerprint = format!("{} again {}", parcel.fingerprint, parcel.ledger_id);
            let own = Claim { fingerprint: &fingerprint, ..claim };
            Ok(claims::take(db, &own, parcel.ledger_id)?.map(|()| fingerprint))
        }
    }
}
