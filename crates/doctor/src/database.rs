//! The database: does it exist, does it answer, and does it have the schema of this version?

use persistence::{Store, StoreError, database_file};
use secrecy::ExposeSecret;
use wording::in_one_line;

use crate::finding::{Finding, Severity};
use crate::options::Options;

pub(crate) const ID: &str = "database";
pub(crate) const SCHEMA_ID: &str = "schema";

/// Opens an existing database, and makes nothing. Returns the store only if its schema can be read.
pub(crate) async fn open(options: &Options) -> (Option<Store>, Vec<Finding>) {
    let url = options.database_url.expose_secret();
    if let Some(file) = database_file(url).filter(|file| !file.exists()) {
        let says = format!("there is no database at {} yet", file.display());
        let fix = "run `dunlin serve` or `dunlin migrate`, which make it, or set DUNLIN_DATABASE_URL to where it is";
        return (None, vec![Finding::of(Severity::Warning, ID, says, fix)]);
    }
    let store = match Store::connect_existing(url, options.postgres).await {
        Ok(store) => store,
        Err(error) => return (None, vec![unreachable(&error)]),
    };
    let (is_usable, found) = schema(store.pending_migrations().await);
    let found = vec![Finding::ok(ID, "the database answers"), found];
    (Some(store).filter(|_| is_usable), found)
}

pub(crate) fn unreachable(error: &StoreError) -> Finding {
    let fix = "start the database, or set DUNLIN_DATABASE_URL to where it is; until then every delivery is answered 503";
    Finding::of(Severity::Error, ID, in_one_line(error), fix)
}

/// Returns true if the schema can be read, and the finding about it.
fn schema(pending: Result<Vec<String>, StoreError>) -> (bool, Finding) {
    match pending {
        Ok(pending) if pending.is_empty() => (true, Finding::ok(SCHEMA_ID, "the schema is up to date")),
        Ok(pending) => {
            let says = format!("the schema lacks {}", pending.join(", "));
            let fix = "run `dunlin migrate`, or start this version's `dunlin serve`";
            (false, Finding::of(Severity::Error, SCHEMA_ID, says, fix))
        }
        Err(StoreError::NewerSchema { newest, .. }) => {
            let says = format!("the schema is of a newer version ({newest}): this one works on it, and does not start on it");
            (true, Finding::of(Severity::Warning, SCHEMA_ID, says, "run the newer version"))
        }
        Err(error) => (false, unreachable(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_lacks_a_step_is_an_error_and_a_newer_one_a_warning() {
        let told = |pending| {
            let (is_usable, found) = schema(pending);
            (is_usable, found.severity)
        };
        assert_eq!(told(Ok(Vec::new())), (true, Severity::Ok));
        assert_eq!(told(Ok(vec!["m1".to_owned()])), (false, Severity::Error));
        let newer = StoreError::NewerSchema {
            newest: "m2".to_owned(),
            steps: 1,
        };
        assert_eq!(told(Err(newer)), (true, Severity::Warning));
        assert_eq!(told(Err(StoreError::ReadOnly)), (false, Severity::Error));
    }
}
