//! The billing portal, see <https://docs.stripe.com/api/customer_portal/sessions/create>.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::asked::Asked;
use super::refusal::Refusal;

/// A portal session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalSession {
    /// The customer.
    pub customer: String,
    /// The URL to return to.
    pub return_url: Option<String>,
    /// The URL of the session.
    pub url: String,
}

/// All sessions so far.
#[derive(Debug, Default)]
pub(super) struct Portal {
    sessions: Vec<PortalSession>,
    /// The answers to requests with an idempotency key. They are repeated for the same key.
    by_idempotency_key: BTreeMap<String, Value>,
}

/// Returns the customer that a session is asked for.
pub(super) fn customer_of(asked: &Asked, is_there: impl Fn(&str) -> bool) -> Result<&str, Refusal> {
    asked.only_has(&[
        "customer",
        "return_url",
        "configuration",
        "locale",
        "on_behalf_of",
        "expand[]",
    ])?;
    let customer = asked.param("customer").ok_or_else(|| Refusal::missing_param("customer"))?;
    if is_there(customer) {
        Ok(customer)
    } else {
        Err(Refusal::missing("customer", customer, "customer"))
    }
}

impl Portal {
    pub(super) fn sessions(&self) -> &[PortalSession] {
        &self.sessions
    }

    pub(super) fn open(&mut self, customer: &str, asked: &Asked, now: i64, livemode: bool) -> Value {
        let key = asked.idempotency_key.as_deref();
        if let Some(answered) = key.and_then(|key| self.by_idempotency_key.get(key)) {
            return answered.clone();
        }
        let nth = self.sessions.len() + 1;
        let mode = if livemode { "live" } else { "test" };
        let session = PortalSession {
            customer: customer.to_owned(),
            return_url: asked.param("return_url").map(str::to_owned),
            url: format!("https://billing.stripe.com/p/session/{mode}_Dunlin{nth:08}"),
        };
        let json = json!({
            "id": format!("bps_1Dunlin{nth:08}"),
            "object": "billing_portal.session",
            "configuration": asked.param("configuration").unwrap_or("bpc_1DunlinDefault00000001"),
            "created": now,
            "customer": session.customer,
            "customer_account": null,
            "flow": null,
            "livemode": livemode,
            "locale": asked.param("locale"),
            "on_behalf_of": asked.param("on_behalf_of"),
            "return_url": session.return_url,
            "url": session.url,
        });
        self.sessions.push(session);
        if let Some(key) = key {
            self.by_idempotency_key.insert(key.to_owned(), json.clone());
        }
        json
    }
}
