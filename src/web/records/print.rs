//! A record as a document: all that its page says, for paper.

use rocket::get;
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::{clock, path};
use crate::domain::id::{PostId, RecordId};
use crate::domain::module::FieldKind;
use crate::operations::records::{self, field};
use crate::say;
use crate::web::guards::Visitor;
use crate::web::posts::{self, Unfolding};
use crate::web::render::{PageAnswer, Reply};

#[get("/records/<model>/<id>/print?<before>")]
pub(super) async fn show(visitor: Visitor<'_>, model: &str, id: i32, before: Option<i32>) -> PageAnswer {
    let (of, id) = (model.to_owned(), RecordId(id));
    let view = visitor.run(move |app, caller| records::view_before(app, caller, &of, id, before.map(PostId))).await?;
    let path = path(model, id);
    let unfolding = Unfolding { whole: true, ..Unfolding::default() };
    let shown = view.conversation.first.iter().chain(&view.conversation.posts);
    let entries: Vec<Value> =
        shown.map(|post| posts::context(&visitor, &path, post, &view.record.name, &unfolding)).collect();
    let zone = clock::zone(&visitor);
    let own = field::editable(&view.module).map(|one| {
        let words = field::words(&view.record.extra, one).in_language(visitor.language());
        let words = if one.kind == FieldKind::Datetime { clock::in_words(zone, &words) } else { words };
        json!({"label": one.label, "words": words})
    });
    let own: Vec<Value> = own.filter(|one| one["words"] != "").collect();
    let context = context! {
        path: &path,
        label: &view.module.label,
        record: &view.record,
        stage: view.record.stage.words(),
        partner_label: field::label(&view.module, "partner_id", say!("records-contact")),
        fields: own,
        description: super::page::description(&visitor, &view, &path),
        posts: entries,
        older: view.conversation.older,
        older_before: view.conversation.posts.first().map(|post| post.id),
    };
    Ok(Reply::page("records/print.html", context))
}
