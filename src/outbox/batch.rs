//! Mails that one worker takes up together: what can be asked for all of them at once is, and new records that the far end
//! may make together are made by one call. Then each is carried on by itself, so that none holds up another, and what was cut
//! in the middle is looked for one by one.

use std::collections::{BTreeSet, HashSet};

use super::Outbox;
use super::carry::Carrier;
use super::gates::Gates;
use super::parcel;
use crate::domain::id::{ConnectionId, MessageId};
use crate::odoo::{Remote, Shipment, StoredBytes as _, Trouble};
use crate::store::StoreError;

/// Bytes of mail that are taken up together; one mail may have more.
const BYTES: u64 = 16 << 20;

/// Opens mails in their order; what would be too much is left in `ids`.
pub(super) fn open<'a>(
    outbox: &'a Outbox,
    connection: ConnectionId,
    ids: &mut Vec<MessageId>,
) -> Result<Vec<Carrier<'a>>, StoreError> {
    let (mut carriers, mut bytes, mut opened) = (Vec::with_capacity(ids.len()), 0, 0);
    for id in ids.iter() {
        if bytes > BYTES {
            break;
        }
        opened += 1;
        if let Some(parcel) = parcel::open(outbox, connection, *id)? {
            bytes += parcel.source.size();
            carriers.push(Carrier::new(outbox, parcel));
        }
    }
    ids.drain(..opened);
    Ok(carriers)
}

/// Asks for all, and makes the records of those that can be made together. Returns what is to be carried on. A trouble is the
/// session's: what it concerned has been put off, and the others carry on.
pub(super) fn prepare<'a>(
    outbox: &Outbox,
    remote: &mut dyn Remote,
    gates: &Gates,
    mut carriers: Vec<Carrier<'a>>,
) -> Result<(Vec<Carrier<'a>>, Option<Trouble>), StoreError> {
    let models = in_company(&carriers);
    let asked = {
        let untried = carriers.iter().filter(|carrier| carrier.is_untried());
        let shipments: Vec<Shipment<'_>> =
            untried.map(|carrier| carrier.parcel.shipment(models.contains(&carrier.parcel.handover.model))).collect();
        remote.look_ahead(&shipments)
    };
    // Each asks for itself, and finds out what is wrong.
    if asked.is_err() {
        return Ok((carriers, None));
    }
    let mut trouble = None;
    for model in models {
        let mut kept = Vec::with_capacity(carriers.len());
        for mut carrier in carriers {
            let is_one = carrier.parcel.handover.model == model && carrier.is_untried();
            if !is_one || carrier.plan_in_company(remote)? {
                kept.push(carrier);
            }
        }
        (carriers, trouble) = make(outbox, remote, gates, &model, kept)?;
        if trouble.is_some() {
            break;
        }
    }
    Ok((carriers, trouble))
}

/// Record types that several of these become, as far as that is known by now.
fn in_company(carriers: &[Carrier<'_>]) -> BTreeSet<String> {
    let mut once = HashSet::new();
    let new = carriers.iter().filter(|carrier| carrier.is_untried() && carrier.parcel.handover.record.is_none());
    new.map(|carrier| carrier.parcel.handover.model.as_str())
        .filter(|model| !once.insert(*model))
        .map(str::to_owned)
        .collect()
}

/// The attempt of each is on record before the call, as that of a single one is.
fn make<'a>(
    outbox: &Outbox,
    remote: &mut dyn Remote,
    gates: &Gates,
    model: &str,
    mut carriers: Vec<Carrier<'a>>,
) -> Result<(Vec<Carrier<'a>>, Option<Trouble>), StoreError> {
    let mut names = HashSet::new();
    let mut ordered: Vec<usize> = Vec::new();
    for (at, carrier) in carriers.iter().enumerate() {
        let Some(order) = carrier.order().filter(|order| order.shipment.handover.model == model) else { continue };
        let handover = order.shipment.handover;
        // Two by one name would be one record.
        if names.insert(handover.message_id.clone()) && names.insert(handover.external_id.clone()) {
            ordered.push(at);
        }
    }
    if ordered.len() < 2 {
        return Ok((carriers, None));
    }
    let gate = remote.is_gapless(model).then(|| gates.of(model));
    let turn = gate.as_ref().map(|gate| gate.lock());
    let begun: Vec<bool> =
        outbox.store.write(|db| ordered.iter().map(|at| carriers[*at].begin(db)).collect::<Result<_, StoreError>>())?;
    let moved: HashSet<usize> = ordered.iter().zip(&begun).filter(|(_, begun)| !**begun).map(|(at, _)| *at).collect();
    ordered.retain(|at| !moved.contains(at));
    let outcomes = {
        let orders: Vec<_> = ordered.iter().filter_map(|at| carriers[*at].order()).collect();
        remote.make_records(&orders)
    };
    drop(turn);
    let (mut trouble, mut cut) = (None, HashSet::new());
    for (at, outcome) in ordered.into_iter().zip(outcomes) {
        if let Err(what) = &outcome {
            trouble.get_or_insert_with(|| what.clone());
            cut.insert(at);
        }
        carriers[at].ordered(outcome)?;
    }
    let rest = carriers.into_iter().enumerate().filter(|(at, _)| !moved.contains(at) && !cut.contains(at));
    Ok((rest.map(|(_, carrier)| carrier).collect(), trouble))
}

/// What was posted for those that were made together: that they arrived, in one commit. Until then each of them would be
/// looked for.
pub(super) fn settle(outbox: &Outbox, mut posted: Vec<Carrier<'_>>) -> Result<(), StoreError> {
    if posted.is_empty() {
        return Ok(());
    }
    outbox.store.write(|db| posted.iter_mut().try_for_each(|carrier| carrier.settle_posted(db)))
}
