//! Everything that is sealed with the secret key, for who seals it anew. A column that comes to hold something sealed
//! becomes a [`Place`].

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{connections, kept_forms, servers};

/// A column with sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    ServerPassword,
    ConnectionPassword,
    KeptForm,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub place: Place,
    /// Of its row.
    pub id: i32,
    pub text: String,
}

impl Place {
    pub const ALL: [Place; 3] = [Place::ServerPassword, Place::ConnectionPassword, Place::KeptForm];

    /// What a value is sealed for: it opens nothing in another row.
    pub fn owner(self, id: i32) -> String {
        match self {
            Place::ServerPassword => format!("servers.password:{id}"),
            Place::ConnectionPassword => format!("connections.password:{id}"),
            // Sealed before its row has a number.
            Place::KeptForm => "kept_forms.fields".into(),
        }
    }
}

impl Sealed {
    pub fn owner(&self) -> String {
        self.place.owner(self.id)
    }
}

/// The values of rows behind `after`, `limit` at most.
pub fn page(db: &mut Db, place: Place, after: i32, limit: i64) -> Result<Vec<Sealed>, StoreError> {
    macro_rules! rows {
        ($table:ident, $column:expr) => {
            $table::table
                .filter($table::id.gt(after))
                .filter($column.is_not_null())
                .order($table::id)
                .limit(limit)
                .select(($table::id, $column))
                .load(db)?
        };
    }
    let rows: Vec<(i32, Option<String>)> = match place {
        Place::ServerPassword => rows!(servers, servers::password),
        Place::ConnectionPassword => rows!(connections, connections::password),
        Place::KeptForm => rows!(kept_forms, kept_forms::fields.nullable()),
    };
    Ok(rows.into_iter().filter_map(|(id, text)| Some(Sealed { place, id, text: text? })).collect())
}

/// Whether anything is sealed.
pub fn any(db: &mut Db) -> Result<bool, StoreError> {
    for place in Place::ALL {
        if !page(db, place, 0, 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes a value anew where it still is what it was. False: somebody else wrote it meanwhile.
pub fn replace(db: &mut Db, sealed: &Sealed, text: &str) -> Result<bool, StoreError> {
    macro_rules! write {
        ($table:ident, $column:expr) => {
            diesel::update($table::table.find(sealed.id).filter($column.eq(&sealed.text)))
                .set($column.eq(text))
                .execute(db)?
        };
    }
    let written = match sealed.place {
        Place::ServerPassword => write!(servers, servers::password),
        Place::ConnectionPassword => write!(connections, connections::password),
        Place::KeptForm => write!(kept_forms, kept_forms::fields),
    };
    Ok(written == 1)
}

/// Forgets a value that no key opens; a kept form goes with its row.
pub fn forget(db: &mut Db, sealed: &Sealed) -> Result<(), StoreError> {
    match sealed.place {
        Place::ServerPassword => {
            diesel::update(servers::table.find(sealed.id)).set(servers::password.eq(None::<String>)).execute(db)?
        }
        Place::ConnectionPassword => diesel::update(connections::table.find(sealed.id))
            .set(connections::password.eq(None::<String>))
            .execute(db)?,
        Place::KeptForm => diesel::delete(kept_forms::table.find(sealed.id)).execute(db)?,
    };
    Ok(())
}
