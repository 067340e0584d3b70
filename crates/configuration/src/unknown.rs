//! Variables that mean nothing.

use crate::environment::Environment;
use crate::{access, binding, doctor, link, log, mail, postgres, reconcile, stripe_api};

/// The variables, and whether each is also read from a file that `…_FILE` names.
const VARIABLES: [(&str, bool); 8] = [
    ("DUNLIN_LISTEN", false),
    ("DUNLIN_DATABASE_URL", true),
    ("DUNLIN_DATABASE_WAIT_SECS", false),
    ("DUNLIN_API_KEYS", true),
    ("DUNLIN_STRIPE_WEBHOOK_SECRETS", true),
    ("DUNLIN_STRIPE_SIGNATURE_TOLERANCE_SECS", false),
    ("DUNLIN_STRIPE_LIVEMODE", false),
    ("DUNLIN_STRIPE_ACCOUNT", false),
];

/// The variables that the command line reads.
const COMMAND_LINE_VARIABLES: [&str; 4] = ["DUNLIN_CONFIG", "DUNLIN_URL", "DUNLIN_WEBHOOK_SECRET", "DUNLIN_API_KEY"];

/// Returns warnings about unknown `DUNLIN_…` variables, which are likely mistyped.
pub(crate) fn unknown(environment: &Environment) -> Vec<String> {
    let ours = environment.keys().filter(|name| name.starts_with("DUNLIN_"));
    ours.filter(|name| !is_known(name))
        .map(|name| format!("the variable {name} means nothing to dunlin; is it mistyped?"))
        .collect()
}

fn is_known(name: &str) -> bool {
    let configures = VARIABLES
        .iter()
        .chain(&access::VARIABLES)
        .chain(&postgres::VARIABLES)
        .chain(&binding::VARIABLES)
        .chain(&mail::VARIABLES)
        .chain(&stripe_api::VARIABLES)
        .chain(&reconcile::VARIABLES)
        .chain(&link::VARIABLES)
        .chain(&log::VARIABLES)
        .chain(&doctor::VARIABLES)
        .any(|(known, has_file)| match name.strip_prefix(known) {
            Some("") => true,
            Some("_FILE") => *has_file,
            _ => false,
        });
    configures || COMMAND_LINE_VARIABLES.contains(&name)
}
