//! What can go wrong between us and the database.

use std::path::{Path, PathBuf};

use sea_orm::{DbErr, RuntimeErr};

/// A failed store operation. Nothing of the unit of work it was part of is kept; the caller may try again later, except
/// where the variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database URL is not one of a database we run on. Not to be retried.
    #[error(
        "{url_scheme:?} is not a database this build can use; DUNLIN_DATABASE_URL is sqlite://FILE or postgres://USER@HOST/DATABASE"
    )]
    UnsupportedUrl {
        /// The part before `://`.
        url_scheme: String,
    },
    /// The database could not be opened.
    #[error("cannot open the database")]
    Connect(#[source] sqlx::Error),
    /// The database's file could not be opened.
    #[error("cannot open the database {file}")]
    Open {
        /// Which file.
        file: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// Nothing can be made beside the database's file.
    #[error(
        "the folder of the database {file} is read-only here, and SQLite keeps its log beside the file, also for who only reads: \
         run this as the user that the server runs as, or on a copy of the folder"
    )]
    ReadOnlyFolder {
        /// Which file.
        file: String,
    },
    /// The database server did not answer.
    #[error("the database server has not answered for {secs} seconds: is it running, and is the address right?")]
    Unreachable {
        /// How long we waited.
        secs: u64,
    },
    /// The database server answered, and would not have us.
    #[error("the database server refuses the connection: {reason}")]
    Refused {
        /// Its own words.
        reason: String,
        /// Its code for them.
        sqlstate: String,
    },
    /// The schema is of a newer version of Dunlin. Not to be retried.
    #[error(
        "the database has the schema of a newer version ({newest}): run that version, or take back what it added with \
         `dunlin migrate --down {steps}` of that version"
    )]
    NewerSchema {
        /// The newest step that this version does not know.
        newest: String,
        /// How many steps it does not know.
        steps: usize,
    },
    /// What the unit of work began with was changed by another meanwhile.
    #[error("another changed the same at the same time")]
    Overtaken,
    /// A connection does not keep a promise that durability rests on. Not to be retried.
    #[error("SQLite refuses the setting {pragma} = {wanted}: it answers {got}")]
    Pragma {
        /// Which setting.
        pragma: &'static str,
        /// What it must be.
        wanted: &'static str,
        /// What it is.
        got: String,
    },
    /// The database's file is no longer the one that was opened. Not to be retried before a restart.
    #[error("the database's file {file} was removed or replaced while it was open: put it back, and restart")]
    Replaced {
        /// Which file.
        file: String,
    },
    /// There is no room for the next batch of deliveries.
    #[error("the disk that {file} is on is full")]
    Full {
        /// Which file.
        file: String,
    },
    /// A write was committed, and another connection does not see it.
    #[error("the database does not keep what is committed")]
    NotKept,
    /// The database answers, and takes no writes.
    #[error("the database is read-only: is it a standby?")]
    ReadOnly,
    /// The session is not ours alone, and we were not told. Not to be retried.
    #[error(
        "a pooler lends the database's sessions by the transaction: set DUNLIN_POSTGRES_POOLER to transaction, or have it pool by the session"
    )]
    Pooled(#[source] DbErr),
    /// A statement failed.
    #[error("the database refused to {step}")]
    Database {
        /// What was being done.
        step: &'static str,
        /// The database's own words.
        #[source]
        source: DbErr,
    },
    /// A file could not be made, read or put in its place.
    #[error("cannot {step} {}", path.display())]
    File {
        /// What was being done.
        step: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not to be written over. Not to be retried.
    #[error("{} is there already", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Somebody has the database open that is to be replaced.
    #[error("{} is in use: stop the server first, and whatever else has it open", path.display())]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// A copy of a database was made while the database was in use, and not as a whole. Not to be retried.
    #[error("{} has the end of it: this is no finished copy of a database", log.display())]
    Unfinished {
        /// The file that has the rest.
        log: PathBuf,
    },
    /// The database's pages contradict each other. Not to be retried.
    #[error("the database is damaged: {found}")]
    Damaged {
        /// The first of what was found.
        found: String,
    },
    /// A stored value cannot be read back, or a value cannot be stored. Not to be retried.
    #[error("a stored {what} is not readable")]
    Json {
        /// Of which table.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// SQLSTATE: what the database takes back for the sake of another unit of work.
const DEADLOCK_DETECTED: &str = "40P01";
const SERIALIZATION_FAILURE: &str = "40001";
const UNIQUE_VIOLATION: &str = "23505";
/// SQLSTATE: what never happens to one whose session is their own.
const DUPLICATE_PREPARED_STATEMENT: &str = "42P05";
const INVALID_SQL_STATEMENT_NAME: &str = "26000";

/// Result codes of SQLite: another process has it to itself, or is mending it (<https://sqlite.org/rescode.html>).
const SQLITE_BUSY: [&str; 2] = ["5", "261"];

impl StoreError {
    /// Whether the same unit of work may succeed at once: it failed only for what another did at the same moment.
    pub(crate) fn is_of_the_moment(&self) -> bool {
        let of_the_moment = [DEADLOCK_DETECTED, SERIALIZATION_FAILURE, UNIQUE_VIOLATION];
        matches!(self, Self::Overtaken) || self.sqlstate().is_some_and(|code| of_the_moment.contains(&code.as_str()))
    }

    /// Whether it is the database that fails, whatever it is asked: the same will befall the next one.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Connect(_)
            | Self::Open { .. }
            | Self::ReadOnlyFolder { .. }
            | Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::Replaced { .. }
            | Self::Full { .. }
            | Self::NotKept
            | Self::ReadOnly
            | Self::Pooled(_) => true,
            Self::Database { source, .. } => match sqlx_error(source) {
                Some(sqlx::Error::Database(error)) => is_outage_code(&error.code().unwrap_or_default()),
                Some(_) => true,
                None => matches!(source, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)),
            },
            Self::UnsupportedUrl { .. }
            | Self::NewerSchema { .. }
            | Self::Overtaken
            | Self::Pragma { .. }
            | Self::File { .. }
            | Self::Exists { .. }
            | Self::InUse { .. }
            | Self::Unfinished { .. }
            | Self::Damaged { .. }
            | Self::Json { .. } => false,
        }
    }

    /// Whether it may pass while nobody does anything about us: a database that is starting, is failing over, or has no connection left
    /// for us. Not what is wrong about the URL, the password, the name or the schema.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused { sqlstate, .. } => is_outage_code(sqlstate),
            Self::Connect(sqlx::Error::Database(error)) => SQLITE_BUSY.contains(&error.code().unwrap_or_default().as_ref()),
            Self::Connect(error) => matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut),
            Self::Pooled(_) | Self::Replaced { .. } => false,
            other => other.is_outage(),
        }
    }

    fn sqlstate(&self) -> Option<String> {
        let Self::Database { source, .. } = self else {
            return None;
        };
        sqlstate(source)
    }
}

/// SQLSTATE has five characters, the result codes of SQLite at most four.
fn is_outage_code(code: &str) -> bool {
    /// Class 08: connection; 53: resources; 57: shut down or starting; 55: not in time. 25006: read-only.
    const POSTGRES: [&str; 5] = ["08", "53", "55", "57", "25006"];
    /// Busy, locked, read-only, I/O error, corrupt, full, cannot open, not a database: <https://sqlite.org/rescode.html>. The
    /// lowest byte of an extended code is its primary one.
    const SQLITE: [u32; 8] = [5, 6, 8, 10, 11, 13, 14, 26];
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => SQLITE.contains(&(number & 0xff)),
        _ => POSTGRES.iter().any(|class| code.starts_with(class)),
    }
}

fn sqlstate(error: &DbErr) -> Option<String> {
    let code = sqlx_error(error)?.as_database_error()?.code()?;
    Some(code.into_owned())
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// Names the step that a database error belongs to.
pub(crate) fn at(step: &'static str) -> impl FnOnce(DbErr) -> StoreError {
    move |source| match sqlstate(&source).as_deref() {
        Some(DUPLICATE_PREPARED_STATEMENT | INVALID_SQL_STATEMENT_NAME) => StoreError::Pooled(source),
        _ => StoreError::Database { step, source },
    }
}

/// Names what was being done with a file.
pub(crate) fn at_file(step: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File { step, path, source }
}

/// Reads a JSON column.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Json { what, source })
}

/// Writes a JSON column.
pub(crate) fn to_json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Json { what, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_starting_is_waited_for_and_a_wrong_password_is_not() {
        for (sqlstate, is_passing) in [
            ("57P03", true),  // the database system is starting up
            ("53300", true),  // sorry, too many clients already
            ("08006", true),  // a pooler that has no server
            ("28P01", false), // password authentication failed
            ("28000", false), // no pg_hba.conf entry
            ("3D000", false), // database does not exist
        ] {
            let (reason, sqlstate) = ("its words".to_owned(), sqlstate.to_owned());
            let refused = StoreError::Refused { reason, sqlstate };
            assert_eq!(refused.is_passing(), is_passing, "{refused:?}");
        }
    }
}
