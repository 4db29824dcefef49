//! Contacts (`res.partner`): registrants, groups and everybody else who writes.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::connection::{Db, StoreError, insert_missing};
use super::prepared::prepared_for_one;
use super::schema::{partner_keys, partner_merges, partners, posts, records, sender_links};
use super::search;
use crate::domain::alike::{Likely, Likeness};
use crate::domain::id::{ConnectionId, PartnerId, PartnerMergeId, PostId, RecordId};
use crate::domain::message::normalize_address;
use crate::domain::text::fold;
use crate::domain::tokens::Sought;
use crate::domain::{Moment, now};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable)]
#[diesel(table_name = partners)]
pub struct Partner {
    pub id: PartnerId,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub is_registrant: bool,
    pub is_group: bool,
    pub is_company: bool,
    pub active: bool,
    /// The contact that it was merged into.
    #[diesel(column_name = merged_id)]
    pub merged: Option<PartnerId>,
}

/// What is known when a contact is made.
#[derive(Debug, Clone, Default)]
pub struct NewPartner<'a> {
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub is_registrant: bool,
    pub is_group: bool,
    pub is_company: bool,
    pub archived: bool,
}

/// The columns that [`NewPartner`] fills.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = partners, treat_none_as_null = true)]
struct PartnerColumns<'a> {
    name: &'a str,
    email: Option<&'a str>,
    email_normalized: Option<String>,
    phone: Option<&'a str>,
    is_registrant: bool,
    is_group: bool,
    is_company: bool,
    active: bool,
    search: String,
    write_date: Moment,
}

impl<'a> NewPartner<'a> {
    fn of(partner: &'a Partner) -> Self {
        Self {
            name: &partner.name,
            email: partner.email.as_deref(),
            phone: partner.phone.as_deref(),
            is_registrant: partner.is_registrant,
            is_group: partner.is_group,
            is_company: partner.is_company,
            archived: !partner.active,
        }
    }

    fn columns(&self) -> PartnerColumns<'a> {
        PartnerColumns {
            name: self.name,
            email: self.email,
            email_normalized: self.email.and_then(normalize_address),
            phone: self.phone,
            is_registrant: self.is_registrant,
            is_group: self.is_group,
            is_company: self.is_company,
            active: !self.archived,
            search: search_text(self.name, self.email, self.phone),
            write_date: now(),
        }
    }
}

pub fn insert(db: &mut Db, new: &NewPartner<'_>) -> Result<PartnerId, StoreError> {
    let values = (new.columns(), partners::create_date.eq(now()));
    let id = crate::on_backend!(db, conn => diesel::insert_into(partners::table)
        .values(values).returning(partners::id).get_result(conn))?;
    keep_keys(db, &[(id, Likely::of(new.name, new.email))])?;
    Ok(id)
}

/// Writes the keys by which these contacts are recognised.
fn keep_keys(db: &mut Db, of: &[(PartnerId, Likely)]) -> Result<(), StoreError> {
    #[derive(Insertable)]
    #[diesel(table_name = partner_keys)]
    struct PartnerKey {
        key: String,
        partner_id: PartnerId,
    }
    let rows: Vec<PartnerKey> =
        of.iter().flat_map(|(id, who)| who.keys().into_iter().map(|key| PartnerKey { key, partner_id: *id })).collect();
    insert_missing!(db, partner_keys::table, rows);
    Ok(())
}

/// The same for the next contacts behind this one, `most` at most; returns the last one, or None where there are none.
pub fn keep_keys_behind(db: &mut Db, behind: PartnerId, most: i64) -> Result<Option<PartnerId>, StoreError> {
    let older: Vec<Partner> = partners::table
        .filter(partners::id.gt(behind))
        .order(partners::id)
        .limit(most)
        .select(Partner::as_select())
        .load(db)?;
    let of: Vec<_> = older.iter().map(|one| (one.id, Likely::of(&one.name, one.email.as_deref()))).collect();
    keep_keys(db, &of)?;
    Ok(of.last().map(|(id, _)| *id))
}

/// Candidates for one kind of likeness that are read.
const CANDIDATES: i64 = 200;

/// Active contacts that may be this person, the likeliest first, registrants before others; `most` at most.
pub fn alike(
    db: &mut Db,
    who: &Likely,
    but: Option<PartnerId>,
    most: usize,
) -> Result<Vec<(Partner, Likeness)>, StoreError> {
    let keys = who.keys();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<PartnerId> = partner_keys::table
        .filter(partner_keys::key.eq_any(&keys))
        // The surest likeness comes first: `a:` the address itself, `b:` and `e:` its ends, `l:` letters, `n:` the name.
        .order((partner_keys::key, partner_keys::partner_id))
        .limit(CANDIDATES)
        .select(partner_keys::partner_id)
        .load(db)?;
    let found: Vec<Partner> = partners::table
        .filter(partners::id.eq_any(ids))
        .filter(partners::active.eq(true))
        .filter(partners::id.ne(but.unwrap_or(PartnerId(0))))
        .select(Partner::as_select())
        .load(db)?;
    let mut alike: Vec<(Partner, Likeness)> = found
        .into_iter()
        .filter_map(|one| Some((who.likeness(&Likely::of(&one.name, one.email.as_deref()))?, one)))
        .map(|(likeness, one)| (one, likeness))
        .collect();
    alike.sort_by_key(|(one, likeness)| (std::cmp::Reverse(*likeness), !one.is_registrant, one.id));
    alike.truncate(most);
    Ok(alike)
}

/// What a merge moved from one contact to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedContact {
    pub records: Vec<RecordId>,
    pub posts: Vec<PostId>,
    /// What the kept contact lacked and took over.
    pub email: Option<String>,
    pub phone: Option<String>,
    pub registrant: bool,
    /// The contacts that had been merged into it, and lead to the kept one now.
    pub merged: Vec<PartnerId>,
}

/// Gives everything of `gone` to `kept`, and archives `gone`; what `kept` lacks it takes over.
pub fn merge(db: &mut Db, kept: &Partner, gone: &Partner) -> Result<PartnerMergeId, StoreError> {
    let theirs = records::table.filter(records::partner_id.eq(gone.id));
    let wrote = posts::table.filter(posts::author_partner_id.eq(gone.id));
    let moved = MovedContact {
        records: theirs.select(records::id).load(db)?,
        posts: wrote.select(posts::id).load(db)?,
        email: gone.email.clone().filter(|_| kept.email.is_none()),
        phone: gone.phone.clone().filter(|_| kept.phone.is_none()),
        registrant: gone.is_registrant && !kept.is_registrant,
        merged: partners::table.filter(partners::merged_id.eq(gone.id)).select(partners::id).load(db)?,
    };
    diesel::update(theirs).set((records::partner_id.eq(kept.id), records::write_date.eq(now()))).execute(db)?;
    diesel::update(wrote).set(posts::author_partner_id.eq(kept.id)).execute(db)?;
    diesel::update(partners::table.filter(partners::merged_id.eq(gone.id)))
        .set(partners::merged_id.eq(kept.id))
        .execute(db)?;
    diesel::update(partners::table.find(gone.id))
        .set((partners::active.eq(false), partners::merged_id.eq(kept.id), partners::write_date.eq(now())))
        .execute(db)?;
    let filled = Partner {
        email: kept.email.clone().or_else(|| gone.email.clone()),
        phone: kept.phone.clone().or_else(|| gone.phone.clone()),
        is_registrant: kept.is_registrant || gone.is_registrant,
        ..kept.clone()
    };
    update(db, kept.id, &NewPartner::of(&filled))?;
    let text = serde_json::to_string(&moved).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let row = (
        partner_merges::kept_id.eq(kept.id),
        partner_merges::gone_id.eq(gone.id),
        partner_merges::moved.eq(text),
        partner_merges::create_date.eq(now()),
    );
    Ok(crate::on_backend!(db, conn => diesel::insert_into(partner_merges::table)
        .values(row).returning(partner_merges::id).get_result(conn))?)
}

/// The contacts of a merge: the one that was kept, and the one that is gone.
pub fn merged(db: &mut Db, id: PartnerMergeId) -> Result<Option<(PartnerId, PartnerId)>, StoreError> {
    let row = partner_merges::table.find(id).select((partner_merges::kept_id, partner_merges::gone_id));
    Ok(row.first(db).optional()?)
}

/// The newest merge into this contact.
pub fn newest_merge(db: &mut Db, kept: PartnerId) -> Result<Option<(PartnerMergeId, String)>, StoreError> {
    let row = partner_merges::table
        .inner_join(partners::table.on(partners::id.eq(partner_merges::gone_id)))
        .filter(partner_merges::kept_id.eq(kept))
        .order(partner_merges::id.desc())
        .select((partner_merges::id, partners::name));
    Ok(row.first(db).optional()?)
}

/// Takes a merge back: what it moved goes back, unless it has moved on since.
pub fn unmerge(db: &mut Db, id: PartnerMergeId, kept: &Partner, gone: PartnerId) -> Result<(), StoreError> {
    let text: String = partner_merges::table.find(id).select(partner_merges::moved).first(db)?;
    let moved: MovedContact = serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    for some in moved.records.chunks(500) {
        let still = records::table.filter(records::id.eq_any(some)).filter(records::partner_id.eq(kept.id));
        diesel::update(still).set((records::partner_id.eq(gone), records::write_date.eq(now()))).execute(db)?;
    }
    for some in moved.posts.chunks(500) {
        let still = posts::table.filter(posts::id.eq_any(some)).filter(posts::author_partner_id.eq(kept.id));
        diesel::update(still).set(posts::author_partner_id.eq(gone)).execute(db)?;
    }
    let led = partners::table.filter(partners::id.eq_any(&moved.merged)).filter(partners::merged_id.eq(kept.id));
    diesel::update(led).set(partners::merged_id.eq(gone)).execute(db)?;
    let back = Partner {
        email: kept.email.clone().filter(|email| moved.email.as_ref() != Some(email)),
        phone: kept.phone.clone().filter(|phone| moved.phone.as_ref() != Some(phone)),
        is_registrant: kept.is_registrant && !moved.registrant,
        ..kept.clone()
    };
    update(db, kept.id, &NewPartner::of(&back))?;
    diesel::update(partners::table.find(gone))
        .set((partners::active.eq(true), partners::merged_id.eq(None::<PartnerId>), partners::write_date.eq(now())))
        .execute(db)?;
    diesel::delete(partner_merges::table.find(id)).execute(db)?;
    Ok(())
}

/// Writes all of a contact.
pub fn update(db: &mut Db, id: PartnerId, new: &NewPartner<'_>) -> Result<(), StoreError> {
    diesel::update(partners::table.find(id)).set(new.columns()).execute(db)?;
    // If somebody takes a merged contact out of the archive, there are two of them.
    if !new.archived {
        diesel::update(partners::table.find(id)).set(partners::merged_id.eq(None::<PartnerId>)).execute(db)?;
    }
    diesel::delete(partner_keys::table.filter(partner_keys::partner_id.eq(id))).execute(db)?;
    keep_keys(db, &[(id, Likely::of(new.name, new.email))])
}

fn search_text(name: &str, email: Option<&str>, phone: Option<&str>) -> String {
    fold(&[name, email.unwrap_or_default(), phone.unwrap_or_default()].join(" "))
}

pub fn find(db: &mut Db, id: PartnerId) -> Result<Option<Partner>, StoreError> {
    Ok(partners::table.find(id).select(Partner::as_select()).first(db).optional()?)
}

/// The active contact that an address belongs to; the oldest registrant where several share it. The address of a contact that
/// was merged into another one is that one's.
pub fn by_email(db: &mut Db, email: &str) -> Result<Option<Partner>, StoreError> {
    let Some(normalized) = normalize_address(email) else { return Ok(None) };
    let found: Option<Partner> = partners::table
        .filter(partners::email_normalized.eq(normalized))
        .filter(partners::active.eq(true).or(partners::merged_id.is_not_null()))
        .order((partners::active.desc(), partners::is_registrant.desc(), partners::id.asc()))
        .select(Partner::as_select())
        .first(db)
        .optional()?;
    match found {
        Some(Partner { active: false, merged: Some(kept), .. }) => Ok(find(db, kept)?.filter(|kept| kept.active)),
        found => Ok(found),
    }
}

/// Active contacts with all the words, registrants first and the best hits first among each; all, if nothing is searched
/// for.
pub fn search(db: &mut Db, sought: &Sought, limit: usize) -> Result<Vec<Partner>, StoreError> {
    let active = || partners::table.filter(partners::active.eq(true)).select(Partner::as_select());
    if sought.is_empty() {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        return Ok(active().order(partners::id.desc()).limit(limit).load(db)?);
    }
    let ids = search::partners(db, sought)?;
    let mut found: Vec<Partner> = active().filter(partners::id.eq_any(&ids)).load(db)?;
    let place: HashMap<PartnerId, usize> = ids.into_iter().zip(0..).collect();
    found.sort_by_key(|one| (!one.is_registrant, place.get(&one.id).copied()));
    found.truncate(limit);
    Ok(found)
}

/// Gives a contact its address; false where it has one already.
pub fn set_missing_email(db: &mut Db, partner: &Partner, email: &str) -> Result<bool, StoreError> {
    let changed = diesel::update(partners::table.find(partner.id).filter(partners::email.is_null()))
        .set((
            partners::email.eq(email),
            partners::email_normalized.eq(normalize_address(email)),
            partners::search.eq(search_text(&partner.name, Some(email), partner.phone.as_deref())),
            partners::write_date.eq(now()),
        ))
        .execute(db)?;
    if changed == 1 {
        diesel::delete(partner_keys::table.filter(partner_keys::partner_id.eq(partner.id))).execute(db)?;
        keep_keys(db, &[(partner.id, Likely::of(&partner.name, Some(email)))])?;
    }
    Ok(changed == 1)
}

/// The active contacts that these normalised addresses belong to, each as [`by_email`] finds it.
pub fn by_emails(db: &mut Db, normalized: &[String]) -> Result<HashMap<String, PartnerId>, StoreError> {
    let query = partners::table
        .filter(partners::email_normalized.eq_any(normalized))
        .filter(partners::active.eq(true).or(partners::merged_id.is_not_null()))
        .order((partners::active.asc(), partners::is_registrant.asc(), partners::id.desc()))
        .select((partners::email_normalized.assume_not_null(), partners::id, partners::merged_id));
    let found = prepared_for_one(normalized, query).load::<(String, PartnerId, Option<PartnerId>)>(db)?;
    let merged: Vec<PartnerId> = found.iter().filter_map(|(_, _, merged)| *merged).collect();
    // There are hardly ever any, and then one statement finds the others.
    let kept: Vec<PartnerId> = match merged.is_empty() {
        true => Vec::new(),
        false => {
            let there = partners::table.filter(partners::id.eq_any(&merged)).filter(partners::active.eq(true));
            there.select(partners::id).load(db)?
        }
    };
    let known = found.into_iter().filter(|(_, _, merged)| merged.is_none_or(|merged| kept.contains(&merged)));
    Ok(known.map(|(address, id, merged)| (address, merged.unwrap_or(id))).collect())
}

/// Which contact at a connection an address belongs to, as a person said, so that nobody has to be asked about the next mail
/// from it. Found by the address as [`normalize_address`] gives it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sender_links)]
pub struct SenderLink {
    /// The contact's id at the connection.
    #[diesel(column_name = partner_id)]
    pub partner: i32,
    /// The contact's name at that time.
    pub name: String,
    /// Who said so.
    pub login: String,
    pub create_date: Moment,
}

pub fn link_of(db: &mut Db, connection: ConnectionId, address: &str) -> Result<Option<SenderLink>, StoreError> {
    Ok(sender_links::table.find((connection, address)).select(SenderLink::as_select()).first(db).optional()?)
}

/// Remembers it, replacing what was said before.
pub fn put_link(
    db: &mut Db,
    connection: ConnectionId,
    address: &str,
    (partner, name): (i32, &str),
    login: &str,
) -> Result<(), StoreError> {
    let said = (
        sender_links::partner_id.eq(partner),
        sender_links::name.eq(name),
        sender_links::login.eq(login),
        sender_links::create_date.eq(now()),
    );
    let whole = (sender_links::connection_id.eq(connection), sender_links::address.eq(address), said);
    crate::on_backend!(db, conn => diesel::insert_into(sender_links::table)
        .values(&whole)
        .on_conflict((sender_links::connection_id, sender_links::address))
        .do_update()
        .set(said)
        .execute(conn))?;
    Ok(())
}

/// False where nothing was remembered.
pub fn forget_link(db: &mut Db, connection: ConnectionId, address: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(sender_links::table.find((connection, address))).execute(db)? == 1)
}
