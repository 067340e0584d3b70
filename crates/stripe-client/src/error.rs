//! Why there is no answer.

use std::time::Duration;

use serde::Deserialize;

/// Why Stripe gave no answer to a question.
///
/// [`ClientError::is_of_the_moment`] says whether asking again later can help; the others are for a person to put right.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The key is blank or cannot be sent.
    #[error("the Stripe API key is blank, or has characters that no key has")]
    Key,
    /// The account, as configured, cannot be sent.
    #[error("the Stripe account has characters that no account id has")]
    Account,
    /// There is no such object for this key: it is of another account or mode, or it never was.
    #[error("Stripe knows no {path} (for this key's account and mode)")]
    NotFound {
        /// What was asked for.
        path: String,
    },
    /// The key is not, or no longer, valid.
    #[error("Stripe does not accept the API key")]
    Unauthorized,
    /// The key may not do this.
    #[error("the API key may not ask for {path}")]
    Forbidden {
        /// What was asked for.
        path: String,
    },
    /// The key has no access to the account that is asked for.
    #[error("the API key has no access to the account that is asked for")]
    WrongAccount,
    /// Too many questions.
    #[error("Stripe has been asked too much")]
    RateLimited {
        /// For how long Stripe wants not to be asked, if it said.
        retry_after: Option<Duration>,
    },
    /// There was no answer, or one that says that Stripe is unwell, however often it was asked.
    #[error("{why} ({tries} {})", if *tries == 1 { "try" } else { "tries" })]
    Unavailable {
        /// How often it was asked.
        tries: u32,
        /// What came of the last try: a sentence about Stripe.
        why: String,
    },
    /// Stripe will not do what is asked.
    #[error("Stripe refused {path} with {status}{}", code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Refused {
        /// What was asked for.
        path: String,
        /// The HTTP status.
        status: u16,
        /// Stripe's error code.
        code: Option<String>,
    },
    /// The answer is not one that Stripe gives.
    #[error("the answer to {path} is not one of Stripe's: {why}")]
    Unreadable {
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl ClientError {
    /// Whether the same question may be answered later, with nothing put right meanwhile.
    pub fn is_of_the_moment(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. })
    }

    /// What an answer says that is no success.
    ///
    /// See <https://docs.stripe.com/api/errors>.
    pub(crate) fn from_answer(path: &str, status: u16, body: &[u8]) -> Self {
        let told: Told = serde_json::from_slice(body).unwrap_or_default();
        let code = told.error.code;
        let path = path.to_owned();
        match (status, code.as_deref()) {
            (404, _) | (_, Some("resource_missing")) => Self::NotFound { path },
            (401, _) => Self::Unauthorized,
            (_, Some("account_invalid")) => Self::WrongAccount,
            (403, _) => Self::Forbidden { path },
            _ => Self::Refused { path, status, code },
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    error: ToldError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ToldError {
    code: Option<String>,
}
