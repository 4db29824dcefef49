//! Records that mail makes or joins in this database, with their conversations and attachments.

use std::collections::HashMap;

use serde_json::Value;

use super::deliver::DeliveryBatch;
use super::{Pipeline, repair};
use crate::domain::conversation::{Involvement, People, PostKind, SoughtSender};
use crate::domain::due::{DueClock, DueTerms};
use crate::domain::id::{CategoryId, MessageId, PartnerId, RecordId, ServerId, StageId, TagId, UserId, model_code};
use crate::domain::message::{Mail, Mark, Message};
use crate::domain::text::shorten;
use crate::domain::{Moment, now};
use crate::store::attachments::MailFiles;
use crate::store::partners::{self, NewPartner};
use crate::store::posts::{self, KeptTexts, NewPost, PostRows};
use crate::store::records::{self, NewRecord, RecordRows};
use crate::store::{Db, StoreError, categories, messages, teams, users};
use crate::{ledger, say};

/// Lets a mail join a record, or the one that this was joined to: its people are on it from then on, and if a person had
/// said *Not a grievance*, it returns to the lists. Returns what is to be marked about that; None where there is no such
/// record.
pub(super) fn join(
    db: &mut Db,
    mail: &Mail,
    (model, record): (&str, RecordId),
    partner: Option<PartnerId>,
    guessed: bool,
) -> Result<Option<(RecordId, Vec<Mark>)>, StoreError> {
    let message = &mail.message;
    let mut next = Some(record);
    // Once from a record to the one that it was joined to, and once more if that is being joined at this moment.
    for _ in 0..3 {
        let found = next.map(|id| records::found(db, &[id])).transpose()?.and_then(|mut found| found.pop());
        let Some(found) = found.filter(|found| found.model == model) else { return Ok(None) };
        next = found.joined.or(Some(found.id));
        if found.joined.is_some() || !records::mail_came(db, &found, &People::of(message, partner), mail.came())? {
            continue;
        }
        conceal(db, mail, found.id)?;
        if !found.active {
            ledger::a_reply_came(db, model, found.id)?;
            repair::take_up_record(db, model, found.id, None)?;
            posts::say(db, model, found.id, &say!("record-reply-came"))?;
        }
        // Anybody who knows a Message-ID could write one, and names are not unique.
        let is_known = found.standing(&SoughtSender::of(&message.from, partner)) > Involvement::Namesake;
        let other = (!is_known && !is_officer(db, message)?).then_some(Mark::OtherSender);
        return Ok(Some((found.id, other.into_iter().chain(guessed.then_some(Mark::PerhapsReply)).collect())));
    }
    Ok(None)
}

/// Mail from a confidential mailbox makes its record confidential: those who work on it, and the teams of the mailbox, are
/// named for it.
fn conceal(db: &mut Db, mail: &Mail, record: RecordId) -> Result<(), StoreError> {
    if !mail.is_confidential() {
        return Ok(());
    }
    let (already, user) = teams::confidential(db, record)?;
    if !already {
        teams::mark(db, record)?;
        user.map_or(Ok(()), |user| teams::name_person(db, record, user))?;
        mail.entry.server.map_or(Ok(()), |server| teams::name_teams_of(db, record, server))?;
    }
    Ok(())
}

/// The same for the record of the first mail, where a second copy came by a confidential mailbox.
pub(super) fn conceal_as(db: &mut Db, mail: &Mail, first: MessageId) -> Result<(), StoreError> {
    match messages::view::record_here(db, first)? {
        Some(record) => conceal(db, mail, record),
        None => Ok(()),
    }
}

fn is_officer(db: &mut Db, message: &Message) -> Result<bool, StoreError> {
    match message.from.normalized() {
        Some(address) => Ok(!users::among(db, &[&address])?.is_empty()),
        None => Ok(false),
    }
}

/// What is known of a record that is to be made, by a mail or by a client.
pub struct Making<'a> {
    pub model: &'a str,
    pub name: String,
    /// Its other fields; missing ones are empty, or as the record type begins.
    pub values: HashMap<String, Value>,
    /// Who is on it.
    pub people: People,
    /// The record that its first mail answers.
    pub answers: Option<RecordId>,
    /// When what it is about was written; not later than now.
    pub date: Moment,
    /// From when its deadline is counted.
    pub due_from: Moment,
    /// When its last mail came, which sorts lists.
    pub last_mail_at: Moment,
    /// The rules that say when it is due.
    pub terms: &'a DueTerms,
    /// The incoming server that it came by, and whether that makes records confidential.
    pub server: Option<ServerId>,
    pub marked: bool,
}

/// Makes a record, in its type's first stage unless `values` name another one. The caller writes the first entry of its
/// conversation, and the audit.
pub fn make(db: &mut Db, pipeline: &Pipeline, making: Making<'_>) -> Result<RecordId, StoreError> {
    make_in(db, pipeline, making, &mut RecordRows::default())
}

/// The same in a batch, at whose end the row is written.
fn make_in<'m>(
    db: &mut Db,
    pipeline: &Pipeline,
    making: Making<'m>,
    rows: &mut RecordRows<'m>,
) -> Result<RecordId, StoreError> {
    let Making { model, name, mut values, people, answers, date, due_from, last_mail_at, terms, .. } = making;
    let Making { server, marked, .. } = making;
    let missing = || StoreError::Corrupt(format!("the record type {model} has no stage"));
    let module = pipeline.modules.get(model).ok_or_else(missing)?;
    let first = *pipeline.first_stages.get(model).ok_or_else(missing)?;
    let at = now();
    let number = rows.number(db, module, at)?;
    let mut text = |field: &str| match values.remove(field) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let description = text("description").unwrap_or_default();
    let priority = text("priority").unwrap_or_else(|| "1".to_owned());
    let partner_name = text("partner_name");
    let partner_email = text("partner_email");
    let mut id = |field: &str| values.remove(field)?.as_i64().and_then(|id| i32::try_from(id).ok());
    let stage = id("stage_id").map_or(first, StageId);
    let user = id("user_id").map(UserId);
    let partner = id("partner_id").map(PartnerId);
    let category = module.category().and_then(|field| id(&field.name)).map(CategoryId);
    let tags = module.tags().and_then(|field| values.remove(&field.name));
    let waits = stage != first && records::stages(db, model)?.iter().any(|one| one.id == stage && one.waiting);
    let clock = DueClock { from: due_from, waited: 0, waits_since: waits.then_some(at) };
    let severity = module.due.as_ref().and_then(|due| values.get(&due.by)?.as_str());
    let due = terms.due(model, severity, &clock);
    let confidential = marked || module.is_raised(&|field| values.get(field)?.as_str().map(str::to_owned));
    let extra = serde_json::to_string(&values).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let tags = tags.iter().flat_map(|tags| tags.as_array().into_iter().flatten());
    let tags: Vec<TagId> = tags.filter_map(|tag| Some(TagId(i32::try_from(tag.as_i64()?).ok()?))).collect();
    let id = rows.insert(
        db,
        NewRecord {
            model,
            number,
            name,
            description,
            stage_id: stage,
            priority,
            partner_id: partner,
            partner_name,
            partner_email,
            user_id: user,
            extra,
            new_mail: false,
            last_mail_at,
            date,
            model_code: model_code(model),
            create_date: at,
            write_date: at,
            people,
            answers_id: answers,
            category_id: category,
            due,
            due_from: (module.due.is_some() && due_from != date).then_some(due_from),
            confidential,
            marked,
            server_id: server,
        },
        confidential || waits || !tags.is_empty(),
    )?;
    if let Some(user) = user.filter(|_| confidential) {
        teams::name_person(db, id, user)?;
    }
    if waits {
        records::due::set_wait(db, id, &clock)?;
    }
    if !tags.is_empty() {
        categories::set_tags(db, id, &tags)?;
    }
    Ok(id)
}

/// The record that a mail is to make.
pub(super) struct RecordOfMail<'m> {
    pub model: &'m str,
    /// The sender's contact.
    pub partner: Option<PartnerId>,
    /// What the mail gives; other values are the module's.
    pub values: &'m [(String, Value)],
    /// The record that it answers.
    pub answers: Option<RecordId>,
}

/// Makes a record from a mail. True: it has no description of its own, since the mail's text describes it.
pub(super) fn of_mail<'m>(
    db: &mut Db,
    pipeline: &Pipeline,
    mail: &Mail,
    wanted: RecordOfMail<'m>,
    batch: &mut DeliveryBatch<'m>,
) -> Result<(RecordId, bool), StoreError> {
    let RecordOfMail { model, partner, values, answers } = wanted;
    let message = &mail.message;
    // The text of its first mail is kept with that.
    let describes =
        |(field, value): &(String, Value)| field == "description" && value.as_str() == Some(message.body_html.as_str());
    let is_described = values.iter().any(describes);
    let mut values: HashMap<String, Value> = values.iter().filter(|value| !describes(value)).cloned().collect();
    let name = match values.remove("name") {
        Some(Value::String(name)) => shorten(&name, 500),
        _ => message.subject.clone(),
    };
    if let Some(partner) = partner {
        values.entry("partner_id".to_owned()).or_insert(partner.0.into());
    }
    let people = People::of(message, partner);
    // It may quote what it answers.
    let quotes_secret = match answers {
        Some(answered) => teams::confidential(db, answered)?.0,
        None => false,
    };
    // Its deadline counts from its arrival: the clock of whoever wrote it may be years behind.
    let (date, came) = (mail.date(), mail.came());
    let making = Making {
        model,
        name,
        values,
        people,
        answers,
        date,
        due_from: came,
        last_mail_at: came,
        terms: batch.terms,
        server: mail.entry.server,
        marked: mail.is_confidential() || quotes_secret,
    };
    let made = make_in(db, pipeline, making, &mut batch.records)?;
    if let Some(answered) = answers.filter(|_| quotes_secret) {
        teams::copy_names(db, answered, made)?;
    }
    Ok((made, is_described))
}

/// The sender's contact; made, unless another mail of the same sender has made it meanwhile.
pub(super) fn contact(db: &mut Db, message: &Message) -> Result<Option<PartnerId>, StoreError> {
    let from = &message.from;
    if let Some(partner) = partners::by_email(db, &from.address)? {
        return Ok(Some(partner.id));
    }
    let new =
        NewPartner { name: &shorten(from.contact_name(), 200), email: Some(&from.address), ..NewPartner::default() };
    partners::insert(db, &new).map(Some)
}

/// Adds the mail to the record's conversation. `describes`: its text also describes the record.
pub(super) fn post<'m>(
    rows: &mut PostRows<'m>,
    mail: &'m Mail,
    (model, record): (&'m str, RecordId),
    partner: Option<PartnerId>,
    marks: &[Mark],
    describes: bool,
) {
    let message = &mail.message;
    let at: Moment = now();
    let codes: Vec<&str> = message.marks.iter().chain(marks).map(|mark| mark.code()).collect();
    let marks = (!codes.is_empty()).then(|| Value::from(codes).to_string());
    let from = message.from.display();
    let files = mail
        .entry
        .source
        .filter(|_| mail.with_attachments())
        .map(|source| MailFiles { source, files: &message.attachments });
    rows.push(
        NewPost {
            model,
            record,
            ledger: Some(mail.entry.id),
            message_id: &message.message_id,
            kind: PostKind::Email,
            user: None,
            partner,
            email_from: Some(from).filter(|from| !from.is_empty()),
            subject: &message.subject,
            texts: KeptTexts::plain(&message.body_html, &message.body_text),
            marks,
            date: message.date,
            create_date: at,
            said: None,
            describes: describes.then_some(record),
        },
        mail.entry.source,
        files,
    );
}
