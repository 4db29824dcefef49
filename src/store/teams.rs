//! Teams, and who is named for a record: accounts and teams.

use diesel::prelude::*;

use super::schema::{
    openings, record_people, record_teams, records, stages, team_members, team_servers, team_types, teams, users,
};
use super::sight::RecordSight;
use super::{Db, StoreError};
use crate::domain::id::{RecordId, ServerId, TeamId, UserId};
use crate::domain::{Moment, now};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = teams)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
}

/// Who is in a team, and whose confidential records it sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamReach {
    pub members: Vec<UserId>,
    pub servers: Vec<ServerId>,
    /// Record types.
    pub models: Vec<String>,
}

/// All, by name.
pub fn all(db: &mut Db) -> Result<Vec<Team>, StoreError> {
    Ok(teams::table.order((teams::name, teams::id)).select(Team::as_select()).load(db)?)
}

pub fn by_name(db: &mut Db, name: &str) -> Result<Option<Team>, StoreError> {
    Ok(teams::table.filter(teams::name.eq(name)).select(Team::as_select()).first(db).optional()?)
}

pub fn reach(db: &mut Db, id: TeamId) -> Result<TeamReach, StoreError> {
    let members = team_members::table.filter(team_members::team_id.eq(id));
    let servers = team_servers::table.filter(team_servers::team_id.eq(id));
    let models = team_types::table.filter(team_types::team_id.eq(id));
    Ok(TeamReach {
        members: members.order(team_members::user_id).select(team_members::user_id).load(db)?,
        servers: servers.order(team_servers::server_id).select(team_servers::server_id).load(db)?,
        models: models.order(team_types::model).select(team_types::model).load(db)?,
    })
}

/// Fails with a unique violation where there is a team of this name: ask [`by_name`] in the same transaction first.
pub fn insert(db: &mut Db, name: &str) -> Result<TeamId, StoreError> {
    let row = (teams::name.eq(name), teams::create_date.eq(now()), teams::write_date.eq(now()));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(teams::table)
        .values(row).returning(teams::id).get_result(conn))?)
}

pub fn rename(db: &mut Db, id: TeamId, name: &str) -> Result<(), StoreError> {
    diesel::update(teams::table.find(id)).set((teams::name.eq(name), teams::write_date.eq(now()))).execute(db)?;
    Ok(())
}

/// Replaces the members and the reach of a team.
pub fn set_reach(db: &mut Db, id: TeamId, reach: &TeamReach) -> Result<(), StoreError> {
    diesel::delete(team_members::table.filter(team_members::team_id.eq(id))).execute(db)?;
    diesel::delete(team_servers::table.filter(team_servers::team_id.eq(id))).execute(db)?;
    diesel::delete(team_types::table.filter(team_types::team_id.eq(id))).execute(db)?;
    for user in &reach.members {
        let row = (team_members::team_id.eq(id), team_members::user_id.eq(*user));
        crate::on_backend!(db, conn => diesel::insert_into(team_members::table).values(row).execute(conn))?;
    }
    for server in &reach.servers {
        let row = (team_servers::team_id.eq(id), team_servers::server_id.eq(*server));
        crate::on_backend!(db, conn => diesel::insert_into(team_servers::table).values(row).execute(conn))?;
    }
    for model in &reach.models {
        let row = (team_types::team_id.eq(id), team_types::model.eq(model));
        crate::on_backend!(db, conn => diesel::insert_into(team_types::table).values(row).execute(conn))?;
    }
    Ok(())
}

/// Deletes a team; nobody is named by it any more.
pub fn delete(db: &mut Db, id: TeamId) -> Result<(), StoreError> {
    diesel::delete(teams::table.find(id)).execute(db)?;
    Ok(())
}

/// Who is named for one record.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct NamedReaders {
    pub people: Vec<(UserId, String)>,
    pub teams: Vec<(TeamId, String)>,
    /// Teams that see it by its type or the incoming server that it came by.
    pub by_reach: Vec<(TeamId, String)>,
}

impl NamedReaders {
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.teams.is_empty() && self.by_reach.is_empty()
    }
}

/// Names of teams without members name nobody.
pub fn named(db: &mut Db, id: RecordId) -> Result<NamedReaders, StoreError> {
    let found: Option<(String, Option<ServerId>)> =
        records::table.find(id).select((records::model, records::server_id)).first(db).optional()?;
    let Some((model, server)) = found else { return Ok(NamedReaders::default()) };
    let people = record_people::table.inner_join(users::table).filter(record_people::record_id.eq(id));
    let given = record_teams::table.inner_join(teams::table).filter(record_teams::record_id.eq(id));
    let peopled = || teams::id.eq_any(team_members::table.select(team_members::team_id));
    let of_type = team_types::table.filter(team_types::model.eq(model)).select(team_types::team_id);
    let of_server =
        team_servers::table.filter(team_servers::server_id.nullable().eq(server)).select(team_servers::team_id);
    let by_reach = teams::table.filter(teams::id.eq_any(of_type).or(teams::id.eq_any(of_server))).filter(peopled());
    Ok(NamedReaders {
        people: people.order((users::name, users::id)).select((users::id, users::name)).load(db)?,
        teams: given.order((teams::name, teams::id)).select((teams::id, teams::name)).load(db)?,
        by_reach: by_reach.order((teams::name, teams::id)).select((teams::id, teams::name)).load(db)?,
    })
}

/// Names somebody; saying it twice changes nothing.
pub fn name_person(db: &mut Db, record: RecordId, user: UserId) -> Result<(), StoreError> {
    let row = (record_people::record_id.eq(record), record_people::user_id.eq(user));
    crate::on_backend!(db, conn => diesel::insert_into(record_people::table)
        .values(row).on_conflict_do_nothing().execute(conn))?;
    Ok(())
}

fn name_team(db: &mut Db, record: RecordId, team: TeamId) -> Result<(), StoreError> {
    let row = (record_teams::record_id.eq(record), record_teams::team_id.eq(team));
    crate::on_backend!(db, conn => diesel::insert_into(record_teams::table)
        .values(row).on_conflict_do_nothing().execute(conn))?;
    Ok(())
}

/// Names the teams of an incoming server for a record that came by another one.
pub fn name_teams_of(db: &mut Db, record: RecordId, server: ServerId) -> Result<(), StoreError> {
    let given = team_servers::table.filter(team_servers::server_id.eq(server)).select(team_servers::team_id);
    let given: Vec<TeamId> = given.load(db)?;
    given.into_iter().try_for_each(|team| name_team(db, record, team))
}

/// Names everybody who is named for one record for the other, too.
pub fn copy_names(db: &mut Db, from: RecordId, to: RecordId) -> Result<(), StoreError> {
    let NamedReaders { people, teams, .. } = named(db, from)?;
    people.iter().try_for_each(|(user, _)| name_person(db, to, *user))?;
    teams.iter().try_for_each(|(team, _)| name_team(db, to, *team))
}

/// Names these, in place of all who were named.
pub fn set_named(db: &mut Db, record: RecordId, people: &[UserId], given: &[TeamId]) -> Result<(), StoreError> {
    diesel::delete(record_people::table.filter(record_people::record_id.eq(record))).execute(db)?;
    diesel::delete(record_teams::table.filter(record_teams::record_id.eq(record))).execute(db)?;
    people.iter().try_for_each(|user| name_person(db, record, *user))?;
    given.iter().try_for_each(|team| name_team(db, record, *team))
}

/// Makes a record confidential, whatever its sensitivity.
pub fn mark(db: &mut Db, record: RecordId) -> Result<(), StoreError> {
    let set = (records::confidential.eq(true), records::marked.eq(true));
    diesel::update(records::table.find(record)).set(set).execute(db)?;
    Ok(())
}

/// Sets whether a person has made it confidential.
pub fn set_confidential(db: &mut Db, record: RecordId, on: bool) -> Result<(), StoreError> {
    let set = (records::confidential.eq(on), records::marked.eq(on), records::version.eq(records::version + 1));
    diesel::update(records::table.find(record)).set(set).execute(db)?;
    Ok(())
}

/// Whether it is confidential, and whose work it is.
pub fn confidential(db: &mut Db, record: RecordId) -> Result<(bool, Option<UserId>), StoreError> {
    let found = records::table.find(record).select((records::confidential, records::user_id));
    Ok(found.first(db).optional()?.unwrap_or_default())
}

/// A confidential record, as people see it who are not named for it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct ConfidentialLine {
    pub id: RecordId,
    pub model: String,
    pub number: String,
    #[diesel(embed)]
    pub stage: super::records::RecordStage,
    pub create_date: Moment,
}

/// The newest confidential records; with `only`, just that one.
pub fn confidential_lines(
    db: &mut Db,
    only: Option<RecordId>,
    limit: i64,
) -> Result<Vec<ConfidentialLine>, StoreError> {
    let mut query = records::table
        .inner_join(stages::table)
        // Written out, since for a bound value the index of these rows is not used.
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("records.confidential = TRUE"))
        .order(records::id.desc())
        .limit(limit)
        .select(ConfidentialLine::as_select())
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(records::id.eq(id));
    }
    Ok(query.load(db)?)
}

#[derive(QueryableByName)]
struct UnnamedCount {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// How many confidential records are seen by nobody with an account, and are open or got new mail.
pub fn unnamed(db: &mut Db) -> Result<i64, StoreError> {
    let counted: Vec<UnnamedCount> = diesel::sql_query(
        "SELECT COUNT(*) AS count FROM records c WHERE c.confidential = TRUE AND c.active = TRUE AND (c.closed = FALSE OR c.new_mail = TRUE) \
         AND NOT EXISTS (SELECT 1 FROM record_people n JOIN users u ON u.id = n.user_id \
         WHERE n.record_id = c.id AND u.active = TRUE AND u.role <> 'auditor') \
         AND NOT EXISTS (SELECT 1 FROM record_teams n JOIN team_members m ON m.team_id = n.team_id \
         JOIN users u ON u.id = m.user_id WHERE n.record_id = c.id AND u.active = TRUE AND u.role <> 'auditor') \
         AND NOT EXISTS (SELECT 1 FROM team_types y JOIN team_members m ON m.team_id = y.team_id \
         JOIN users u ON u.id = m.user_id WHERE y.model = c.model AND u.active = TRUE AND u.role <> 'auditor') \
         AND NOT EXISTS (SELECT 1 FROM team_servers b JOIN team_members m ON m.team_id = b.team_id \
         JOIN users u ON u.id = m.user_id WHERE b.server_id = c.server_id AND u.active = TRUE AND u.role <> 'auditor')",
    )
    .load(db)?;
    Ok(counted.first().map_or(0, |counted| counted.count))
}

/// A confidential record that somebody opened.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct OpenedRecord {
    pub id: RecordId,
    pub model: String,
    pub number: String,
}

/// Which of these records are confidential and were not opened by this person since then; they count as opened now.
pub fn open(db: &mut Db, user: UserId, ids: &[RecordId], since: Moment) -> Result<Vec<OpenedRecord>, StoreError> {
    let mut opened = Vec::new();
    for some in ids.chunks(500) {
        let found: Vec<OpenedRecord> = records::table
            .filter(records::id.eq_any(some))
            .filter(records::confidential.eq(true))
            .select(OpenedRecord::as_select())
            .load(db)?;
        for record in found {
            let last: Option<Moment> =
                openings::table.find((record.id, user)).select(openings::at).first(db).optional()?;
            if last.is_some_and(|last| last > since) {
                continue;
            }
            let at = openings::at.eq(now());
            crate::on_backend!(db, conn => diesel::insert_into(openings::table)
                .values((openings::record_id.eq(record.id), openings::user_id.eq(user), at))
                .on_conflict((openings::record_id, openings::user_id)).do_update().set(at).execute(conn))?;
            opened.push(record);
        }
    }
    Ok(opened)
}

/// Which of these records are confidential.
pub fn confidential_of(db: &mut Db, ids: &[RecordId]) -> Result<Vec<RecordId>, StoreError> {
    RecordSight::default().hidden_of(db, ids)
}
