//! An error with its causes, in one sentence.

use std::error::Error;

/// Joins an error and its causes. It leaves out a cause that the text before it repeats.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let causes = std::iter::successors(error.source(), |&error| error.source());
    for cause in causes.map(ToString::to_string) {
        if !said.ends_with(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{says}")]
    struct Said {
        says: &'static str,
        source: Option<Box<Said>>,
    }

    #[test]
    fn a_cause_that_is_repeated_is_told_once() {
        let said = |says, source: Option<Said>| Said {
            says,
            source: source.map(Box::new),
        };
        let error = said(
            "cannot open",
            Some(said("database: malformed", Some(said("malformed", None)))),
        );
        assert_eq!(with_causes(&error), "cannot open: database: malformed");
    }
}
