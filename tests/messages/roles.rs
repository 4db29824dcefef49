//! Who may decide: officers and administrators, nobody else.

use mailgate::domain::id::MessageId;
use mailgate::domain::ledger::MailState;
use mailgate::domain::person::Role;
use mailgate::operations::OperationError;
use mailgate::operations::messages::{self, Deed, LedgerPart, LedgerRequest, Linking, MailCorrection, Tab};

use super::{LEDGER, SPAM};
use crate::support::database::on_both;
use crate::support::desk::Desk;

on_both! {
    fn an_auditor_decides_nothing(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.mail(SPAM);
        let (app, auditor) = (&desk.site.app, Desk::caller(Role::Auditor));
        let query = LedgerRequest { tab: Tab::Held, reason: None, server: None, connection: None, search: String::new(), part: LedgerPart::First };
        let mut outcomes: Vec<_> =
            Deed::ALL.iter().map(|deed| messages::act(app, &auditor, id, *deed, "x").map(drop)).collect();
        outcomes.push(messages::correct(app, &auditor, id, &MailCorrection::default()).map(drop));
        outcomes.push(messages::link_sender(app, &auditor, id, 1, Linking::default()).map(drop));
        outcomes.push(messages::bulk(app, &auditor, &query, Deed::Deliver, "", MessageId(0)).map(drop));
        for (n, outcome) in outcomes.into_iter().enumerate() {
            assert!(matches!(outcome, Err(OperationError::Denied(_))), "operation {n}: {outcome:?}");
        }
        assert_eq!(desk.state(id), MailState::Held);
        assert!(messages::list(app, &auditor, &query).is_ok());
        let page = desk.site.signed_in("auditor").get(&format!("{LEDGER}?state=held"));
        for button in ["Deliver by hand", "Retry all", "name=\"retry\""] {
            assert!(!page.body.contains(button), "{button}");
        }
    }
}
