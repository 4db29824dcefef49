//! Signing in without a password: applications, people, tokens and their refusals, against a Dovecot that checks signed
//! tokens and a provider that gives them.

use std::time::Duration;

use base64::Engine;
use mailgate::domain::id::ServerId;
use mailgate::domain::oauth::Authentication;
use mailgate::domain::person::Caller;
use mailgate::domain::protocol::{Protocol, ServerType};
use mailgate::domain::secret::Secret;
use mailgate::domain::server::{IncomingServer, ServerState};
use mailgate::domain::setting::SettingsObject;
use mailgate::mailbox::Credential;
use mailgate::operations::fetch::{FetchOutcome, WAIT, fetch_now};
use mailgate::operations::{App, keys, servers as operation};
use mailgate::store::sealed::SealedColumn;
use mailgate::store::{StoreError, grants, schema, servers};
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::Verifier;
use openssl::x509::{X509, X509NameBuilder};
use rocket::http::Status;

use super::{alert, filled, mail, new, only, page_of, site};
use crate::rpc::client::{Api, first, list, member, members, s};
use crate::support::database::{Place, on_both};
use crate::support::dovecot::{Dovecot, MailUser};
use crate::support::form::{Fields, but, press, step};
use crate::support::imap_server::{ImapReply, ImapServer};
use crate::support::token_server::{CLIENT_ID, CLIENT_SECRET, TokenServer};
use crate::web::site::{Browser, Site};

/// The form of a mailbox that an application of Microsoft 365 signs in to.
pub(super) fn application(protocol: Protocol, user: &MailUser, provider: &TokenServer) -> Fields {
    but(
        filled(protocol, user),
        &[
            ("password", ""),
            ("authentication", "microsoft_app"),
            ("oauth_tenant", "contoso.onmicrosoft.com"),
            ("oauth_client_id", CLIENT_ID),
            ("oauth_client_secret", CLIENT_SECRET),
            ("oauth_token_url", &provider.url("token")),
        ],
    )
}

/// The form of a mailbox that a person signs in to.
pub(super) fn person(authentication: &str, user: &MailUser, provider: &TokenServer) -> Fields {
    but(
        application(Protocol::Imap, user, provider),
        &[
            ("authentication", authentication),
            ("oauth_tenant", ""),
            ("oauth_authorize_url", &provider.url("authorize")),
        ],
    )
}

/// A confirmed server of an application.
pub(super) fn confirmed(browser: &Browser, user: &MailUser, provider: &TokenServer) {
    let page = press(browser, &new(), "test", &application(Protocol::Imap, user, provider));
    assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}\n{}", page.body, Dovecot::shared().log());
}

/// Goes to the provider by the link of the page, and gives the path at which the person comes back.
pub(super) fn at_the_provider(page: &str, link: &str) -> String {
    let (before, _) = page.split_once(">Sign in at 127.0.0.1").expect("a link to the provider");
    let url = before.rsplit_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&amp;", "&");
    let provider = ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap();
    let (before, _) = provider.split_once(&format!(">{link}</a>")).unwrap();
    let back = before.rsplit_once("href=\"").unwrap().1.trim_end_matches('"').replace("&amp;", "&");
    let at = back.find("/settings/").expect("the redirect address");
    back[at..].to_owned()
}

pub(super) fn fetched(app: &App, id: ServerId) -> FetchOutcome {
    fetch_now(app, &Caller::command_line(), id, WAIT).unwrap()
}

fn failure(outcome: FetchOutcome) -> (String, String) {
    match outcome {
        FetchOutcome::Failed(complaint) => (complaint.what.to_string(), complaint.remedy.to_string()),
        other => panic!("{other:?}"),
    }
}

fn tokens(app: &App, id: ServerId) -> grants::KnownTokens {
    app.store.read(|db| grants::tokens(db, &app.key, id)).unwrap().unwrap()
}

/// The present access token is at its end.
pub(super) fn expire(app: &App, id: ServerId) {
    let version = tokens(app, id).version;
    app.store.write(|db| grants::spend_tokens(db, id, version)).unwrap();
}

/// What signs in to this server now.
pub(super) fn token(app: &App, id: ServerId) -> String {
    let server = app.store.read(|db| servers::get(db, id)).unwrap().unwrap().settings;
    match app.fetcher().keeper().credential(&server).unwrap() {
        Credential::Token(tokens) => tokens.token(None).unwrap().reveal().to_owned(),
        Credential::Password(_) => panic!("a password"),
    }
}

on_both! {
    fn an_application_signs_in_without_a_person(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        for protocol in [Protocol::Imap, Protocol::Pop] {
            let user = Dovecot::shared().user("app");
            let provider = TokenServer::start(&user.name);
            (0..2).for_each(|number| user.deliver(&mail(number)));
            let page = press(&browser, &new(), "test", &application(protocol, &user, &provider));
            assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
            assert!(alert(&page).contains("A token is at hand."), "{}", alert(&page));
            assert!(!page.body.contains(CLIENT_SECRET));
            let view = only(&site);
            let page = browser.get(&page_of(&view));
            page.says("A client secret is saved.");
            assert!(!page.body.contains(CLIENT_SECRET));
            let here = page_of(&view);
            browser.submit(&here, &format!("{here}/fetch"), &[]).says("2 delivered");
            let asked = provider.state().asked.clone();
            assert_eq!(asked.len(), 1, "one token serves test and fetch: {asked:?}");
            assert_eq!(asked[0]["grant_type"], "client_credentials");
            assert_eq!(asked[0]["scope"], "https://outlook.office365.com/.default");
            browser.submit(&here, &format!("{here}/delete"), &[]);
        }
    }

    fn a_certificate_proves_the_application(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("certificate");
        let provider = TokenServer::start(&user.name);
        let (pem, public) = certificate(400);
        let with = |pem: &str| {
            but(application(Protocol::Imap, &user, &provider), &[("oauth_client_secret", ""), ("oauth_certificate", pem)])
        };
        let page = press(&browser, &new(), "save", &with("-----BEGIN NONSENSE-----"));
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("Paste the certificate in PEM");
        let without_key = pem.split("-----BEGIN PRIVATE KEY-----").next().unwrap();
        press(&browser, &new(), "save", &with(without_key)).says("private key beside it");

        let page = press(&browser, &new(), "test", &with(&pem));
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        let ends = only(&site).server.application.expires.expect("read from the certificate");
        assert_eq!((ends - chrono::Utc::now().date_naive()).num_days(), 400);
        let asked = provider.state().asked[0].clone();
        assert_eq!(asked["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let (signed, signature) = asked["client_assertion"].rsplit_once('.').unwrap();
        let mut verifier = Verifier::new(MessageDigest::sha256(), &public).unwrap();
        verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        assert!(verifier.verify_oneshot(&decoded(signature), signed.as_bytes()).unwrap());
        let (header, claims) = signed.split_once('.').unwrap();
        let read = |part| serde_json::from_slice::<serde_json::Value>(&decoded(part)).unwrap();
        let (header, claims) = (read(header), read(claims));
        let print = X509::from_pem(pem.as_bytes()).unwrap().digest(MessageDigest::sha256()).unwrap();
        assert_eq!((header["alg"].as_str(), decoded(header["x5t#S256"].as_str().unwrap())), (Some("PS256"), print.to_vec()));
        assert_eq!((claims["aud"].as_str().unwrap(), claims["iss"].as_str().unwrap()), (provider.url("token").as_str(), CLIENT_ID));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    }

    fn a_person_signs_in_once_and_the_mailbox_is_fetched_from_then_on(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("person");
        let provider = TokenServer::start(&user.name);
        let page = press(&browser, &new(), "test", &person("microsoft", &user, &provider));
        assert!(alert(&page).contains("Press Sign In on this server"), "{}", alert(&page));

        let here = page_of(&only(&site));
        let version = only(&site).version.to_string();
        let fields = but(person("microsoft", &user, &provider), &[("oauth_client_secret", ""), ("version", &version)]);
        let page = press(&browser, &here, "sign_in", &fields);
        assert_eq!(page.status, Status::Ok, "{}", page.body);
        page.says("http://127.0.0.1:8000/settings/technical/email/oauth/callback");
        let back = at_the_provider(&page.body, "Allow");

        let other = site.signed_in("admin");
        other.get(&back).says("begun in another session");
        let page = press(&browser, &here, "sign_in", &fields);
        let back = at_the_provider(&page.body, "Allow");
        let page = browser.get(&back);
        assert_eq!((page.status, page.location.as_str()), (Status::SeeOther, here.as_str()), "{}", page.body);
        browser.get(&here).says("Signed in for Grievance Mailbox.");
        browser.get(&back).says("came back before");
        let asked = provider.state().asked.last().unwrap().clone();
        assert_eq!(asked["grant_type"], "authorization_code");
        assert_eq!(asked["redirect_uri"], "http://127.0.0.1:8000/settings/technical/email/oauth/callback");

        let version = only(&site).version.to_string();
        let page = press(&browser, &here, "test", &but(fields, &[("version", &version)]));
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        user.deliver(&mail(1));
        let id = only(&site).server.id;
        assert!(matches!(fetched(&site.app, id), FetchOutcome::Done(tally) if tally.delivered == 1));

        // The refresh token is used, and replaced by the one that came with the answer.
        let before = tokens(&site.app, id).refresh;
        expire(&site.app, id);
        user.deliver(&mail(2));
        assert!(matches!(fetched(&site.app, id), FetchOutcome::Done(tally) if tally.delivered == 1));
        let asked = provider.state().asked.last().unwrap().clone();
        assert_eq!((asked["grant_type"].as_str(), asked["refresh_token"].as_str()), ("refresh_token", before.reveal()));
        assert_ne!(tokens(&site.app, id).refresh, before);

        // Withdrawn, and after the person has signed in again it goes on where it was.
        provider.withdraw();
        expire(&site.app, id);
        user.deliver(&mail(3));
        let (words, remedy) = failure(fetched(&site.app, id));
        assert!(words.contains("expired or revoked") && remedy.contains("Press Sign In"), "{words} {remedy}");
        let version = only(&site).version.to_string();
        let fields = but(person("microsoft", &user, &provider), &[("oauth_client_secret", ""), ("version", &version)]);
        let page = press(&browser, &here, "sign_in", &fields);
        let page = browser.get(&at_the_provider(&page.body, "Allow"));
        assert_eq!(page.status, Status::SeeOther, "{}", page.body);
        fetched(&site.app, id);
        assert_eq!(only(&site).server.state, ServerState::Done);
        let (_, delivered) = (fetched(&site.app, id), user.flags());
        assert_eq!(delivered, ["S"; 3], "all three are here");
    }

    fn who_declines_is_told_what_happened(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("declines");
        let provider = TokenServer::start(&user.name);
        let page = press(&browser, &new(), "sign_in", &person("google", &user, &provider));
        let page = browser.get(&at_the_provider(&page.body, "Decline"));
        assert_eq!(page.status, Status::Ok);
        page.says("User declined to consent");
        page.says("Ask an administrator of the organisation");
        assert_eq!(provider.requests(), 0);
    }

    fn refusals_have_their_remedy_and_fetching_resumes(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("refused");
        let provider = TokenServer::start(&user.name);
        confirmed(&browser, &user, &provider);
        let id = only(&site).server.id;
        for (status, body, said) in [
            (
                401,
                r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app are expired. Trace ID: 7"}"#,
                "make a new client secret",
            ),
            (
                400,
                r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Application was not found in the directory."}"#,
                "single-tenant",
            ),
            (
                400,
                r#"{"error":"interaction_required","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies."}"#,
                "conditional access",
            ),
            (503, "<html><title>Service Unavailable</title></html>", "tries again by itself"),
        ] {
            provider.refuse(status, body);
            expire(&site.app, id);
            let (words, remedy) = failure(fetched(&site.app, id));
            assert!(remedy.contains(said), "{words} {remedy}");
            browser.get(&page_of(&only(&site))).says(said);
        }
        provider.state().refuses = None;
        user.deliver(&mail(1));
        assert!(matches!(fetched(&site.app, id), FetchOutcome::Done(tally) if tally.delivered == 1));
    }

    fn an_application_that_is_not_granted_the_mailbox_reads_what_to_type(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("notgranted");
        let provider = TokenServer::start(&user.name);
        provider.state().wrong = 100;
        for protocol in [Protocol::Imap, Protocol::Pop] {
            let page = press(&browser, &new(), "test", &application(protocol, &user, &provider));
            assert_eq!((page.status, step(&page)), (Status::Ok, "Not Confirmed"));
            let said = alert(&page);
            assert!(said.contains(&format!("New-ServicePrincipal -AppId {CLIENT_ID}")), "{said}");
            assert!(said.contains("Add-MailboxPermission") && said.contains(&user.name), "{said}");
            let here = page_of(&only(&site));
            browser.submit(&here, &format!("{here}/delete"), &[]);
        }
        assert_eq!(provider.requests(), 4, "each time the token was renewed once");
    }

    fn a_token_that_the_mail_server_does_not_take_is_renewed_once(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("stale");
        let provider = TokenServer::start(&user.name);
        provider.state().wrong = 1;
        confirmed(&browser, &user, &provider);
        assert_eq!(provider.requests(), 2);
    }

    fn of_all_who_need_a_token_at_once_one_asks(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("once");
        let provider = TokenServer::start(&user.name);
        confirmed(&browser, &user, &provider);
        let id = only(&site).server.id;
        // Two processes, and several threads of each.
        let other = Site::with(site.app.config.clone());
        expire(&site.app, id);
        provider.state().slow = Duration::from_millis(400);
        let before = provider.requests();
        let got: Vec<String> = std::thread::scope(|scope| {
            let apps = [&site.app, &other.app, &site.app, &other.app];
            let asking: Vec<_> = apps.into_iter().map(|app| scope.spawn(move || token(app, id))).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(provider.requests(), before + 1);
        assert!(got.iter().all(|one| *one == got[0]), "all of them have the same one");

        // Where it is refused, all learn so from the one request.
        provider.refuse(401, r#"{"error":"invalid_client","error_description":"AADSTS7000222: expired."}"#);
        expire(&site.app, id);
        let before = provider.requests();
        let refused = std::thread::scope(|scope| {
            let asking: Vec<_> = [&site.app, &other.app]
                .into_iter()
                .map(|app| scope.spawn(move || failure(fetched(app, id)).0))
                .collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(refused.iter().all(|words| words.contains("AADSTS7000222")), "{refused:?}");
        assert!(provider.requests() <= before + 2);
    }

    fn a_token_near_its_end_is_renewed_ahead(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("ahead");
        let provider = TokenServer::start(&user.name);
        confirmed(&browser, &user, &provider);
        let id = only(&site).server.id;
        let end = |minutes| {
            use diesel::prelude::*;
            let until = mailgate::domain::now() + chrono::TimeDelta::minutes(minutes);
            site.app
                .store
                .write(|db| {
                    diesel::update(schema::oauth_tokens::table.find(id))
                        .set((
                            schema::oauth_tokens::access_until.eq(until),
                            schema::oauth_tokens::renewed_at.eq(until - chrono::TimeDelta::hours(1)),
                        ))
                        .execute(db)?;
                    Ok::<_, mailgate::store::StoreError>(())
                })
                .unwrap();
        };
        let first = token(&site.app, id);
        end(30);
        assert_eq!(token(&site.app, id), first);
        end(3);
        let second = token(&site.app, id);
        assert_ne!(second, first);
        // While the provider is busy the old one serves until its end.
        end(3);
        provider.refuse(503, r#"{"error":"temporarily_unavailable"}"#);
        assert_eq!(token(&site.app, id), second);
    }

    fn a_saved_secret_goes_only_where_it_was_typed_for(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("moves");
        let provider = TokenServer::start(&user.name);
        confirmed(&browser, &user, &provider);
        let (here, version) = (page_of(&only(&site)), only(&site).version.to_string());
        let saved = but(application(Protocol::Imap, &user, &provider), &[("oauth_client_secret", ""), ("version", &version)]);
        for change in [("oauth_token_url", "https://evil.example.org/token"), ("server", "evil.example.org")] {
            let page = press(&browser, &here, "save", &but(saved.clone(), &[change]));
            assert_eq!(page.status, Status::UnprocessableEntity, "{change:?}");
            page.says("The saved secret was typed for another");
        }
        let readable = but(saved.clone(), &[("is_ssl", ""), ("server", "mail.example.org"), ("oauth_client_secret", "x")]);
        press(&browser, &here, "save", &readable).says("A token travels encrypted only");
        let page = press(&browser, &here, "save", &but(saved, &[("oauth_token_url", "http://login.example.org/token")]));
        page.says("Secrets travel encrypted");
    }

    fn the_api_takes_the_names_and_shows_no_secret(place: &Place) {
        let api = Api::new(place, "admin");
        let text = |name, value: &str| (name, s(value));
        let id = api.call("fetchmail.server", "create", [members([
            text("name", "Outlook"),
            text("server_type", "outlook"),
            text("user", "support@example.org"),
            text("authentication", "microsoft_app"),
            text("oauth_tenant", "contoso.onmicrosoft.com"),
            text("oauth_client_id", CLIENT_ID),
            text("oauth_client_secret", CLIENT_SECRET),
            text("oauth_expires", "2028-01-31"),
            text("object_model", "spp.grm.ticket"),
        ])]).unwrap();
        let ids = list([id]);
        let names = [
            "server_type", "server", "security", "authentication", "oauth_tenant", "oauth_client_id", "oauth_client_secret",
            "oauth_certificate", "oauth_expires", "oauth_scope", "oauth_provider_id",
        ];
        let read = || {
            let rows = api.call("fetchmail.server", "read", [ids.clone(), list(names.map(s))]).unwrap();
            first(&rows).clone()
        };
        let row = read();
        assert_eq!(member(&row, "server_type"), &s("outlook"));
        assert_eq!((member(&row, "server"), member(&row, "security")), (&s("outlook.office365.com"), &s("tls")));
        assert_eq!((member(&row, "authentication"), member(&row, "oauth_expires")), (&s("microsoft_app"), &s("2028-01-31")));
        assert!(!format!("{row:?}").contains(CLIENT_SECRET));

        // Kept once, for several mailboxes.
        let provider = api.call("mailgate.oauth_provider", "create", [members([
            text("name", "Contoso"),
            text("authentication", "microsoft_app"),
            text("oauth_tenant", "contoso.onmicrosoft.com"),
            text("oauth_client_id", CLIENT_ID),
            text("oauth_client_secret", CLIENT_SECRET),
        ])]).unwrap();
        api.call("fetchmail.server", "write", [ids.clone(), members([("oauth_provider_id", provider.clone())])]).unwrap();
        let row = read();
        assert_eq!(member(&row, "oauth_provider_id"), &list([provider.clone(), s("Contoso")]));
        let refused = api.call("mailgate.oauth_provider", "unlink", [list([provider])]).unwrap_err();
        assert!(refused.1.contains("sign in with “Contoso”"), "{refused:?}");
        let gmail = members([
            text("name", "Gmail"), text("server_type", "gmail"), text("user", "a@example.org"),
            text("oauth_client_id", "id"), text("oauth_client_secret", "x"),
        ]);
        let gmail = list([api.call("fetchmail.server", "create", [gmail]).unwrap()]);
        let rows = api.call("fetchmail.server", "read", [gmail, list(["server", "authentication", "port"].map(s))]).unwrap();
        assert_eq!(member(first(&rows), "server"), &s("imap.gmail.com"));
        assert_eq!(member(first(&rows), "authentication"), &s("google"));
    }

    fn a_provider_serves_several_mailboxes(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let users = [Dovecot::shared().user("one"), Dovecot::shared().user("two")];
        let provider = TokenServer::start(&users[0].name);
        let page = press(&browser, "/settings/technical/email/providers/new", "save", &vec![
            ("name", "Contoso".to_owned()),
            ("authentication", "microsoft_app".into()),
            ("oauth_tenant", "contoso.onmicrosoft.com".into()),
            ("oauth_client_id", CLIENT_ID.into()),
            ("oauth_client_secret", CLIENT_SECRET.into()),
            ("oauth_token_url", provider.url("token")),
        ]);
        assert_eq!(page.status, Status::SeeOther, "{}", page.body);
        let there = page.location.clone();
        let id = there.rsplit('/').next().unwrap();
        for user in &users {
            provider.state().user.clone_from(&user.name);
            let fields = but(filled(Protocol::Imap, user), &[
                ("password", ""), ("authentication", "microsoft_app"), ("oauth_provider_id", id),
            ]);
            let page = press(&browser, &new(), "test", &fields);
            assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        }
        let page = browser.get(&there);
        page.says("A client secret is saved.");
        assert!(!page.body.contains(CLIENT_SECRET));
        let refused = browser.submit(&there, &format!("{there}/delete"), &[]);
        browser.get(&refused.location).says("Choose another for them first");
    }

    fn secrets_and_tokens_are_sealed_anew_with_the_key(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("sealed");
        let provider = TokenServer::start(&user.name);
        confirmed(&browser, &user, &provider);
        let id = only(&site).server.id;
        let sealed = || -> Vec<String> {
            use diesel::prelude::*;
            use schema::{oauth_tokens, sign_ins};
            site.app
                .store
                .read(|db| {
                    let token: Option<String> =
                        oauth_tokens::table.find(id).select(oauth_tokens::access_token).first(db)?;
                    let secret: Option<String> = sign_ins::table.find(id).select(sign_ins::client_secret).first(db)?;
                    Ok::<_, mailgate::store::StoreError>(vec![token.unwrap(), secret.unwrap()])
                })
                .unwrap()
        };
        assert!(sealed().iter().all(|text| text.starts_with("v1.")), "{:?}", sealed());
        let first = token(&site.app, id);
        keys::rotate(&site.app, &Caller::command_line()).unwrap();
        assert!(sealed().iter().all(|text| text.starts_with("v2.")), "{:?}", sealed());
        assert_eq!(token(&site.app, id), first);
        let copy = operation::duplicate(&site.app, &Caller::command_line(), id).unwrap();
        assert_ne!(token(&site.app, copy), first, "a copy has the secret, and asks for tokens of its own");
    }
}

/// A certificate with its key in PEM, which ends in so many days.
pub(super) fn certificate(days: u32) -> (String, PKey<Public>) {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "Mailgate").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(days).unwrap()).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    let pem = [builder.build().to_pem().unwrap(), key.private_key_to_pem_pkcs8().unwrap()].concat();
    let public = PKey::public_key_from_pem(&key.public_key_to_pem().unwrap()).unwrap();
    (String::from_utf8(pem).unwrap(), public)
}

fn decoded(part: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()
}

#[test]
fn a_token_is_sent_when_the_server_asks_for_it_where_it_takes_none_at_once() {
    let server = ImapServer::start(vec![mail(1)], |_, command| match command {
        "CAPABILITY" => ImapReply::Say("* CAPABILITY IMAP4rev1 UIDPLUS AUTH=XOAUTH2\r\n% OK done\r\n".into()),
        "AUTHENTICATE XOAUTH2" => ImapReply::Ask("+ "),
        _ => ImapReply::Right,
    });
    let provider = TokenServer::start("old");
    let place = Place::sqlite();
    let app = place.open();
    let mut settings =
        server.settings(IncomingServer { server_type: ServerType::Imap, ..IncomingServer::blank() }, "old");
    settings.object_model = Some("spp.grm.ticket".into());
    settings.authentication = Authentication::OAuth2;
    settings.application.client_id = CLIENT_ID.into();
    settings.application.token_url = provider.url("token");
    let secret = Secret::new(CLIENT_SECRET);
    let id = app.store.write(|db| {
        let id = servers::insert(db, &settings)?;
        servers::set_secret(db, &app.key, id, SealedColumn::ServerClientSecret, Some(&secret))?;
        Ok::<_, StoreError>(id)
    });
    let tested = operation::test(&app, &Caller::command_line(), id.unwrap()).unwrap();
    assert!(tested.passed(), "{:?}\n{:?}", tested.failure(), server.state().log);
    let log = server.state().log.clone();
    let asked = log.iter().position(|command| command == "AUTHENTICATE XOAUTH2").expect("nothing of the token at once");
    let answer = base64::engine::general_purpose::STANDARD.decode(&log[asked + 1]).unwrap();
    assert!(answer.starts_with(b"user=old\x01auth=Bearer "), "{:?}", String::from_utf8_lossy(&answer));
}
