//! Contacts: found, made and looked at where a record or a held message needs one.

use serde_json::json;

use super::{App, OperationError, indexing, require};
use crate::domain::Invalid;
use crate::domain::alike::{Likely, Likeness};
use crate::domain::id::{PartnerId, PartnerMergeId};
use crate::domain::message::normalize_address;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::tokens::Sought;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::partners::{self, NewPartner, Partner};
use crate::store::{Db, Store, StoreError, installation};
use crate::{complain, say};

/// Contacts that one search shows.
pub const FOUND: usize = 20;
const MAX: usize = 200;

/// A contact as typed into a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedPartner {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub is_registrant: bool,
    pub is_group: bool,
    pub is_company: bool,
    pub archived: bool,
}

impl TypedPartner {
    /// A contact as its form starts.
    pub fn of(partner: &Partner) -> Self {
        Self {
            name: partner.name.clone(),
            email: partner.email.clone().unwrap_or_default(),
            phone: partner.phone.clone().unwrap_or_default(),
            is_registrant: partner.is_registrant,
            is_group: partner.is_group,
            is_company: partner.is_company,
            archived: !partner.active,
        }
    }
}

/// Contacts with all the words in name, address or phone, registrants first; at most [`FOUND`].
pub fn search(app: &App, caller: &Caller, typed: &str) -> Result<Vec<Partner>, OperationError> {
    require(caller, Right::Read, Object::Contacts, || say!("deed-read-contacts"))?;
    let sought = Sought::parse(typed);
    if !sought.is_empty() {
        indexing::wait(app)?;
    }
    app.search(caller, |db| Ok(partners::search(db, &sought, FOUND)?))
}

pub fn get(app: &App, caller: &Caller, id: PartnerId) -> Result<Partner, OperationError> {
    app.store.read(|db| get_in(db, caller, id))
}

/// As [`get`], within the caller's transaction.
pub fn get_in(db: &mut Db, caller: &Caller, id: PartnerId) -> Result<Partner, OperationError> {
    require(caller, Right::Read, Object::Contacts, || say!("deed-read-contacts"))?;
    find(db, id)
}

pub fn create(app: &App, caller: &Caller, typed: &TypedPartner) -> Result<PartnerId, OperationError> {
    app.store.write(|db| create_in(db, caller, typed))
}

/// As [`create`], within the caller's transaction.
pub fn create_in(db: &mut Db, caller: &Caller, typed: &TypedPartner) -> Result<PartnerId, OperationError> {
    require(caller, Right::Create, Object::Contacts, || say!("deed-make-contacts"))?;
    let contact = checked(typed)?;
    let id = partners::insert(db, &contact)?;
    remember(db, caller, AuditAction::Create, id, None, &contact)?;
    Ok(id)
}

/// Writes what a person typed over what they saw; somebody else's change meanwhile stays.
pub fn change(
    app: &App,
    caller: &Caller,
    id: PartnerId,
    seen: &TypedPartner,
    typed: &TypedPartner,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Contacts, || say!("deed-change-contacts"))?;
    app.store.write(|db| {
        if TypedPartner::of(&find(db, id)?) != *seen {
            return Err(OperationError::Conflict(complain!("contact-changed")));
        }
        change_in(db, caller, id, typed)
    })
}

/// Writes all that is typed, within the caller's transaction.
pub fn change_in(db: &mut Db, caller: &Caller, id: PartnerId, typed: &TypedPartner) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Contacts, || say!("deed-change-contacts"))?;
    let contact = checked(typed)?;
    let before = find(db, id)?;
    partners::update(db, id, &contact)?;
    remember(db, caller, AuditAction::Write, id, Some(&before), &contact)
}

pub(super) fn find(db: &mut Db, id: PartnerId) -> Result<Partner, OperationError> {
    partners::find(db, id)?.ok_or_else(|| OperationError::NotFound(say!("contact-gone").into()))
}

/// Contacts that are older than what people are known again by get theirs, some at a time, behind everything else: one that has none
/// yet is only not suggested. False where nothing is left to do.
pub(super) fn keep_older_keys(store: &Store) -> Result<bool, StoreError> {
    /// How far it has come: the number of a contact, or this.
    const SO_FAR: &str = "partner_keys";
    const DONE: &str = "done";
    const AT_ONCE: i64 = 200;
    store.write(|db| {
        let so_far = installation::setting(db, SO_FAR)?.unwrap_or_default();
        if so_far == DONE {
            return Ok(false);
        }
        let last = partners::keep_keys_behind(db, PartnerId(so_far.parse().unwrap_or_default()), AT_ONCE)?;
        installation::set_setting(db, SO_FAR, &last.map_or_else(|| DONE.to_owned(), |last| last.to_string()))?;
        Ok(last.is_some())
    })
}

/// Contacts that may be this person that are named at once.
pub const ALIKE: usize = 5;

/// Active contacts that may be this person, the likeliest first; `but` is not among them.
pub(in crate::operations) fn alike(
    db: &mut Db,
    caller: &Caller,
    (name, email): (&str, &str),
    but: Option<PartnerId>,
) -> Result<Vec<(Partner, Likeness)>, OperationError> {
    require(caller, Right::Read, Object::Contacts, || say!("deed-read-contacts"))?;
    let who = Likely::of(name, Some(email).filter(|email| !email.is_empty()));
    Ok(partners::alike(db, &who, but, ALIKE)?)
}

/// Makes two contacts one: the records and mails of `gone` are `kept`'s from now on, and mail from its address, too. It can be
/// taken back, see [`unmerge`].
pub fn merge(app: &App, caller: &Caller, kept: PartnerId, gone: PartnerId) -> Result<PartnerMergeId, OperationError> {
    require(caller, Right::Write, Object::Contacts, || say!("deed-change-contacts"))?;
    app.store.write(|db| {
        let (into, from) = (find(db, kept)?, find(db, gone)?);
        if kept == gone || !from.active || !into.active {
            return Err(OperationError::Conflict(complain!("contact-merged", name = from.name)));
        }
        let id = partners::merge(db, &into, &from)?;
        remember_merge(db, caller, (&into, &from), true)?;
        Ok(id)
    })
}

/// Takes a merge back: what it moved goes back, unless it went elsewhere since. Gives the contact that was kept.
pub fn unmerge(app: &App, caller: &Caller, id: PartnerMergeId) -> Result<PartnerId, OperationError> {
    require(caller, Right::Write, Object::Contacts, || say!("deed-change-contacts"))?;
    app.store.write(|db| {
        let gone = || OperationError::NotFound(say!("contact-merge-gone").into());
        let (kept, back) = partners::merged(db, id)?.ok_or_else(gone)?;
        let (into, from) = (find(db, kept)?, find(db, back)?);
        if from.merged != Some(kept) || into.merged.is_some() {
            return Err(OperationError::Conflict(complain!("contact-merge-later", name = into.name)));
        }
        partners::unmerge(db, id, &into, back)?;
        remember_merge(db, caller, (&into, &from), false)?;
        Ok(kept)
    })
}

fn remember_merge(
    db: &mut Db,
    caller: &Caller,
    (kept, gone): (&Partner, &Partner),
    merged: bool,
) -> Result<(), StoreError> {
    audit::write(
        db,
        &NewAuditEntry::new(
            caller,
            if merged { AuditAction::Join } else { AuditAction::Restore },
            "res.partner",
            Some(gone.id.0),
            &gone.name,
        )
        .changed(None, Some(json!({"into": kept.name, "into_id": kept.id, "email": gone.email}))),
    )
}

/// What is typed, where it is right.
pub(super) fn checked(typed: &TypedPartner) -> Result<NewPartner<'_>, OperationError> {
    let (name, email, phone) = (typed.name.trim(), typed.email.trim(), typed.phone.trim());
    let mut invalid = Vec::new();
    if name.is_empty() {
        invalid.push(Invalid::new("name", say!("contact-name")));
    }
    if !email.is_empty() && normalize_address(email).is_none() {
        invalid.push(Invalid::new("email", say!("contact-email")));
    }
    for (field, value) in [("name", name), ("email", email), ("phone", phone)] {
        if value.chars().count() > MAX || value.chars().any(char::is_control) {
            invalid.push(Invalid::new(field, say!("contact-line", max = MAX)));
        }
    }
    if !invalid.is_empty() {
        return Err(OperationError::Invalid(invalid));
    }
    let given = |text| Some(text).filter(|text: &&str| !text.is_empty());
    Ok(NewPartner {
        name,
        email: given(email),
        phone: given(phone),
        is_registrant: typed.is_registrant,
        is_group: typed.is_group,
        is_company: typed.is_company,
        archived: typed.archived,
    })
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    id: PartnerId,
    before: Option<&Partner>,
    after: &NewPartner<'_>,
) -> Result<(), OperationError> {
    let before = before.map(|one| {
        json!({"name": one.name, "email": one.email, "phone": one.phone, "is_registrant": one.is_registrant,
               "is_group": one.is_group, "is_company": one.is_company, "active": one.active})
    });
    let written = json!({"name": after.name, "email": after.email, "phone": after.phone,
                         "is_registrant": after.is_registrant, "is_group": after.is_group,
                         "is_company": after.is_company, "active": !after.archived});
    audit::write(
        db,
        &NewAuditEntry::new(caller, action, "res.partner", Some(id.0), after.name).changed(before, Some(written)),
    )?;
    Ok(())
}

/// A sender as a header shows it, in its two parts: `Amina Diallo <amina@people.example>`.
pub fn name_and_address(sender: &str) -> (String, String) {
    match sender.rsplit_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"').to_owned(), rest.trim_end_matches('>').trim().to_owned()),
        None => (String::new(), sender.trim().to_owned()),
    }
}
