//! The API key: is it valid, is it of the right mode and account, and does it have the permissions it needs?

use reconcile::AskError;
use stripe_client::{ClientError, KeyMode, Permission};
use wording::in_one_line;

use crate::finding::{Finding, Severity};

pub(crate) const ID: &str = "api_key";
pub(crate) const MODE_ID: &str = "key_mode";
pub(crate) const SCOPES_ID: &str = "key_scopes";
pub(crate) const ACCOUNT_ID: &str = "account";

/// Returns the features that need this permission.
fn purpose(permission: Permission) -> &'static str {
    match permission {
        Permission::Customers => "`dunlin import`",
        Permission::Subscriptions => "reads and reconciliation",
        Permission::Invoices => "reads, reconciliation and pay links",
        Permission::PaymentIntents => "pay links that lead to the confirmation of a payment",
        Permission::Events => "reconciliation",
        Permission::WebhookEndpoints => "the doctor's look at the endpoint",
        Permission::PortalSessions => "pay links that lead to the billing portal",
    }
}

/// Returns true for a permission without which Stripe cannot be asked anything that matters.
fn is_essential(permission: Permission) -> bool {
    matches!(
        permission,
        Permission::Subscriptions | Permission::Invoices | Permission::Events
    )
}

/// Reports the permissions that the key lacks, or may lack.
pub(crate) fn scopes(tried: &[(Permission, Result<(), ClientError>)]) -> Vec<Finding> {
    let wrong = tried.iter().filter_map(|(permission, tried)| match tried {
        Ok(()) => None,
        Err(ClientError::Forbidden { .. }) => Some(lacking(*permission)),
        Err(error) => Some(unknown(*permission, error)),
    });
    let wrong: Vec<Finding> = wrong.collect();
    if wrong.is_empty() {
        vec![Finding::ok(SCOPES_ID, "the API key may do what is asked of it")]
    } else {
        wrong
    }
}

fn lacking(permission: Permission) -> Finding {
    let severity = if is_essential(permission) {
        Severity::Error
    } else {
        Severity::Warning
    };
    let (name, purpose) = (permission.as_str(), purpose(permission));
    Finding::of(
        severity,
        SCOPES_ID,
        format!("the API key lacks {name}, which {purpose} need"),
        format!("allow the restricted key {name} in Stripe's dashboard"),
    )
}

fn unknown(permission: Permission, error: &ClientError) -> Finding {
    let (name, purpose) = (permission.as_str(), purpose(permission));
    Finding::of(
        Severity::Warning,
        SCOPES_ID,
        format!("whether the API key has {name}, which {purpose} need, is not known: {error}"),
        "see https://status.stripe.com, and whether DUNLIN_STRIPE_API_URL is Stripe's own, then run `dunlin doctor` again",
    )
}

/// Returns true if Stripe said something about the permission.
pub(crate) fn is_answer(error: &ClientError) -> bool {
    matches!(error, ClientError::Forbidden { .. })
}

/// Returns true if no other question can be asked either.
pub(crate) fn is_final(error: &ClientError) -> bool {
    match error {
        ClientError::Key
        | ClientError::Account
        | ClientError::Unauthorized
        | ClientError::WrongAccount
        | ClientError::RateLimited { .. } => true,
        ClientError::NotFound { .. }
        | ClientError::Forbidden { .. }
        | ClientError::Unavailable { .. }
        | ClientError::Refused { .. }
        | ClientError::Unreadable { .. } => false,
    }
}

/// Reports that there is no key, so that Stripe is not asked.
pub(crate) fn none() -> Finding {
    Finding::of(
        Severity::Info,
        ID,
        "there is no API key: clock, endpoint, event types and account were not looked at, and losses are not found",
        "make a restricted key in Stripe's dashboard and set DUNLIN_STRIPE_API_KEY to it",
    )
}

/// Reports why Stripe cannot be asked at all.
pub(crate) fn refused(error: &ClientError) -> Finding {
    match error {
        ClientError::Unauthorized => Finding::of(
            Severity::Error,
            ID,
            "Stripe does not accept the API key: it was rolled, has expired, or is mistyped",
            "make a new restricted key and set DUNLIN_STRIPE_API_KEY to it",
        ),
        ClientError::WrongAccount => Finding::of(
            Severity::Error,
            ID,
            "the API key has no access to the account in DUNLIN_STRIPE_ACCOUNT",
            "set DUNLIN_STRIPE_ACCOUNT to an account that is connected to the key's, or leave it out",
        ),
        other if other.is_of_the_moment() => Finding::of(
            Severity::Warning,
            ID,
            format!("{other}; what only Stripe can tell was not looked at"),
            "see https://status.stripe.com, and whether this machine may reach DUNLIN_STRIPE_API_URL",
        ),
        other => Finding::of(
            Severity::Error,
            ID,
            other.to_string(),
            "check DUNLIN_STRIPE_API_KEY and DUNLIN_STRIPE_API_URL",
        ),
    }
}

pub(crate) fn mode(key: KeyMode, ours: Option<bool>) -> Finding {
    let word = |livemode| if livemode { "live" } else { "test" };
    let key = match key {
        KeyMode::Live => Some(true),
        KeyMode::Test => Some(false),
        KeyMode::Unknown => None,
    };
    match (key, ours) {
        (Some(key), Some(ours)) if key != ours => Finding::of(
            Severity::Error,
            MODE_ID,
            format!(
                "the API key is of {} mode, and events of {} mode are received",
                word(key),
                word(ours)
            ),
            "set DUNLIN_STRIPE_API_KEY and DUNLIN_STRIPE_LIVEMODE to the same mode",
        ),
        (Some(key), None) => Finding::of(
            Severity::Info,
            MODE_ID,
            format!("the API key is of {} mode, and events of both modes are received", word(key)),
            format!("set DUNLIN_STRIPE_LIVEMODE={key}, so that events of the other mode have no effect"),
        ),
        (Some(key), Some(_)) => Finding::ok(MODE_ID, format!("the API key is of {} mode, as the events are", word(key))),
        (None, Some(ours)) => Finding::ok(
            MODE_ID,
            format!("the API key does not say its mode; it is taken for {}", word(ours)),
        ),
        (None, None) => Finding::of(
            Severity::Error,
            MODE_ID,
            "neither the API key nor DUNLIN_STRIPE_LIVEMODE says which mode is asked about",
            "set DUNLIN_STRIPE_LIVEMODE to true or false",
        ),
    }
}

/// Reports whether Stripe knows any of a few subscriptions that are known here. `None` means that none is known here.
pub(crate) fn account(knows_ours: Option<bool>) -> Finding {
    match knows_ours {
        Some(true) => Finding::ok(ACCOUNT_ID, "the API key is of the account whose events are here"),
        None => Finding::ok(
            ACCOUNT_ID,
            "no subscription is known here yet, by which the account could be told",
        ),
        Some(false) => Finding::of(
            Severity::Error,
            ACCOUNT_ID,
            "Stripe knows none of the subscriptions that are known here: the API key is of another account",
            "set DUNLIN_STRIPE_API_KEY (or DUNLIN_STRIPE_ACCOUNT) to the account that the events come from",
        ),
    }
}

/// Reports that Stripe could not be asked about the account.
pub(crate) fn account_unknown(error: &AskError) -> Finding {
    Finding::of(
        Severity::Warning,
        ACCOUNT_ID,
        format!(
            "whether the API key is of the account whose events are here is not known: {}",
            in_one_line(error)
        ),
        "see https://status.stripe.com, then run `dunlin doctor` again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permission_that_is_lacking_is_found() {
        for lacking in Permission::ALL {
            let forbidden = || {
                Err(ClientError::Forbidden {
                    path: "/somewhere".to_owned(),
                })
            };
            let tried = Permission::ALL.map(|permission| (permission, if permission == lacking { forbidden() } else { Ok(()) }));
            let findings = scopes(&tried);
            let [finding] = findings.as_slice() else {
                panic!("{findings:?}");
            };
            assert!(
                finding.severity >= Severity::Warning && finding.says.contains(lacking.as_str()),
                "{finding:?}"
            );
        }
        assert_eq!(scopes(&[])[0].severity, Severity::Ok);
    }

    #[test]
    fn a_key_of_another_mode_is_an_error() {
        let severity = |key, ours| mode(key, ours).severity;
        assert_eq!(severity(KeyMode::Live, Some(true)), Severity::Ok);
        assert_eq!(severity(KeyMode::Live, Some(false)), Severity::Error);
        assert_eq!(severity(KeyMode::Test, Some(true)), Severity::Error);
        assert_eq!(severity(KeyMode::Test, None), Severity::Info);
        assert_eq!(severity(KeyMode::Unknown, None), Severity::Error);
    }

    #[test]
    fn a_key_that_is_refused_is_an_error_and_an_outage_a_warning() {
        assert_eq!(refused(&ClientError::Unauthorized).severity, Severity::Error);
        assert_eq!(refused(&ClientError::WrongAccount).severity, Severity::Error);
        assert_eq!(
            refused(&ClientError::RateLimited { retry_after: None }).severity,
            Severity::Warning
        );
        assert_eq!(account(Some(false)).severity, Severity::Error);
    }
}
