//! Errors between Dunlin and the database.

use std::path::{Path, PathBuf};

use sea_orm::{DbErr, RuntimeErr};

/// A failed store operation. Nothing of its unit of work is kept. The caller may retry later, unless the variant says
/// otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no database that Dunlin runs on. Not to be retried.
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
        /// The database's file.
        file: String,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// The folder of the database's file is read-only.
    #[error(
        "the folder of the database {file} is read-only here, and SQLite keeps its log beside the file, also for who only reads: \
         run this as the user that the server runs as, or on a copy of the folder"
    )]
    ReadOnlyFolder {
        /// The database's file.
        file: String,
    },
    /// The database server did not answer.
    #[error("the database server has not answered for {secs} seconds: is it running, and is the address right?")]
    Unreachable {
        /// The length of the wait, in seconds.
        secs: u64,
    },
    /// The database server answered, and refused the connection.
    #[error("the database server refuses the connection: {reason}")]
    Refused {
        /// The server's own words.
        reason: String,
        /// The server's code for them.
        sqlstate: String,
    },
    /// The schema is of a newer version of Dunlin. Not to be retried.
    #[error(
        "the database has the schema of a newer version ({newest}): run that version, or take back what it added with \
         `dunlin migrate --down {steps}` of that version"
    )]
    NewerSchema {
        /// The newest migration that this version does not know.
        newest: String,
        /// The number of migrations that this version does not know.
        steps: usize,
    },
    /// Another unit of work changed what this one started from.
    #[error("another changed the same at the same time")]
    Conflict,
    /// A connection does not keep a promise that durability rests on. Not to be retried.
    #[error("SQLite refuses the setting {pragma} = {wanted}: it answers {got}")]
    Pragma {
        /// The setting.
        pragma: &'static str,
        /// The required value.
        wanted: &'static str,
        /// The actual value.
        got: String,
    },
    /// The database's file is no longer the one that was opened. Not to be retried before a restart.
    #[error("the database's file {file} was removed or replaced while it was open: put it back, and restart")]
    Replaced {
        /// The database's file.
        file: String,
    },
    /// The disk has no room for the next batch of deliveries.
    #[error("the disk that {file} is on is full")]
    Full {
        /// The database's file.
        file: String,
    },
    /// A write was committed, but another connection does not see it.
    #[error("the database does not keep what is committed")]
    NotKept,
    /// The database answers, but takes no writes.
    #[error("the database is read-only: is it a standby?")]
    ReadOnly,
    /// A pooler shares the session with others, and the settings do not say so. Not to be retried.
    #[error(
        "a pooler lends the database's sessions by the transaction: set DUNLIN_POSTGRES_POOLER to transaction, or have it pool by the session"
    )]
    Pooled(#[source] DbErr),
    /// A statement failed.
    #[error("the database refused to {step}")]
    Database {
        /// The step that failed.
        step: &'static str,
        /// The database's own words.
        #[source]
        source: DbErr,
    },
    /// A file could not be made, read or put in its place.
    #[error("cannot {step} {}", path.display())]
    File {
        /// The operation that failed.
        step: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A file exists and must not be overwritten. Not to be retried.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A database that is to be replaced is open elsewhere.
    #[error("{} is in use: stop the server first, and whatever else has it open", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A copy of a database was made while the database was in use, and is incomplete. Not to be retried.
    #[error("{} has the end of it: this is no finished copy of a database", log.display())]
    Unfinished {
        /// The file with the rest.
        log: PathBuf,
    },
    /// The database's pages contradict each other. Not to be retried.
    #[error("the database is damaged: {found}")]
    Damaged {
        /// The first contradiction found.
        found: String,
    },
    /// A stored value cannot be read back, or a value cannot be stored. Not to be retried.
    #[error("a stored {what} is not readable")]
    Json {
        /// The kind of value.
        what: &'static str,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
}

/// SQLSTATE codes of work that the database rolled back in favour of another unit of work.
const DEADLOCK_DETECTED: &str = "40P01";
const SERIALIZATION_FAILURE: &str = "40001";
const UNIQUE_VIOLATION: &str = "23505";
/// SQLSTATE codes that never occur in a session of one's own.
const DUPLICATE_PREPARED_STATEMENT: &str = "42P05";
const INVALID_SQL_STATEMENT_NAME: &str = "26000";

/// SQLite's result codes for a database that another process locks or recovers (<https://sqlite.org/rescode.html>).
const SQLITE_BUSY: [&str; 2] = ["5", "261"];

impl StoreError {
    /// Returns true if the same unit of work may succeed at once, because it failed only for a concurrent change.
    pub(crate) fn is_of_the_moment(&self) -> bool {
        let of_the_moment = [DEADLOCK_DETECTED, SERIALIZATION_FAILURE, UNIQUE_VIOLATION];
        matches!(self, Self::Conflict) || self.sqlstate().is_some_and(|code| of_the_moment.contains(&code.as_str()))
    }

    /// Returns true if the database itself fails, whatever the statement: the next one will fail too.
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
            | Self::Conflict
            | Self::Pragma { .. }
            | Self::File { .. }
            | Self::Exists { .. }
            | Self::InUse { .. }
            | Self::Unfinished { .. }
            | Self::Damaged { .. }
            | Self::Json { .. } => false,
        }
    }

    /// Returns true if the failure may pass without anyone changing Dunlin's settings: the database is starting, is
    /// failing over, or has no connection left. A wrong URL, password, name or schema does not pass.
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

/// Decides by the code: an SQLSTATE has five characters, a result code of SQLite at most four.
fn is_outage_code(code: &str) -> bool {
    /// The classes 08 (connection), 53 (resources), 55 (not in time) and 57 (shut down or starting), and 25006
    /// (read-only).
    const POSTGRES: [&str; 5] = ["08", "53", "55", "57", "25006"];
    /// Busy, locked, read-only, I/O error, corrupt, full, cannot open, and not a database:
    /// <https://sqlite.org/rescode.html>. The lowest byte of an extended code is its primary one.
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

/// Names the operation on a file that failed.
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
