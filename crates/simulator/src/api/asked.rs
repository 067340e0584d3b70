//! A request as it was received.

use super::refusal::Refusal;

/// A request to the API, without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET` or `POST`.
    pub method: String,
    /// The path, such as `/v1/events`.
    pub path: String,
    /// The parameters of the URL and of the form, in their order. A numbered list member (`types[0]`) becomes
    /// `types[]`.
    pub params: Vec<(String, String)>,
    /// `Stripe-Account`: the connected account that the request is for.
    pub account: Option<String>,
    /// `Stripe-Version`.
    pub api_version: Option<String>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
}

impl Asked {
    /// Returns the first parameter of this name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        let named = self.params.iter().find(|(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.params.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Refuses unknown parameters as Stripe does, so that a misspelt filter does not pass for an absent one.
    pub(super) fn only_has(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.params.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(Refusal::unknown_param(name)),
            None => Ok(()),
        }
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let parse = |text: &str| text.parse().map_err(|_not_a_number| Refusal::invalid_param(name, text));
        self.param(name).map(parse).transpose()
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.param(name)
            .map(|text| match text {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(Refusal::invalid_param(name, text)),
            })
            .transpose()
    }
}

/// Parses the parameters of a query or of a form.
pub(super) fn params(encoded: &[u8]) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(encoded);
    pairs
        .map(|(name, value)| (without_number(&name), value.into_owned()))
        .collect()
}

fn without_number(name: &str) -> String {
    match name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
        Some((list, number)) if number.bytes().all(|digit| digit.is_ascii_digit()) => format!("{list}[]"),
        _ => name.to_owned(),
    }
}
