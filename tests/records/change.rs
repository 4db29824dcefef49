//! What an officer changes: told in the conversation, written to the audit, refused over somebody else's change.

use crate::support::database::on_both;
use crate::support::desk::Desk;

on_both! {
    fn a_change_is_told_and_audited_and_ends_new_mail(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.mail(
            "From: a@people.example\nTo: s@mail.example\nSubject: Card lost\nMessage-ID: <card@x>\n\nPlease help\n",
        ));
        desk.mail(
            "From: a@people.example\nTo: s@mail.example\nSubject: Re: Card lost\nMessage-ID: <card2@x>\n\
             In-Reply-To: <card@x>\n\nPlease\n",
        );
        let browser = desk.site.signed_in("officer");
        let page = browser.get(&record);
        page.says("Mark as read");
        let (_, choices) = page.body.split_once("<select id=\"user_id\"").unwrap();
        let user = choices.split("\">The officer").next().unwrap().rsplit("value=\"").next().unwrap();
        let fields =
            [("version", "1"), ("name", "Ration card lost"), ("user_id", user), ("priority", "3"), ("channel", "phone")];
        let saved = browser.submit(&record, &record, &fields);
        assert_eq!(saved.status.code, 303, "{}", saved.body);
        let page = browser.get(&record);
        page.says("Card lost → Ration card lost");
        page.says("Assigned to: — → The officer");
        page.says("Priority: Medium → Very high");
        page.says("Channel: Email → Phone");
        assert!(!page.body.contains("Mark as read"), "who changes a record has seen its mail");
        let audit = desk.audit("spp.grm.ticket");
        assert!(audit[0].0 == "write" && audit[0].1.contains("Ration card lost"), "{audit:?}");
        browser.get("/records/spp.grm.ticket?q=ration&show=mine").says("Ration card lost");
    }

    fn a_save_over_somebody_elses_change_is_refused_with_what_was_typed(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let (one, other) = (desk.site.signed_in("officer"), desk.site.signed_in("admin"));
        assert_eq!(one.submit(&record, &record, &[("version", "1"), ("name", "By one")]).status.code, 303);
        let page = other.submit(&record, &record, &[("version", "1"), ("name", "By the other")]);
        assert_eq!(page.status.code, 409);
        page.says("Somebody else changed");
        page.says("value=\"By the other\"");
        page.says("By one");
        assert_eq!(other.submit(&record, &record, &[("version", "2"), ("name", "After a look")]).status.code, 303);
    }

    fn a_wrong_value_is_named_at_its_field(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let page = browser.submit(&record, &record, &[("version", "1"), ("name", " "), ("user_id", "x"), ("channel", "pigeon")]);
        assert_eq!(page.status.code, 422);
        page.says("Title is required.");
        page.says("id=\"channel-error\"");
        page.says("id=\"user_id-error\"");
        assert_eq!(browser.submit(&record, &format!("{record}/note"), &[("note", " ")]).status.code, 422);
    }

    fn a_note_stays_text(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let note = [("note", "Called <b>her</b>.\nShe waits.")];
        assert_eq!(browser.submit(&record, &format!("{record}/note"), &note).status.code, 303);
        browser.get(&record).says("<p>Called &lt;b&gt;her&lt;/b&gt;.<br>She waits.</p>");
    }

    fn not_a_grievance_can_be_taken_back(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.plain("a@people.example", "Buy cheap watches", "Now");
        let record = desk.record(id);
        let browser = desk.site.signed_in("officer");
        let verdict = format!("{record}/verdict");
        let turned = browser.submit(&record, &verdict, &[("version", "1"), ("active", "0")]);
        assert_eq!(turned.status.code, 303, "{}", turned.body);
        assert!(!browser.get("/records/spp.grm.ticket").body.contains("Buy cheap watches"));
        browser.get("/records/spp.grm.ticket?show=not_a_grievance").says("Buy cheap watches");
        let message = desk.view(id).message;
        assert_eq!(message.state.code(), "ignored");
        assert_eq!(message.reason.map(|reason| reason.code()), Some("not_a_grievance"));
        assert_eq!(browser.submit(&record, &verdict, &[("version", "2"), ("active", "1")]).status.code, 303);
        assert_eq!(desk.state(id).code(), "delivered");
        browser.get("/records/spp.grm.ticket").says("Buy cheap watches");
    }

    fn a_contact_is_made_linked_and_recognised(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("Fatou Sow <fatou@people.example>", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let contact = format!("{record}/contact");
        browser.get(&contact).says("value=\"fatou@people.example\"");
        let wrong = [("version", "1"), ("name", ""), ("email", "no address")];
        assert_eq!(browser.submit(&contact, &format!("{contact}/new"), &wrong).status.code, 422);
        let new = [("version", "1"), ("name", "Fatou Sow"), ("email", "fatou@people.example"), ("is_registrant", "1")];
        let made = browser.submit(&contact, &format!("{contact}/new"), &new);
        assert_eq!(made.status.code, 303, "{}", made.body);
        browser.get(&record).says("Registrant: — → Fatou Sow");
        browser.get(&format!("{contact}?q=SOW")).says("<bdi>Fatou Sow</bdi>");
        let next = desk.record(desk.plain("fatou@people.example", "Second", "Text"));
        browser.get(&next).says("<bdi>Fatou Sow</bdi>");
        assert_eq!(browser.submit(&contact, &contact, &[("version", "2"), ("partner_id", "")]).status.code, 303);
        browser.get(&record).says("None linked.");
    }
}
