//! The reasons why there is no answer.

use std::time::Duration;

use serde::Deserialize;

/// The reason why Stripe gave no answer to a request.
///
/// [`ClientError::is_of_the_moment`] says whether a later request can help. The other errors need a person.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The key is blank or cannot be sent.
    #[error("the Stripe API key is blank, or has characters that no key has")]
    Key,
    /// The configured account cannot be sent.
    #[error("the Stripe account has characters that no account id has")]
    Account,
    /// This key knows no such object: it belongs to another account or mode, or it never existed.
    #[error("Stripe knows no {path} (for this key's account and mode)")]
    NotFound {
        /// The requested object or path.
        path: String,
    },
    /// The key is not valid, or no longer.
    #[error("Stripe does not accept the API key")]
    Unauthorized,
    /// The key lacks the permission.
    #[error("the API key may not ask for {path}")]
    Forbidden {
        /// The requested object or path.
        path: String,
    },
    /// The key has no access to the requested account.
    #[error("the API key has no access to the account that is asked for")]
    WrongAccount,
    /// There were too many requests.
    #[error("Stripe has been asked too much")]
    RateLimited {
        /// The time for which Stripe asked for no requests, if it said.
        retry_after: Option<Duration>,
    },
    /// Every try ended without an answer, or with one that reports a problem at Stripe.
    #[error("{why} ({tries} {})", if *tries == 1 { "try" } else { "tries" })]
    Unavailable {
        /// The number of tries.
        tries: u32,
        /// The result of the last try: a sentence about Stripe.
        why: String,
    },
    /// Stripe refuses the request.
    #[error("Stripe refused {path} with {status}{}", code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Refused {
        /// The requested object or path.
        path: String,
        /// The HTTP status.
        status: u16,
        /// Stripe's error code.
        code: Option<String>,
    },
    /// The answer is not one that Stripe gives.
    #[error("the answer to {path} is not one of Stripe's: {why}")]
    Unreadable {
        /// The requested object or path.
        path: String,
        /// The problem with the answer.
        why: &'static str,
    },
}

impl ClientError {
    /// Returns `true` if the same request may succeed later without a fix.
    pub fn is_of_the_moment(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. })
    }

    /// Returns the error for an answer that is not a success.
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
