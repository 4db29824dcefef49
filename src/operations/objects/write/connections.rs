//! `mailgate.connection`: what it has beside its table of fields.

use super::settings::Written;
use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::operations::objects::methods::Call;
use crate::operations::{OperationError, connections};
use crate::store::Db;

impl Written for Connection {
    fn delete(db: &mut Db, call: &Call<'_>, id: ConnectionId) -> Result<(), OperationError> {
        connections::delete_in(db, call.caller, id)
    }
}
