//! Record types come from modules: their stages are in the database once Mailgate runs.

use mailgate::store::records;

use crate::support::database::on_both;

on_both! {
    fn every_record_type_has_its_stages_once_however_often_mailgate_starts(place: &Place) {
        place.open();
        let app = place.open();
        let stages = app.store.read(|db| records::stages(db, "spp.grm.ticket")).unwrap();
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["New", "In Progress", "Awaiting", "Done", "Cancelled", "Rejected"]);
    }
}
