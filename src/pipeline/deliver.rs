//! The fourth step: what was decided is done, within the transaction of its batch. A record here, a place in the outbox of
//! a connection, or neither.

use super::repair::Wish;
use super::route::Routed;
use super::{Pipeline, records};
use crate::domain::connection::Connection;
use crate::domain::due::DueTerms;
use crate::domain::fate::Fate;
use crate::domain::id::{ConnectionId, MessageId};
use crate::domain::ledger::Reason;
use crate::domain::mail::Mail;
use crate::domain::route::{Decision, RouteTarget, TraceStep};
use crate::ledger;
use crate::outbox::conversation;
use crate::outbox::queue::{self, QueuedRecord};
use crate::say;
use crate::store::claims::{self, Claim};
use crate::store::{Db, StoreError};

/// Delivers the mail, or holds or ignores it, and writes its fate into the ledger. After an error the caller undoes the
/// whole transaction: part of a delivery may stand in it.
pub(super) fn deliver(
    db: &mut Db,
    pipeline: &Pipeline,
    mail: &Mail,
    routed: &Routed,
    wish: &Wish<'_>,
    terms: &DueTerms,
) -> Result<Fate, StoreError> {
    let mut trace = wish.trace();
    trace.extend(routed.route.trace.iter().cloned());
    let mut notes = Vec::new();
    let fate = match &routed.route.decision {
        Decision::End(fate) => fate.clone(),
        Decision::Deliver(target) => {
            let (fate, instead) = carry_out(db, pipeline, mail, target, wish, terms)?;
            if instead {
                let why = fate.detail().cloned().unwrap_or_default();
                trace.push(TraceStep { rule: "delivery".into(), applied: true, why });
            } else if matches!(target, RouteTarget::Reply { guessed: true, .. }) {
                notes.push(say!("trace-guessed"));
            }
            fate
        }
    };
    // It doesn't count which of the two was fetched first.
    if mail.is_confidential() && matches!(fate, Fate::Ignored(_)) && fate.reason() == Some(Reason::Duplicate) {
        for claim in claims::holders(db, &sink(None), &[mail.fingerprint.as_str()])? {
            records::conceal_as(db, mail, claim.message)?;
        }
    }
    ledger::settle(db, mail, &fate, &notes, &trace, wish.login)?;
    Ok(fate)
}

/// The fate of a mail that is to be delivered, and whether it is another one than that.
fn carry_out(
    db: &mut Db,
    pipeline: &Pipeline,
    mail: &Mail,
    target: &RouteTarget,
    wish: &Wish<'_>,
    terms: &DueTerms,
) -> Result<(Fate, bool), StoreError> {
    let (RouteTarget::NewRecord { model, .. } | RouteTarget::Reply { model, .. } | RouteTarget::Outbox { model, .. }) =
        target;
    let claimed = match claim(db, mail, target, model, wish)? {
        Ok(claimed) => claimed,
        Err(other) => {
            let why = say!("detail-same-mail", other = other.0);
            return Ok((Fate::ignored(Reason::Duplicate, why), true));
        }
    };
    let (model, message) = (model.clone(), &mail.message);
    let fate = match target {
        RouteTarget::NewRecord { partner, new_contact, values, answers, .. } => {
            let partner = if *new_contact { records::contact(db, message)? } else { *partner };
            let record = records::of_mail(db, pipeline, mail, (&model, partner), values, *answers, terms)?;
            records::post(db, mail, (&model, record), partner, &[])?;
            Fate::NewRecord { model, record }
        }
        RouteTarget::Reply { record, partner, guessed, .. } => {
            let Some((record, marks)) = records::join(db, mail, (&model, *record), *partner, *guessed)? else {
                claims::free(db, mail.id())?;
                return Ok((Fate::held(Reason::RecordGone, say!("detail-record-gone")), true));
            };
            records::post(db, mail, (&model, record), *partner, &marks)?;
            Fate::Reply { model, record }
        }
        RouteTarget::Outbox { connection, record, apart, .. } => {
            let known = conversation::known(db, &[(*connection, message)])?;
            let wanted = QueuedRecord {
                model: &model,
                record: *record,
                partner: wish.correction.remote_partner,
                sender: wish.correction.sender.as_ref(),
                forced: wish.correction.force,
                apart: *apart,
                conversation: &known.conversation(*connection, message),
            };
            queue::put(db, mail.id(), message, *connection, &claimed, &wanted)?;
            Fate::Queued { model }
        }
    };
    Ok((fate, false))
}

/// What claims are taken on: this database, or a connection.
pub(super) fn sink(connection: Option<ConnectionId>) -> String {
    connection.map_or_else(|| "local".to_owned(), Connection::sink)
}

/// Takes the claim of a mail before anything is made of it (ARCHITECTURE §4): what was claimed, by which a repeat is known
/// again; or who holds it already.
fn claim(
    db: &mut Db,
    mail: &Mail,
    target: &RouteTarget,
    model: &str,
    wish: &Wish<'_>,
) -> Result<Result<String, MessageId>, StoreError> {
    let (id, fingerprint) = (mail.id(), &mail.fingerprint);
    let sink = match target {
        RouteTarget::NewRecord { .. } | RouteTarget::Reply { .. } => sink(None),
        RouteTarget::Outbox { connection, .. } => sink(Some(*connection)),
    };
    let claim = Claim { sink: &sink, model, fingerprint };
    match claims::take(db, &claim, id)? {
        Ok(()) => Ok(Ok(fingerprint.clone())),
        Err(other) if !wish.correction.force => Ok(Err(other)),
        Err(_) => {
            // A claim of its own: this mail alone may make the second record.
            let fingerprint = format!("{fingerprint} again {id}");
            let own = Claim { fingerprint: &fingerprint, ..claim };
            Ok(claims::take(db, &own, id)?.map(|()| fingerprint))
        }
    }
}
