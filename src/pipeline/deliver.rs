//! The fourth step: what was decided is done, within the transaction of its batch: a record here, a place in the outbox of a
//! connection, or neither.

use std::collections::{HashMap, HashSet};

use super::repair::Wish;
use super::route::Routed;
use super::{Pipeline, records};
use crate::domain::connection::Connection;
use crate::domain::due::DueTerms;
use crate::domain::id::{ConnectionId, MessageId};
use crate::domain::ledger::{Fate, Reason};
use crate::domain::message::Mail;
use crate::domain::module::Module;
use crate::domain::now;
use crate::domain::route::{Decision, RouteTarget, TraceStep};
use crate::ledger::{self, SettledRows};
use crate::outbox::{self, QueuedRecord};
use crate::say;
use crate::store::claims::{self, Claim};
use crate::store::posts::PostRows;
use crate::store::records::RecordRows;
use crate::store::{Db, StoreError};

/// Delivers, holds or ignores these mails, and writes their fates into the ledger; returns the fates, in order. After an
/// error the caller must undo the whole transaction, since part of a delivery may be in it.
pub(super) fn deliver(
    db: &mut Db,
    pipeline: &Pipeline,
    mails: &[(&Mail, &Routed)],
    wish: &Wish<'_>,
    terms: &DueTerms,
) -> Result<Vec<Fate>, StoreError> {
    let mut batch = DeliveryBatch::begin(db, pipeline, mails, terms)?;
    let fates = mails.iter().map(|(mail, routed)| deliver_one(db, pipeline, mail, routed, wish, &mut batch));
    let fates = fates.collect::<Result<_, _>>()?;
    batch.write(db)?;
    Ok(fates)
}

/// What mails that are delivered together share: what is looked up and written once for all of them.
pub(super) struct DeliveryBatch<'m> {
    pub terms: &'m DueTerms,
    pub records: RecordRows<'m>,
    pub posts: PostRows<'m>,
    settled: SettledRows<'m>,
    /// The mails whose claims were free, and are taken now.
    claimed: HashSet<MessageId>,
}

impl<'m> DeliveryBatch<'m> {
    fn begin(
        db: &mut Db,
        pipeline: &Pipeline,
        mails: &[(&'m Mail, &'m Routed)],
        terms: &'m DueTerms,
    ) -> Result<Self, StoreError> {
        let mut wanted: Vec<(&str, String, String, MessageId)> = Vec::new();
        for (mail, routed) in mails {
            let Decision::Deliver(target) = &routed.route.decision else { continue };
            wanted.push((target.model(), sink_of(target), mail.kept_fingerprint(), mail.id()));
        }
        let claims: Vec<(Claim<'_>, MessageId)> =
            wanted.iter().map(|(model, sink, fingerprint, id)| (Claim { sink, model, fingerprint }, *id)).collect();
        let claimed = claims::take_free(db, &claims)?;
        let mut made: HashMap<&str, usize> = HashMap::new();
        for (mail, routed) in mails {
            let Decision::Deliver(RouteTarget::NewRecord { model, .. }) = &routed.route.decision else { continue };
            // Each of them makes a record, so no number is left unused.
            if claimed.contains(&mail.id()) {
                *made.entry(model).or_default() += 1;
            }
        }
        let made: Vec<(&Module, usize)> =
            made.into_iter().filter_map(|(model, count)| Some((pipeline.modules.get(model)?, count))).collect();
        let records = RecordRows::expected(db, &made, now())?;
        Ok(Self { terms, records, posts: PostRows::default(), settled: SettledRows::default(), claimed })
    }

    /// Writes what became of the mails so far.
    fn write(&mut self, db: &mut Db) -> Result<(), StoreError> {
        self.records.write(db)?;
        std::mem::take(&mut self.posts).write(db)?;
        std::mem::take(&mut self.settled).write(db)
    }
}

fn deliver_one<'m>(
    db: &mut Db,
    pipeline: &Pipeline,
    mail: &'m Mail,
    routed: &'m Routed,
    wish: &Wish<'m>,
    batch: &mut DeliveryBatch<'m>,
) -> Result<Fate, StoreError> {
    let mut trace = wish.trace();
    trace.extend(routed.route.trace.iter().cloned());
    let mut notes = Vec::new();
    let fate = match &routed.route.decision {
        Decision::End(fate) => fate.clone(),
        Decision::Deliver(target) => {
            let (fate, instead) = carry_out(db, pipeline, mail, target, wish, batch)?;
            if instead {
                let why = fate.detail().cloned().unwrap_or_default();
                trace.push(TraceStep { rule: "delivery".into(), applied: true, why });
            } else if matches!(target, RouteTarget::Reply { guessed: true, .. }) {
                notes.push(say!("trace-guessed"));
            }
            fate
        }
    };
    // It must not matter which of the two was fetched first.
    if mail.is_confidential() && matches!(fate, Fate::Ignored(_)) && fate.reason() == Some(Reason::Duplicate) {
        // The other mail may be in this batch.
        batch.write(db)?;
        for claim in claims::holders(db, &sink(None), &[mail.kept_fingerprint()])? {
            records::conceal_as(db, mail, claim.message)?;
        }
    }
    ledger::settle(&mut batch.settled, mail, &fate, &notes, &trace, wish.login)?;
    Ok(fate)
}

/// The fate of a mail that is to be delivered, and whether that is another one than was decided.
fn carry_out<'m>(
    db: &mut Db,
    pipeline: &Pipeline,
    mail: &'m Mail,
    target: &'m RouteTarget,
    wish: &Wish<'_>,
    batch: &mut DeliveryBatch<'m>,
) -> Result<(Fate, bool), StoreError> {
    let model = target.model();
    let claimed = match claim(db, mail, target, wish, &batch.claimed)? {
        Ok(claimed) => claimed,
        Err(other) => {
            let why = say!("detail-same-mail", other = other.0);
            return Ok((Fate::ignored(Reason::Duplicate, why), true));
        }
    };
    let message = &mail.message;
    let fate = match target {
        RouteTarget::NewRecord { partner, new_contact, values, answers, .. } => {
            let partner = if *new_contact { records::contact(db, message)? } else { *partner };
            let wanted = records::RecordOfMail { model, partner, values, answers: *answers };
            let (record, describes) = records::of_mail(db, pipeline, mail, wanted, batch)?;
            records::post(&mut batch.posts, mail, (model, record), partner, &[], describes);
            Fate::NewRecord { model: model.to_owned(), record }
        }
        RouteTarget::Reply { record, partner, guessed, .. } => {
            let Some((record, marks)) = records::join(db, mail, (model, *record), *partner, *guessed)? else {
                claims::free(db, mail.id(), &mail.kept_fingerprint())?;
                return Ok((Fate::held(Reason::RecordGone, say!("detail-record-gone")), true));
            };
            records::post(&mut batch.posts, mail, (model, record), *partner, &marks, false);
            Fate::Reply { model: model.to_owned(), record }
        }
        RouteTarget::Outbox { connection, record, apart, .. } => {
            // It looks for what the mails before it were sent as.
            batch.write(db)?;
            let known = outbox::known(db, &[(*connection, message)])?;
            let wanted = QueuedRecord {
                model,
                record: *record,
                partner: wish.correction.remote_partner,
                sender: wish.correction.sender.as_ref(),
                forced: wish.correction.force,
                apart: *apart,
                conversation: &known.conversation(*connection, message),
            };
            outbox::put(db, mail.id(), message, *connection, &claimed, &wanted)?;
            Fate::Queued { model: model.to_owned() }
        }
    };
    Ok((fate, false))
}

/// Where claims are taken: this database, or a connection.
pub(super) fn sink(connection: Option<ConnectionId>) -> String {
    connection.map_or_else(|| "local".to_owned(), Connection::sink)
}

fn sink_of(target: &RouteTarget) -> String {
    match target {
        RouteTarget::NewRecord { .. } | RouteTarget::Reply { .. } => sink(None),
        RouteTarget::Outbox { connection, .. } => sink(Some(*connection)),
    }
}

/// Takes the claim of a mail before anything is made of it (ARCHITECTURE §4). Returns what was claimed, by which a repeat is
/// recognised; or who has the claim already. For the mails in `claimed` it is taken.
fn claim(
    db: &mut Db,
    mail: &Mail,
    target: &RouteTarget,
    wish: &Wish<'_>,
    claimed: &HashSet<MessageId>,
) -> Result<Result<String, MessageId>, StoreError> {
    let (id, fingerprint) = (mail.id(), &mail.fingerprint);
    if claimed.contains(&id) {
        return Ok(Ok(fingerprint.clone()));
    }
    let (sink, kept) = (sink_of(target), mail.kept_fingerprint());
    let claim = Claim { sink: &sink, model: target.model(), fingerprint: &kept };
    match claims::take(db, &claim, id)? {
        Ok(()) => Ok(Ok(fingerprint.clone())),
        Err(other) if !wish.correction.force => Ok(Err(other)),
        Err(_) => {
            // A claim of its own, as only this mail may make the second record.
            let own = Claim { fingerprint: &claims::apart(&kept, id), ..claim };
            Ok(claims::take(db, &own, id)?.map(|()| claims::apart(fingerprint, id)))
        }
    }
}
