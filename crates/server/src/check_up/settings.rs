//! Dunlin's own settings: can they be read, is everything set that a server needs, and has each the right form?

use configuration::{ConfigError, Loaded, Mistake};
use doctor::{Finding, Severity};
use wording::in_one_line;

const ID: &str = "configuration";

/// Reports what keeps a server from starting, and what looks wrong, or that all is well.
pub(super) fn check(loaded: &Loaded) -> Vec<Finding> {
    let lacking = loaded
        .config
        .lacking()
        .map(|lacking| unusable(&ConfigError::Missing(lacking)));
    let mistakes = loaded.config.mistakes().into_iter().map(mistaken);
    let mut findings: Vec<Finding> = lacking.chain(mistakes).collect();
    findings.extend(loaded.warnings.iter().map(|warning| {
        let fix = "set the variable that was meant, or remove this one; docs/configuration.md lists all";
        Finding::of(Severity::Warning, ID, warning.as_str(), fix)
    }));
    if findings.is_empty() {
        findings.push(Finding::ok(
            ID,
            "all that a server needs is set, and each setting has the form it should have",
        ));
    }
    findings
}

/// Reports why there is no usable configuration.
pub(super) fn unusable(error: &ConfigError) -> Finding {
    let fix = "set it as docs/configuration.md says; no server starts before";
    Finding::of(Severity::Error, ID, in_one_line(error), fix)
}

fn mistaken(mistake: Mistake) -> Finding {
    let severity = if mistake.is_fatal {
        Severity::Error
    } else {
        Severity::Warning
    };
    Finding::of(severity, ID, mistake.says, mistake.fix)
}

#[cfg(test)]
mod tests {
    use configuration::{Config, Environment};

    use super::*;

    fn found(variables: &[(&str, &str)]) -> Vec<(Severity, String)> {
        let owned = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let environment: Environment = owned.collect();
        let found = check(&Config::load(None, &environment).unwrap());
        found.into_iter().map(|finding| (finding.severity, finding.says)).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let key = ("DUNLIN_API_KEYS", "0123456789abcdef");
        let secret = ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "whsec_1");
        assert_eq!(found(&[key, secret])[0].0, Severity::Ok);
        let none = found(&[]);
        assert!(
            none.len() == 2 && none.iter().all(|(severity, _)| *severity == Severity::Error),
            "{none:?}"
        );
        assert!(none[0].1.contains("DUNLIN_STRIPE_WEBHOOK_SECRETS"), "{none:?}");
        assert!(none[1].1.contains("DUNLIN_API_KEYS"), "{none:?}");
        let several = found(&[
            key,
            ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "sk_live_1"),
            ("DUNLIN_STRIPE_API_KEY", "pk_live_1"),
            ("DUNLIN_STRIPE_APIKEY", "rk_live_1"),
        ]);
        let severities: Vec<Severity> = several.iter().map(|(severity, _)| *severity).collect();
        assert_eq!(
            severities,
            [Severity::Error, Severity::Error, Severity::Warning],
            "{several:?}"
        );
    }
}
