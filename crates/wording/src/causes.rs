//! The text of an error and of its causes.

use std::error::Error;

/// Returns the texts of an error and of its causes, the outermost first. It leaves out a cause whose text the error
/// above it repeats.
pub fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = Vec::new();
    for text in chain.map(ToString::to_string) {
        if !texts.last().is_some_and(|last| last.ends_with(&text)) {
            texts.push(text);
        }
    }
    texts
}

/// Joins them in one line.
pub fn in_one_line(error: &(dyn Error + 'static)) -> String {
    causes(error).join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{says}")]
    struct Told {
        says: &'static str,
        #[source]
        because: Option<Box<Told>>,
    }

    fn told(says: &'static str, because: Option<Told>) -> Told {
        let because = because.map(Box::new);
        Told { says, because }
    }

    #[test]
    fn what_an_error_repeats_of_its_cause_is_told_once() {
        let full = told("disk full", None);
        let refused = told("execution failed: disk full", Some(full));
        let error = told("cannot commit", Some(refused));
        assert_eq!(in_one_line(&error), "cannot commit: execution failed: disk full");
        assert_eq!(causes(&error).len(), 2);
    }
}
