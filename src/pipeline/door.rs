//! The doors of mail that is handed over one at a time: an MTA's pipe, and the mail gateway, whose client learns at once
//! what became of it.

use std::io::Read;
use std::sync::Arc;

use super::keep::{self, ExpectedMail, Incoming, KeptMail, MailBytes, MailContent, keep_in, too_large};
use super::read::{self, UnreadMail};
use super::repair::Wish;
use super::settle::{SettledMessage, settle, settle_in};
use super::{KeepError, Pipeline, route};
use crate::domain::id::MessageId;
use crate::domain::ledger::{Fate, Reason, Why};
use crate::domain::message::{GatewayCall, Mail, Message, SourceKey};
use crate::domain::now;
use crate::domain::route::Decision;
use crate::domain::server::IncomingServer;
use crate::domain::words::Sentence;
use crate::mailbox::RawMessage;
use crate::store::blob::BlobError;
use crate::store::{Db, QueryError, StoreError, mailboxes, servers};
use crate::{ledger, say};

/// A mail from the pipe, committed.
pub struct Piped {
    pub id: MessageId,
    server: Arc<IncomingServer>,
    /// None where nothing is left to do: it came before, or is too large.
    waiting: Option<UnreadMail>,
}

/// Keeps one mail that a pipe hands over to this server, and returns after the commit. If the same mail comes again, the
/// first one is found. Mail above the server's limit is kept, and held.
pub fn keep_piped(pipeline: &Pipeline, server: &IncomingServer, from: &mut dyn Read) -> Result<Piped, KeepError> {
    let body = keep::spool(pipeline, from)?;
    let mut incoming = incoming(body, |sha256| SourceKey::Local { sha256 }, None)?;
    let server = Arc::new(server.clone());
    Ok(match pipeline.store.write(|db| keep(db, &server, &mut incoming))? {
        Ok(unread) => Piped { id: unread.0.id, server, waiting: Some(unread) },
        Err(settled) => Piped { id: settled.message, server, waiting: None },
    })
}

impl Piped {
    /// Routes and delivers it; if that fails, Mailgate tries again later by itself.
    pub fn settle(self, pipeline: &Pipeline) -> Result<Vec<SettledMessage>, StoreError> {
        settle(pipeline, &self.server, self.waiting.into_iter().collect())
    }
}

/// What became of a mail from the gateway.
#[derive(Debug)]
pub struct Processed {
    pub fate: Fate,
    /// The mail as it was read, where it is refused.
    pub message: Option<Message>,
}

/// Takes in one mail that a client of the mail gateway hands over: it is kept, routed and delivered in one commit, which is
/// durable when this returns. It is refused if it is no reply, is addressed to no alias, and the call names no installed
/// record type.
pub fn process(pipeline: &Pipeline, mail: Vec<u8>, call: GatewayCall) -> Result<Processed, KeepError> {
    let mut incoming = incoming(RawMessage::Memory(mail), |sha256| SourceKey::Api { sha256 }, Some(call.clone()))?;
    let (read, sha256) = match &mut incoming.content {
        MailContent::Here(bytes) => (bytes.read(now(), "a mail of the gateway")?, bytes.sha256.clone()),
        MailContent::NotHere { fate, .. } => return Ok(Processed { fate: fate.clone(), message: None }),
    };
    let read = match read {
        Ok(mut message) => {
            let fingerprint = read::recognise(pipeline, &mut [(&mut message, &sha256)])?.pop();
            Ok((message, fingerprint.expect("each mail that was given has a fingerprint")))
        }
        Err(why) => Err(why),
    };
    let error = match at_once(pipeline, &mut incoming, call, read) {
        Ok(fate) => return Ok(Processed { fate, message: None }),
        Err(Interrupted::Refused(message)) => {
            let fate = Fate::Refused(Why::new(Reason::NoRecordType, Sentence::default()));
            return Ok(Processed { fate, message: Some(*message) });
        }
        Err(Interrupted::Failed(error)) => error,
    };
    tracing::warn!(%error, "a mail of the gateway was not routed at once; it is kept by itself");
    let (server, kept) = pipeline.store.write(|db| {
        let server = Arc::new(servers::api(db)?);
        let kept = keep(db, &server, &mut incoming)?;
        Ok::<_, BlobError>((server, kept))
    })?;
    let settled = match kept {
        // What is kept can wait for the scheduler.
        Ok(unread) => settle(pipeline, &server, vec![unread])
            .inspect_err(|error| tracing::warn!(%error, "a mail of the gateway is kept, and settled later"))
            .unwrap_or_default()
            .pop(),
        Err(settled) => Some(settled),
    };
    let later = || Fate::Retrying { why: Why::new(Reason::Temporary, Sentence::default()), next: now() };
    Ok(Processed { fate: settled.map_or_else(later, |settled| settled.fate), message: None })
}

/// Why nothing was committed.
enum Interrupted {
    Refused(Box<Message>),
    Failed(BlobError),
}

impl From<BlobError> for Interrupted {
    fn from(error: BlobError) -> Self {
        Interrupted::Failed(error)
    }
}

impl From<StoreError> for Interrupted {
    fn from(error: StoreError) -> Self {
        Interrupted::Failed(error.into())
    }
}

impl From<QueryError> for Interrupted {
    fn from(error: QueryError) -> Self {
        Interrupted::Failed(error.into())
    }
}

/// Takes all steps in one transaction.
fn at_once(
    pipeline: &Pipeline,
    incoming: &mut Incoming,
    call: GatewayCall,
    read: Result<(Message, String), Why>,
) -> Result<Fate, Interrupted> {
    pipeline.store.write(|db| {
        let server = Arc::new(servers::api(db)?);
        let entry = match keep(db, &server, incoming)? {
            Ok((entry, _)) => entry,
            Err(settled) => return Ok(settled.fate),
        };
        let (message, fingerprint) = match read {
            Ok(read) => read,
            Err(why) => {
                let fate = Fate::Held(why);
                ledger::end(db, entry.id, 0, &fate)?;
                return Ok(fate);
            }
        };
        let mail = Mail { entry, server: Some(server), call: Some(call), message, fingerprint };
        let wish = Wish::default();
        let Some(routed) = route::route(db, pipeline, std::slice::from_ref(&mail), &wish)?.pop() else {
            return Err(StoreError::Query(QueryError::NotFound).into());
        };
        if let Decision::End(fate) = &routed.route.decision
            && fate.reason() == Some(Reason::NoRecordType)
            && !routed.is_addressed
        {
            return Err(Interrupted::Refused(Box::new(mail.message)));
        }
        let settled = settle_in(db, pipeline, &[(&mail, &routed)], &wish, false)?.pop();
        settled.map(|settled| settled.fate).ok_or(Interrupted::Failed(StoreError::Query(QueryError::NotFound).into()))
    })
}

/// A mail that comes from no mail server, so nobody is to be told about it.
fn incoming(body: RawMessage, key: fn(String) -> SourceKey, call: Option<GatewayCall>) -> std::io::Result<Incoming> {
    let bytes = MailBytes::new(body, now())?;
    Ok(Incoming {
        key: key(bytes.sha256.clone()),
        size: bytes.size,
        received: None,
        expected: ExpectedMail::New { generation: 0 },
        content: MailContent::Here(Box::new(bytes)),
        call,
        import: None,
    })
}

/// Keeps it within the caller's transaction. Otherwise returns how it ends there: it came before, or is larger than its
/// server allows.
fn keep(
    db: &mut Db,
    server: &IncomingServer,
    incoming: &mut Incoming,
) -> Result<Result<UnreadMail, SettledMessage>, BlobError> {
    let mailbox = mailboxes::of(db, server, server.first_folder())?;
    let size = incoming.size;
    let (entry, message) = match keep_in(db, server, &mailbox, std::slice::from_mut(incoming))?.pop() {
        Some(KeptMail::Here(entry, message)) => (*entry, message),
        Some(KeptMail::NotHere(message, fate)) => return Ok(Err(SettledMessage { message, fate })),
        Some(KeptMail::Before(message)) => {
            let fate = Fate::ignored(Reason::Duplicate, say!("detail-same-bytes", message = message.0));
            return Ok(Err(SettledMessage { message, fate }));
        }
        None => return Err(StoreError::Corrupt(format!("{} was not kept", incoming.key)).into()),
    };
    if size > server.size_limit() {
        let fate = Fate::Held(too_large(size, server));
        ledger::end(db, entry.id, 0, &fate)?;
        return Ok(Err(SettledMessage { message: entry.id, fate }));
    }
    Ok(Ok((entry, message)))
}
