//! A held mail is read before it is judged, on a phone and on a desk.

use super::pages::Look;
use super::sign_in;
use crate::support::app::Installation;
use crate::support::browser::Browser;
use crate::support::database::Place;
use crate::support::desk::Desk;

/// A picture of 96 x 48 px.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAGAAAAAwCAMAAADZyI/9AAAABlBMVEU6VK3m6/mmkPlaAAAAOUlEQVR42u3WIQ4AQAgDwfL/T1+CQiJOIGYlZpIqUqOMft0DAAAAC8BcAADgAmAWAADgLwIAAIDuAe7vCQHT2QAIAAAAAElFTkSuQmCC";

fn mail() -> String {
    let paragraph = "<p>My household was registered in March, and the card was handed out in May. Since then nothing was \
                     paid although the list at the office says that it was. The neighbours got theirs.</p>";
    format!(
        "From: Amina Diallo <amina@people.example>\nTo: support@mail.example\nSubject: Payment of October, a copy of \
         the list and of my card\nMessage-ID: <held@x>\nX-Spam-Flag: YES\nMIME-Version: 1.0\n\
         Date: Sun, 22 Nov 2026 10:00:00 +0000\nContent-Type: multipart/related; boundary=b\n\n\
         --b\nContent-Type: text/html; charset=utf-8\n\n<p>Good morning,</p>{}<p>This is my card: \
         <img src=\"cid:card@x\" alt=\"the card\"></p><table><tr><td>October</td><td>not paid</td></tr></table>\n\
         --b\nContent-Type: image/png\nContent-ID: <card@x>\nContent-Transfer-Encoding: base64\n\n{PICTURE}\n\
         --b\nContent-Type: image/png\nContent-Disposition: attachment; filename=list.png\n\
         Content-Transfer-Encoding: base64\n\n{PICTURE}\n\
         --b\nContent-Type: text/csv\nContent-Disposition: attachment; \
         filename=\"a list of all the households of the district with a very long name indeed.csv\"\n\na,b\n--b--\n",
        paragraph.repeat(3)
    )
}

#[test]
fn a_held_mail_is_read_before_it_is_judged() {
    let place = Place::sqlite();
    let desk = Desk::new(&place);
    let held = desk.mail(&mail());
    let unreadable = desk.mail("\n \n\n");
    drop(desk);
    let serving = Installation::new().set("DATA_DIR", place.config.data_dir.display()).serve();
    let browser = Browser::open(&serving.url);
    sign_in(&browser, "officer");
    let mut look = Look::with(&browser);
    look.at("held", &format!("/settings/technical/email/messages/{held}"));
    let heights = "return ['.mailbody', '.files', '#decide'].map(found => \
                   document.querySelector(found).getBoundingClientRect().top)";
    browser.look(360, false);
    let tops: Vec<f64> = browser.script(heights).as_array().unwrap().iter().map(|top| top.as_f64().unwrap()).collect();
    assert!(tops.is_sorted(), "text, files, buttons: {tops:?}");
    let pictures = "return Promise.all([...document.querySelectorAll('.post img')]\
                    .map(img => img.decode().then(() => img.naturalWidth)))";
    assert_eq!(browser.script(pictures), serde_json::json!([96, 96]), "both pictures are shown");
    look.at("held-unreadable", &format!("/settings/technical/email/messages/{unreadable}"));
    look.nothing();
}
