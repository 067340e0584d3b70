//! Errors of the API, see <https://docs.stripe.com/api/errors>.

use serde_json::{Value, json};

/// An error of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
}

impl Refusal {
    fn new(status: u16, kind: &'static str, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            code,
            message: message.into(),
            param: None,
        }
    }

    fn about(self, param: impl Into<String>) -> Self {
        Self {
            param: Some(param.into()),
            ..self
        }
    }

    /// Refuses an id that does not exist: 404 if it is in the URL, 400 if it is in a parameter.
    pub(super) fn missing(noun: &str, id: &str, param: &str) -> Self {
        let status = if param == "id" { 404 } else { 400 };
        let message = format!("No such {noun}: '{id}'");
        Self::new(status, "invalid_request_error", Some("resource_missing"), message).about(param)
    }

    /// Refuses an id that exists in the other mode than the key's.
    pub(super) fn of_other_mode(noun: &str, id: &str, is_live: bool) -> Self {
        let (has, used) = if is_live { ("live", "test") } else { ("test", "live") };
        let message = format!(
            "No such {noun}: '{id}'; a similar object exists in {has} mode, but a {used} mode key was used to make this request."
        );
        Self::new(404, "invalid_request_error", Some("resource_missing"), message).about("id")
    }

    pub(super) fn no_such_url(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}). Please see https://docs.stripe.com.");
        Self::new(404, "invalid_request_error", None, message)
    }

    pub(super) fn no_key() -> Self {
        let message = "You did not provide an API key. Provide it in the Authorization header, using Bearer auth.";
        Self::new(401, "invalid_request_error", None, message)
    }

    pub(super) fn wrong_key(key: &str) -> Self {
        let message = format!("Invalid API Key provided: {}", masked(key));
        Self::new(401, "invalid_request_error", None, message)
    }

    pub(super) fn wrong_account(key: &str, account: &str) -> Self {
        let message = format!(
            "The provided key '{}' does not have access to account '{account}' (or that account does not exist).",
            masked(key)
        );
        Self::new(403, "invalid_request_error", Some("account_invalid"), message)
    }

    pub(super) fn lacks_permission(key: &str, permission: &str) -> Self {
        let message = format!(
            "The provided key '{}' does not have the required permissions for this endpoint. Having the '{permission}' \
             permission would allow this request to continue.",
            masked(key)
        );
        Self::new(403, "invalid_request_error", None, message)
    }

    pub(super) fn unknown_param(name: &str) -> Self {
        let message = format!("Received unknown parameter: {name}");
        Self::new(400, "invalid_request_error", Some("parameter_unknown"), message).about(name)
    }

    pub(super) fn missing_param(name: &str) -> Self {
        let message = format!("Missing required param: {name}.");
        Self::new(400, "invalid_request_error", Some("parameter_missing"), message).about(name)
    }

    pub(super) fn invalid_param(name: &str, value: &str) -> Self {
        let message = format!("Invalid {name}: {value}");
        Self::new(400, "invalid_request_error", None, message).about(name)
    }

    pub(super) fn not_expandable(path: &str) -> Self {
        let message = format!("This property cannot be expanded ({path}).");
        Self::new(400, "invalid_request_error", None, message).about("expand")
    }

    pub(super) fn rate_limited() -> Self {
        let message = "Request rate limit exceeded. Learn more about rate limits at https://docs.stripe.com/rate-limits.";
        Self::new(429, "invalid_request_error", Some("rate_limit"), message)
    }

    pub(super) fn locked() -> Self {
        let message = "This object cannot be accessed right now because another request is accessing it.";
        Self::new(429, "invalid_request_error", Some("lock_timeout"), message)
    }

    pub(super) fn server_error() -> Self {
        Self::new(500, "api_error", None, "An unknown error occurred.")
    }

    pub(super) fn of_status(status: u16) -> Self {
        Self::new(status, "invalid_request_error", None, "")
    }

    /// Returns the body of the answer.
    pub(super) fn to_json(&self, request: &str) -> Value {
        let mut error = json!({
            "message": self.message,
            "request_log_url": format!("https://dashboard.stripe.com/test/logs/{request}"),
            "type": self.kind,
        });
        if let Some(code) = self.code {
            error["code"] = json!(code);
            error["doc_url"] = json!(format!("https://docs.stripe.com/error-codes/{}", code.replace('_', "-")));
        }
        if let Some(param) = &self.param {
            error["param"] = json!(param);
        }
        json!({"error": error})
    }
}

/// Masks a key as Stripe does: its kind and its last letters stay.
fn masked(key: &str) -> String {
    let kind: String = key.split_inclusive('_').take(2).collect();
    let kind = if kind.len() < key.len() { kind } else { String::new() };
    let last: Vec<char> = key.chars().rev().take(4).collect();
    let last: String = last.into_iter().rev().collect();
    format!("{kind}*********{last}")
}
