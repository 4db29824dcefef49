//! *Sign In*: a person allows Mailgate to read a mailbox, at its provider. The policy of the pages lets no form lead there,
//! so what was posted is saved, and the page that answers has a plain link.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;

use super::page::{ServerPage, ServerSheet};
use super::{BASE, page_of};
use crate::domain::words;
use crate::operations::OperationError;
use crate::operations::servers::ServerView;
use crate::operations::servers::sign_in::{self, ProviderAnswer};
use crate::web::cookies::Tone;
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

pub(super) fn routes() -> Vec<Route> {
    routes![callback]
}

/// The second half of *Sign In*, once all is saved: the link to the provider, and what is registered there.
pub(super) async fn begin(visitor: &Visitor<'_>, view: ServerView) -> PageAnswer {
    let (id, session) = (view.server.id, visitor.session.token_hash.clone());
    match visitor.run(move |app, caller| sign_in::begin(app, caller, &session, id)).await {
        Ok(begun) => {
            let host = begun.url.split('/').nth(2).unwrap_or_default().to_owned();
            let context = context! {
                base: BASE,
                here: page_of(id),
                name: &view.server.name,
                mailbox: view.server.username(),
                url: begun.url,
                host,
                redirect: begun.redirect.address,
                is_taken: begun.redirect.is_taken,
            };
            Ok(Reply::page("servers/sign_in.html", context).at(page_of(id)))
        }
        Err(OperationError::Refused(words)) => {
            let sheet = ServerSheet { problem: Some(words.in_language(visitor.language())), ..ServerSheet::of(view) };
            Ok(ServerPage::from(sheet).reply(visitor).await?.at(page_of(id)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Where the provider sends the person back to. The address holds a code, so the browser is sent on at once where it was
/// taken.
#[get("/settings/technical/email/oauth/callback?<state>&<code>&<error>&<error_description>")]
async fn callback(
    visitor: Visitor<'_>,
    state: Option<&str>,
    code: Option<&str>,
    error: Option<&str>,
    error_description: Option<&str>,
) -> PageAnswer {
    let text = |given: Option<&str>| given.unwrap_or_default().to_owned();
    let brought = ProviderAnswer {
        state: text(state),
        code: text(code),
        error: text(error),
        error_description: text(error_description),
    };
    let session = visitor.session.token_hash.clone();
    let ended = visitor.run(move |app, caller| sign_in::end(app, caller, &session, &brought)).await?;
    match ended.outcome {
        Ok(()) => {
            let words = words::with(visitor.language(), "servers-signed-in", &[("name", ended.name.into())]);
            Ok(Reply::go(page_of(ended.server)).flash(Tone::Good, words))
        }
        Err(refused) => {
            let context = context! {
                base: BASE,
                here: page_of(ended.server),
                name: ended.name,
                words: refused.complaint.what,
                remedy: refused.complaint.remedy,
            };
            Ok(Reply::page("servers/not_signed_in.html", context))
        }
    }
}
