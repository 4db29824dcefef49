//! How the values of `domain` are stored in columns: ids as integers, coded enums as their code, lists as text. So rows and
//! queries can name the types themselves.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::StoreError;
use super::kept::Changed;
use crate::domain::conversation::{self, People};
use crate::domain::fetching::{self, ImportUndo, RunningPass};
use crate::domain::handover::Handover;
use crate::domain::ledger;
use crate::domain::message::GatewayCall;
use crate::domain::route::{TraceStep, trace_from_text};
use crate::domain::words::{self, Sentence};
use crate::domain::{alias, connection, id, oauth, person, protocol, rights, server, thread};

/// Lets Diesel read and write types of `domain`, which name no library. `foreign_derive` is Diesel's way to derive for a
/// type that is declared elsewhere: the structure represents it, and no value of it is ever made.
macro_rules! stored {
    ($(ids $id:ty;)* $(codes $code:ty;)* $(texts $text:ty;)* $(sentences $sentence:ty;)*) => {
        $(const _: () = {
            #[derive(AsExpression, FromSqlRow)]
            #[diesel(foreign_derive, sql_type = Integer)]
            #[allow(dead_code)]
            struct Proxy($id);

            impl<DB: Backend> ToSql<Integer, DB> for $id
            where
                i32: ToSql<Integer, DB>,
            {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                    self.0.to_sql(out)
                }
            }

            impl<DB: Backend> FromSql<Integer, DB> for $id
            where
                i32: FromSql<Integer, DB>,
            {
                fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                    i32::from_sql(bytes).map(Self)
                }
            }
        };)*
        $(const _: () = {
            #[derive(AsExpression, FromSqlRow)]
            #[diesel(foreign_derive, sql_type = Text)]
            #[allow(dead_code)]
            struct Proxy($code);

            impl<DB: Backend> ToSql<Text, DB> for $code
            where
                str: ToSql<Text, DB>,
            {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                    self.code().to_sql(out)
                }
            }

            impl<DB: Backend> FromSql<Text, DB> for $code
            where
                String: FromSql<Text, DB>,
            {
                fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                    let code = String::from_sql(bytes)?;
                    Self::from_code(&code).ok_or_else(|| format!("there is no {code:?} of this kind").into())
                }
            }
        };)*
        $(const _: () = {
            #[derive(AsExpression, FromSqlRow)]
            #[diesel(foreign_derive, sql_type = Text)]
            #[allow(dead_code)]
            struct Proxy($text);

            impl<DB: Backend> ToSql<Text, DB> for $text
            where
                str: ToSql<Text, DB>,
            {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                    self.as_str().to_sql(out)
                }
            }
        };)*
        $(const _: () = {
            #[derive(AsExpression, FromSqlRow)]
            #[diesel(foreign_derive, sql_type = Text)]
            #[allow(dead_code)]
            struct Proxy($sentence);

            impl<DB: Backend> ToSql<Text, DB> for $sentence
            where
                str: ToSql<Text, DB>,
            {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                    self.stored().to_sql(out)
                }
            }

            impl<DB: Backend> FromSql<Text, DB> for $sentence
            where
                String: FromSql<Text, DB>,
            {
                fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                    String::from_sql(bytes).map(Self::from_stored)
                }
            }
        };)*
    };
}

stored! {
    ids id::AliasId;
    ids id::ApiKeyId;
    ids id::AttachmentId;
    ids id::CategoryId;
    ids id::ConnectionId;
    ids id::FlowId;
    ids id::ImportId;
    ids id::KeptFormId;
    ids id::ListDeedId;
    ids id::SavedFilterId;
    ids id::PartnerMergeId;
    ids id::MailboxId;
    ids id::MessageId;
    ids id::PartnerId;
    ids id::PostId;
    ids id::ProviderId;
    ids id::RecordId;
    ids id::ServerId;
    ids id::SourceId;
    ids id::StageId;
    ids id::TagId;
    ids id::TeamId;
    ids id::UserId;
    codes alias::AliasContact;
    codes rights::AuditAction;
    codes connection::ConnectionState;
    codes connection::ProtocolChoice;
    codes connection::RemoteProtocol;
    codes connection::Together;
    codes fetching::ImportState;
    codes ledger::AckState;
    codes ledger::Reason;
    codes ledger::MailState;
    codes oauth::Authentication;
    codes person::Role;
    codes conversation::PostKind;
    codes server::AfterFetch;
    codes protocol::Security;
    codes server::SenderPolicy;
    codes server::SharedAddress;
    codes server::ServerState;
    codes protocol::ServerType;
    codes server::StartWith;
    codes super::search::index::PendingKind;
    texts thread::MessageIdKey;
    texts conversation::People;
    texts person::Login;
    sentences words::Sentence;
}

/// A value that a text column holds as JSON; the empty text means the default. This is only for reading: for writing it is
/// turned into text first, since Diesel binds values that outlive the query.
#[derive(Debug, FromSqlRow)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, DB: Backend> FromSql<Text, DB> for Json<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(&String::from_sql(bytes)?)?))
    }
}

impl<T: DeserializeOwned + Default, DB: Backend> FromSql<Nullable<Text>, DB> for Json<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        <Self as FromSql<Text, DB>>::from_sql(bytes)
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        bytes.map_or_else(|| Ok(Self(T::default())), <Self as FromSql<Text, DB>>::from_sql)
    }
}

/// A field with `deserialize_as = Json<…>` has the value itself.
macro_rules! out_of_json {
    ($($value:ty),+ $(,)?) => {$(
        impl From<Json<$value>> for $value {
            fn from(json: Json<$value>) -> Self {
                json.0
            }
        }
    )+};
}

out_of_json!(ImportUndo, RunningPass, GatewayCall, Handover, Map<String, Value>, Vec<String>, Vec<Changed>);

/// The trace of a route, as [`trace_from_text`] reads it; none where there is no route yet.
#[derive(Debug, FromSqlRow)]
pub struct RouteTrace(pub Vec<TraceStep>);

impl<DB: Backend> FromSql<Nullable<Text>, DB> for RouteTrace
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(trace_from_text(&String::from_sql(bytes)?)?))
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        bytes.map_or_else(|| Ok(Self(Vec::new())), <Self as FromSql<Nullable<Text>, DB>>::from_sql)
    }
}

impl From<RouteTrace> for Vec<TraceStep> {
    fn from(trace: RouteTrace) -> Self {
        trace.0
    }
}

/// The text of a column of JSON.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(format!("no JSON can hold a value: {error}")))
}

/// A sentence a line; none where the column is empty.
#[derive(Debug, FromSqlRow)]
pub struct SentenceLines(Vec<Sentence>);

impl<DB: Backend> FromSql<Nullable<Text>, DB> for SentenceLines
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(words::from_stored_lines(&String::from_sql(bytes)?)))
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        bytes.map_or_else(|| Ok(Self(Vec::new())), Self::from_sql)
    }
}

impl From<SentenceLines> for Vec<Sentence> {
    fn from(lines: SentenceLines) -> Self {
        lines.0
    }
}

/// Nobody where the column is empty.
impl<DB: Backend> FromSql<Nullable<Text>, DB> for People
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(bytes).map(People::stored)
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        bytes.map_or_else(|| Ok(People::default()), Self::from_sql)
    }
}

/// A SHA-256, which elsewhere is 64 digits, as it is stored: in 43 characters.
pub fn kept_sha256(digits: &str) -> String {
    hex::decode(digits).map_or_else(|_| digits.to_owned(), |bytes| URL_SAFE_NO_PAD.encode(bytes))
}

/// The digits of a SHA-256, which rows of older versions have as they are.
#[derive(Debug, FromSqlRow)]
pub struct Sha256Digits(Option<String>);

impl<DB: Backend> FromSql<Nullable<Text>, DB> for Sha256Digits
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let kept = String::from_sql(bytes)?;
        let digits = URL_SAFE_NO_PAD.decode(&kept).ok().filter(|bytes| bytes.len() == 32).map(hex::encode);
        Ok(Self(Some(digits.unwrap_or(kept))))
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        bytes.map_or(Ok(Self(None)), Self::from_sql)
    }
}

impl From<Sha256Digits> for Option<String> {
    fn from(digits: Sha256Digits) -> Self {
        digits.0
    }
}

/// IMAP's numbers are unsigned 32-bit integers, for which the databases have no type.
#[derive(Debug, FromSqlRow)]
pub struct Uid(Option<u32>);

impl<DB: Backend> FromSql<Nullable<BigInt>, DB> for Uid
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Some(i64::from_sql(bytes)?.try_into()?)))
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        bytes.map_or(Ok(Self(None)), Self::from_sql)
    }
}

impl From<Uid> for Option<u32> {
    fn from(uid: Uid) -> Self {
        uid.0
    }
}
