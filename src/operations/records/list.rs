//! The list of a record type.

use super::module;
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::records;
use crate::store::records::RecordStage;
use crate::store::records::list::{Assigned, RecordFilter, RecordLine, RecordOrder};
use crate::store::search::patterns;

/// Records on one page.
pub const PAGE: i64 = 80;

crate::coded! {
    /// What a list shows, beside its search and stage.
    pub enum Show {
        /// Everything that is a grievance.
        All = "all",
        Mine = "mine",
        Unassigned = "unassigned",
        /// With mail that nobody has acted upon.
        NewMail = "new_mail",
        /// Marked *Not a grievance*.
        NotAGrievance = "not_a_grievance",
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
    pub order: RecordOrder,
    /// From 1; beyond the end is the last page.
    pub page: i64,
}

/// One page of the list, with the numbers for its filters.
pub struct RecordList {
    pub module: Module,
    pub lines: Vec<RecordLine>,
    /// How many the filters show in all.
    pub total: i64,
    pub page: i64,
    pub pages: i64,
    pub stage: Option<RecordStage>,
    /// Each stage with what it would show.
    pub stages: Vec<(RecordStage, i64)>,
    /// Each choice with what it would show.
    pub shows: Vec<(Show, i64)>,
}

pub fn list(app: &App, caller: &Caller, model: &str, query: &RecordQuery) -> Result<RecordList, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?.clone();
    app.search(caller, |db| {
        let all = records::stages(db, model)?;
        let stage = query.stage.as_deref().and_then(|code| all.iter().find(|stage| stage.code == code)).cloned();
        let base = RecordFilter {
            model: model.to_owned(),
            patterns: patterns(&query.search),
            stage: stage.as_ref().map(|stage| stage.id),
            order: query.order,
            ..RecordFilter::default()
        };
        let filter = shown(&base, query.show, caller);
        let tally = records::list::tally(db, model, &base.patterns)?;
        let total = filter.count(&tally);
        let pages = (total + PAGE - 1).max(PAGE) / PAGE;
        let page = query.page.clamp(1, pages);
        let offset = (page - 1) * PAGE;
        // No more than there are: the search ends at the last of them.
        let lines = records::list::page(db, &filter, offset, PAGE.min(total - offset))?;
        let of_stage = |id| RecordFilter { stage: Some(id), ..filter.clone() }.count(&tally);
        let stages = all.into_iter().map(|stage| (stage.clone(), of_stage(stage.id))).collect();
        let shows = Show::ALL.iter().map(|show| (*show, shown(&base, *show, caller).count(&tally))).collect();
        Ok(RecordList { module, lines, total, page, pages, stage, stages, shows })
    })
}

fn shown(base: &RecordFilter, show: Show, caller: &Caller) -> RecordFilter {
    let mut filter = base.clone();
    match show {
        Show::All => {}
        // The command line is nobody's account: nothing is its own.
        Show::Mine => filter.assigned = Some(caller.user.map_or(Assigned::Nobody, Assigned::To)),
        Show::Unassigned => filter.assigned = Some(Assigned::Nobody),
        Show::NewMail => filter.new_mail = true,
        Show::NotAGrievance => filter.archived = true,
    }
    filter
}
