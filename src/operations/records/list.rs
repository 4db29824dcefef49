//! The list of a record type: what a person asks it for, and what it answers.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeZone};
use chrono_tz::Tz;

use super::module;
use crate::domain::due::first_moment;
use crate::domain::id::{CategoryId, PostId, RecordId, TagId, UserId};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::tokens::{Snippet, SnippetPiece, Sought};
use crate::domain::{Moment, now};
use crate::operations::categories::{self, Category, KeptTag, OfferedClasses};
use crate::operations::{App, OperationError, indexing, require, users as accounts};
use crate::say;
use crate::store::query::Direction;
use crate::store::records::list::{Assigned, DueFilter, RecordFilter, RecordOrder, ShownCount};
use crate::store::records::{self, RecordStage, list as stored};
use crate::store::search::{PhraseSearch, RecordSearch, WordHits, index};
use crate::store::sight::RecordSight;
use crate::store::{Db, StoreError, categories as stored_categories, users};

pub use crate::store::records::list::{Gist, ListCursor, Part, RecordLine, RecordPage};

/// Records on one page.
pub const PAGE: i64 = 80;

crate::coded! {
    /// What a list shows, beside what it is narrowed to.
    pub enum Show {
        /// Everything that is not settled.
        Open = "open",
        /// Of that, the person's own.
        Mine = "mine",
        Unassigned = "unassigned",
        /// Of what is open, what should have been settled by now.
        Overdue = "overdue",
        /// With mail that nobody has acted upon, whatever the stage.
        NewMail = "new_mail",
        Closed = "closed",
        /// Everything that is a grievance.
        All = "all",
        /// Marked *Not a grievance*.
        NotAGrievance = "not_a_grievance",
    }
}

crate::coded! {
    /// When what a list shows is due.
    pub enum DueWhen {
        Today = "today",
        /// Within seven days from now on.
        Week = "week",
        /// There is no deadline, or the time stands still.
        Never = "never",
    }
}

/// What a person asks the list for.
#[derive(Debug, Clone)]
pub struct RecordQuery {
    /// As typed.
    pub search: String,
    /// A stage's code; one that doesn't exist shows all stages.
    pub stage: Option<String>,
    pub show: Show,
    /// A colleague's work, or nobody's.
    pub assigned: Option<Assigned>,
    /// Dated on this day or later; on that day or earlier. Days of the person's zone.
    pub since: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    /// Only records with a file.
    pub files: bool,
    /// This category, and what stands below it.
    pub category: Option<CategoryId>,
    pub tag: Option<TagId>,
    /// Codes of the type's own choices, by the names of their fields; what the type does not have narrows nothing.
    pub choices: BTreeMap<String, String>,
    pub due: Option<DueWhen>,
    pub order: RecordOrder,
    pub direction: Direction,
    pub part: Part,
}

impl RecordQuery {
    /// Of what is open, by the newest mail.
    pub fn usual(show: Show) -> Self {
        let order = RecordOrder::LastMail;
        Self {
            search: String::new(),
            stage: None,
            show,
            assigned: None,
            since: None,
            until: None,
            files: false,
            category: None,
            tag: None,
            choices: BTreeMap::new(),
            due: None,
            order,
            direction: order.usual(),
            part: Part::First,
        }
    }

    /// Whether it is narrowed beyond what it shows.
    pub fn is_narrowed(&self) -> bool {
        !self.search.is_empty()
            || self.stage.is_some()
            || self.assigned.is_some()
            || self.since.is_some()
            || self.until.is_some()
            || self.files
            || self.category.is_some()
            || self.tag.is_some()
            || !self.choices.is_empty()
            || self.due.is_some()
    }
}

/// One page of the list, with the numbers for its filters: exact as long as it is narrowed by presses alone, but for what is
/// overdue; others go up to [`stored::COUNTED`].
pub struct RecordList {
    pub module: Module,
    pub page: RecordPage,
    /// Of the page's lines.
    pub gists: std::collections::HashMap<RecordId, Gist>,
    /// Of those, where a search is on.
    pub matched: Matched,
    /// How many the filters show in all.
    pub total: ShownCount,
    pub stage: Option<RecordStage>,
    /// Each stage with what it would show.
    pub stages: Vec<(RecordStage, ShownCount)>,
    /// Each choice with what it would show.
    pub shows: Vec<(Show, ShownCount)>,
    /// Whose work can be asked for.
    pub assignees: Vec<(UserId, String)>,
    /// The type's categories, in the order of their tree, each with how deep it stands; and its tags.
    pub categories: Vec<(Category, usize)>,
    pub tags: Vec<KeptTag>,
    /// Of the page's lines.
    pub line_tags: std::collections::HashMap<RecordId, Vec<TagId>>,
    /// The newest entry anywhere: what comes behind it is new to this page.
    pub newest: PostId,
    pub may_change: bool,
}

/// As a list is read: what was asked for, in terms of the store.
pub(super) struct AskedFilter {
    pub filter: RecordFilter,
    /// The filter without what is shown and which stage.
    base: RecordFilter,
    stage: Option<RecordStage>,
    stages: Vec<RecordStage>,
    at: Moment,
}

impl AskedFilter {
    pub(super) fn of(db: &mut Db, caller: &Caller, module: &Module, query: &RecordQuery) -> Result<Self, StoreError> {
        let model = &module.model;
        let stages = records::stages(db, model)?;
        let stage = query.stage.as_deref().and_then(|code| stages.iter().find(|stage| stage.code == code)).cloned();
        let (at, mut zone) = (now(), Tz::UTC);
        if query.since.is_some() || query.until.is_some() || query.due.is_some() {
            zone = accounts::zone_in(db, caller)?;
        }
        let begins = |day: NaiveDate| first_moment(zone, day);
        let behind = |day: NaiveDate, days: u64| day.checked_add_days(Days::new(days)).unwrap_or(day);
        let today = zone.from_utc_datetime(&at).date_naive();
        let due = match query.due {
            None => DueFilter::Whenever,
            Some(DueWhen::Never) => DueFilter::Never,
            Some(DueWhen::Today) => DueFilter::Within(Some(begins(today)), begins(behind(today, 1))),
            Some(DueWhen::Week) => DueFilter::Within(Some(at), begins(behind(today, 7))),
        };
        let categories = match query.category {
            None => None,
            Some(above) => Some(below(&stored_categories::all(db, model)?, above)),
        };
        let known = |(field, code): (&String, &String)| {
            let known = module.choices().any(|one| one.name == *field);
            known.then(|| (field.clone(), code.clone()))
        };
        let sight = RecordSight::of(db, caller)?;
        let phrases = PhraseSearch { reader: indexing::with_phrases, sight };
        let base = RecordFilter {
            sight,
            model: model.to_owned(),
            words: WordHits::of_records(db, model, Sought::parse(&query.search), phrases)?,
            assigned: query.assigned,
            since: query.since.map(begins),
            before: query.until.map(|day| begins(behind(day, 1))),
            files: query.files,
            categories,
            tag: query.tag,
            choices: query.choices.iter().filter_map(known).collect(),
            due,
            ..RecordFilter::default()
        };
        let view = shown(&base, query.show, caller, at);
        let filter = match &stage {
            // Who asks for a stage that is not shown there asks for the stage.
            Some(stage) => RecordFilter { stage: Some(stage.id), closed: closed_as(&view, stage), ..view },
            None => view,
        };
        Ok(Self { filter, base, stage, stages, at })
    }
}

pub fn list(app: &App, caller: &Caller, model: &str, query: &RecordQuery) -> Result<RecordList, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?.clone();
    if !query.search.is_empty() {
        indexing::wait(app)?;
    }
    app.search(caller, |db| {
        let AskedFilter { filter, base, stage, stages, at } = AskedFilter::of(db, caller, &module, query)?;
        // A stage narrows what is shown, and every other choice shows all of its stages.
        let all_shows: Vec<Show> =
            Show::ALL.iter().copied().filter(|show| *show != Show::Overdue || module.due.is_some()).collect();
        let views = all_shows.iter().map(|show| shown(&base, *show, caller, at));
        let view = shown(&base, query.show, caller, at);
        let of_stages: Vec<Option<RecordFilter>> = stages.iter().map(|stage| of_stage(&view, stage)).collect();
        let wanted: Vec<RecordFilter> =
            std::iter::once(filter.clone()).chain(views).chain(of_stages.iter().flatten().cloned()).collect();
        let mut counts = counts(db, &filter, &wanted, query.due.is_none().then_some(at))?.into_iter();
        let total = counts.next().unwrap_or(ShownCount::exactly(0));
        let shows = all_shows.into_iter().zip(counts.by_ref()).collect();
        let page = stored::page(db, &filter, (query.order, query.direction), &query.part, PAGE)?;
        let ids: Vec<RecordId> = page.lines.iter().map(|line| line.id).collect();
        let OfferedClasses { categories, tags } = categories::on_offer(db, caller, &module)?;
        let mut line_tags: std::collections::HashMap<RecordId, Vec<TagId>> = std::collections::HashMap::new();
        for one in if tags.is_empty() { Vec::new() } else { stored_categories::tags_of(db, &ids)? } {
            line_tags.entry(one.record_id).or_default().push(one.tag_id);
        }
        let matched = match &filter.words {
            Some(words) => matched(db, words.sought(), &page.lines)?,
            None => Matched::new(),
        };
        Ok(RecordList {
            module,
            categories,
            tags,
            line_tags,
            gists: stored::gists(db, &ids, |id| !matched.contains_key(&id))?,
            matched,
            page,
            total,
            stage,
            stages: stages
                .into_iter()
                .zip(of_stages)
                .map(|(stage, asked)| (stage, asked.and_then(|_| counts.next()).unwrap_or(ShownCount::exactly(0))))
                .collect(),
            shows,
            assignees: users::assignees(db)?,
            newest: stored::newest_post(db)?,
            may_change: caller.may(Right::Write, Object::Records),
        })
    })
}

/// How many each of these filters shows, which differ from the list's own in what it is narrowed to by a press. Of words that many
/// have, the newest that are known are counted: there may be more (`17+`, `0+`).
/// `now` is None where the list is narrowed by due dates, of which a tally knows only what is overdue.
fn counts(
    db: &mut Db,
    own: &RecordFilter,
    wanted: &[RecordFilter],
    now: Option<Moment>,
) -> Result<Vec<ShownCount>, StoreError> {
    if !own.is_searched()
        && now.is_some()
        && let Some(counted) = kept_counts(db, own, wanted)?
    {
        return Ok(counted);
    }
    let is_many = own.many().is_some();
    let most = match is_many || own.sight.hides_many(db)? {
        true => Some(stored::TALLIED),
        false => own.is_searched().then_some(stored::COUNTED),
    };
    let known: Vec<RecordFilter> = wanted.iter().map(RecordFilter::newest).collect();
    let tally = match most.zip(now) {
        Some((most, now)) => stored::tally(db, &own.newest(), now, most)?,
        None => None,
    };
    let counts: Vec<i64> = match tally {
        Some(tally) => wanted.iter().map(|filter| filter.count(&tally)).collect(),
        None => stored::counts(db, &known)?,
    };
    if !is_many {
        return Ok(counts.into_iter().map(ShownCount::up_to).collect());
    }
    let may_tell = own.many().is_some_and(WordHits::may_tell_of_more);
    let mut looks = stored::LOOKS;
    let known = |(count, filter): (i64, &RecordFilter)| -> Result<ShownCount, StoreError> {
        let found = match may_tell && count > 0 {
            true => None,
            false => stored::is_any_older(db, filter, &mut looks)?,
        };
        Ok(ShownCount::known(count, found, may_tell))
    };
    counts.into_iter().zip(wanted).map(known).collect()
}

/// The same, of the numbers that are kept, and of the few overdue ones. None where they don't say what the caller sees.
pub(in crate::operations) fn kept_counts(
    db: &mut Db,
    own: &RecordFilter,
    wanted: &[RecordFilter],
) -> Result<Option<Vec<ShownCount>>, StoreError> {
    let Some(kept) = records::counts::kept(db, own.sight, &own.model)? else { return Ok(None) };
    let is_kept = |filter: &RecordFilter| filter.due == DueFilter::Whenever && !filter.is_searched();
    let others: Vec<RecordFilter> = wanted.iter().filter(|filter| !is_kept(filter)).cloned().collect();
    let mut others = stored::counts(db, &others)?.into_iter();
    let count = |filter: &RecordFilter| match is_kept(filter) {
        true => ShownCount::exactly(filter.count(&kept)),
        false => ShownCount::up_to(others.next().unwrap_or_default()),
    };
    Ok(Some(wanted.iter().map(count).collect()))
}

/// How many records that a list shows had mail behind that entry.
pub fn arrived(
    app: &App,
    caller: &Caller,
    model: &str,
    query: &RecordQuery,
    behind: PostId,
) -> Result<i64, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?;
    app.search(caller, |db| {
        let asked = AskedFilter::of(db, caller, module, query)?;
        Ok(stored::arrived(db, &asked.filter, behind)?)
    })
}

/// The records before and behind this one in a list; it need not be in the list itself (any more).
pub fn neighbours(
    app: &App,
    caller: &Caller,
    model: &str,
    query: &RecordQuery,
    id: RecordId,
) -> Result<(Option<RecordId>, Option<RecordId>), OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?;
    app.search(caller, |db| {
        let asked = AskedFilter::of(db, caller, module, query)?;
        Ok(stored::neighbours(db, &asked.filter, (query.order, query.direction), id)?)
    })
}

/// One record type with what a search finds in it.
pub struct FoundRecords {
    pub module: Module,
    pub lines: Vec<RecordLine>,
    pub gists: std::collections::HashMap<RecordId, Gist>,
    pub matched: Matched,
    /// There are more, or may be.
    pub more: bool,
}

/// What a search everywhere finds.
pub enum FoundAnywhere {
    /// The record of this type whose number it is.
    One(String, RecordId),
    All(Vec<FoundRecords>),
}

/// Lines of one record type that a search everywhere shows.
const FOUND: usize = 10;

/// Records of every type with these words, settled ones included. Where the words are the number of one record, that one
/// alone.
pub fn find(app: &App, caller: &Caller, words: &str) -> Result<FoundAnywhere, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    indexing::wait(app)?;
    app.search(caller, |db| {
        let sight = RecordSight::of(db, caller)?;
        let numbered = records::view::by_number(db, sight, words.trim())?;
        if let [(model, id)] = numbered.as_slice()
            && app.modules.get(model).is_some()
        {
            return Ok(FoundAnywhere::One(model.clone(), *id));
        }
        let sought = Sought::parse(words);
        let phrases = PhraseSearch { reader: indexing::with_phrases, sight };
        let mut search = RecordSearch::new(db, &sought, phrases)?;
        let mut all = Vec::new();
        for module in app.modules.all() {
            let (found, unread) = search.of(db, &module.model)?;
            let (lines, more) = stored::listed(db, sight, &found, FOUND)?;
            let ids: Vec<RecordId> = lines.iter().map(|line| line.id).collect();
            let matched = matched(db, &sought, &lines)?;
            let gists = stored::gists(db, &ids, |id| !matched.contains_key(&id))?;
            all.push(FoundRecords { module: module.clone(), lines, gists, matched, more: more || unread });
        }
        Ok(FoundAnywhere::All(all))
    })
}

/// Of each record the text that shows what was searched for.
pub type Matched = std::collections::HashMap<RecordId, Vec<SnippetPiece>>;

/// Mails and notes of a record that are looked through for that, and bytes of each.
const LOOKED_THROUGH: i64 = 30;
const LOOKED_AT: usize = 50_000;

/// Lines whose texts are read at once.
const MATCHED_AT_ONCE: usize = 20;

/// Of lines of one type.
fn matched(db: &mut Db, sought: &Sought, lines: &[RecordLine]) -> Result<Matched, StoreError> {
    let mut matched = Matched::new();
    let Some(model) = lines.first().map(|line| line.model.as_str()) else { return Ok(matched) };
    // What was said last has all of the words, as a rule: nothing else is read then.
    let ids: Vec<RecordId> = lines.iter().map(|line| line.id).collect();
    for last in index::newest_said(db, model, &ids, 1)? {
        let whole = sought.within(&last.body_text, LOOKED_AT).filter(|found| found.terms == sought.terms().len());
        matched.extend(whole.map(|found| (last.record, found.pieces)));
    }
    let others: Vec<&RecordLine> = lines.iter().filter(|line| !matched.contains_key(&line.id)).collect();
    for some in others.chunks(MATCHED_AT_ONCE) {
        let ids: Vec<RecordId> = some.iter().map(|line| line.id).collect();
        let said = index::newest_said(db, model, &ids, LOOKED_THROUGH)?;
        let posts: Vec<PostId> = said.iter().map(|one| one.id).collect();
        let files = index::files(db, &ids, &posts)?;
        for line in some {
            let said = || said.iter().filter(|one| one.record == line.id);
            let files = files.iter().filter(|file| file.record == line.id);
            let texts = said().map(|one| one.body_text.as_str()).chain(said().map(|one| one.subject.as_str()));
            let texts = texts.chain(said().filter_map(|one| one.email_from.as_deref()));
            let texts = texts.chain(files.map(|file| file.name.as_str()));
            let names =
                [Some(&line.name), line.contact.as_ref(), line.partner_name.as_ref(), line.partner_email.as_ref()];
            let texts = texts.chain(names.into_iter().flatten().map(String::as_str)).chain([line.number.as_str()]);
            matched.extend(best_of(sought, texts).map(|best| (line.id, best.pieces)));
        }
    }
    Ok(matched)
}

/// What has the most of the words, of several the first.
fn best_of<'a>(sought: &Sought, texts: impl Iterator<Item = &'a str>) -> Option<Snippet> {
    let mut best: Option<Snippet> = None;
    for text in texts {
        let has = best.as_ref().map_or(0, |best| best.terms);
        if has == sought.terms().len() {
            break;
        }
        best = sought.within(text, LOOKED_AT).filter(|snippet| snippet.terms > has).or(best);
    }
    best
}

/// A stage of what is shown. None where nothing of this stage is shown.
fn of_stage(view: &RecordFilter, stage: &RecordStage) -> Option<RecordFilter> {
    let is_shown = view.closed.is_none_or(|closed| closed == stage.closed);
    is_shown.then(|| RecordFilter { stage: Some(stage.id), closed: closed_as(view, stage), ..view.clone() })
}

/// Nothing says twice of a stage whether it is settled, which would be looked up in each record, but for the indexes of a person's work
/// and of an age, which have it.
fn closed_as(view: &RecordFilter, stage: &RecordStage) -> Option<bool> {
    (view.assigned.is_some() || view.since.is_some() || view.before.is_some()).then_some(stage.closed)
}

/// A category and all that stand below it.
fn below(all: &[Category], above: CategoryId) -> Vec<CategoryId> {
    let mut found = vec![above];
    let mut at = 0;
    while let Some(id) = found.get(at).copied() {
        at += 1;
        let children = all.iter().filter(|one| one.parent == Some(id)).map(|one| one.id);
        found.extend(children.filter(|child| !found.contains(child)).collect::<Vec<_>>());
    }
    found
}

fn shown(base: &RecordFilter, show: Show, caller: &Caller, at: Moment) -> RecordFilter {
    let mut filter = base.clone();
    match show {
        Show::Open => filter.closed = Some(false),
        Show::Mine => {
            filter.closed = Some(false);
            // The command line is nobody's account: nothing is its own.
            filter.assigned = Some(caller.user.map_or(Assigned::Nobody, Assigned::To));
        }
        Show::Unassigned => {
            filter.closed = Some(false);
            filter.assigned = Some(Assigned::Nobody);
        }
        Show::Overdue => {
            filter.closed = Some(false);
            filter.due = DueFilter::Within(None, at);
        }
        Show::NewMail => filter.new_mail = true,
        Show::Closed => filter.closed = Some(true),
        Show::All => {}
        Show::NotAGrievance => filter.archived = true,
    }
    filter
}
