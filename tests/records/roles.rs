//! Who may: auditors read and change nothing, whatever they post.

use mailgate::domain::id::RecordId;
use mailgate::domain::person::Role;
use mailgate::operations::attachments::SentFiles;
use mailgate::operations::{OperationError, partners, records};

use crate::support::database::on_both;
use crate::support::desk::Desk;

on_both! {
    fn an_auditor_reads_everything_and_changes_nothing(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let (app, auditor) = (&desk.site.app, Desk::caller(Role::Auditor));
        let (model, id) = ("spp.grm.ticket", RecordId(record.rsplit('/').next().unwrap().parse().unwrap()));
        assert!(records::view(app, &auditor, model, id).is_ok());
        let edit = records::Edit { version: 1, values: [("name".to_owned(), "X".to_owned())].into(), ..records::Edit::default() };
        let typed = partners::TypedPartner { name: "X".into(), ..partners::TypedPartner::default() };
        let denied = [
            records::change(app, &auditor, model, id, &edit),
            records::note(app, &auditor, model, id, &records::Note::default(), &mut SentFiles::default()).map(drop),
            records::mark_read(app, &auditor, model, id, records::ShownUpTo::Everything),
            records::not_a_grievance(app, &auditor, model, id, 1, records::ShownUpTo::Everything),
            records::a_grievance_after_all(app, &auditor, model, id, 1, records::ShownUpTo::Everything),
            partners::create(app, &auditor, &typed).map(drop),
        ];
        for (n, outcome) in denied.into_iter().enumerate() {
            assert!(matches!(outcome, Err(OperationError::Denied(_))), "operation {n}: {outcome:?}");
        }
        let browser = desk.site.signed_in("auditor");
        let page = browser.get(&record);
        assert_eq!(page.status.code, 200);
        for button in ["Add note", "Mark as read", "Not a Grievance</button>", "id=\"save\""] {
            assert!(!page.body.contains(button), "{button}");
        }
        assert_eq!(browser.submit(&record, &format!("{record}/note"), &[("note", "x")]).status.code, 403);
        assert_eq!(browser.post_bare(&record, &[("version", "1"), ("name", "x")]).status.code, 403, "no CSRF token");
        assert_eq!(desk.site.browser().get(&record).status.code, 303, "nobody signed in");
    }
}
