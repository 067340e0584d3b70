//! The notices in the outbox, and the mails in the mail server's log.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use test_support::smtp::SmtpServer;

use crate::support::{App, event_with};

pub(crate) const FROM: &str = "Acme <billing@acme.example>";

/// A notice as stored in the outbox.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) tenant: String,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) message_id: String,
}

impl Notice {
    fn of(shown: &Value) -> Self {
        let text = |field: &str| shown[field].as_str().unwrap_or_default().to_owned();
        let digest = hex::encode(Sha256::digest(text("dedupe_key")));
        Self {
            tenant: text("tenant_id"),
            kind: text("kind"),
            state: text("state"),
            reason: text("reason"),
            message_id: format!("<{}@acme.example>", &digest[..32]),
        }
    }

    /// Returns true if a worker still has to work on it.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "pending" | "claimed" | "transmitting")
    }
}

/// Returns all notices.
pub(crate) fn all(app: &App) -> Vec<Notice> {
    let (mut notices, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/api/v1/notices?limit=200{cursor}")).body;
        notices.extend(page["data"].as_array().unwrap().iter().map(Notice::of));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return notices,
        }
    }
}

/// Returns the number of times that the mail server took each message, by its id.
pub(crate) fn deliveries(smtp: &SmtpServer) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for mail in smtp.received() {
        *counted.entry(mail.message_id()).or_default() += 1;
    }
    counted
}

/// Makes a tenant whose renewal failed.
pub(crate) fn fail(app: &App, name: &str) {
    let tenant = json!({
        "name": name,
        "stripe_customer_id": format!("cus_{name}"),
        "contacts": [{"role": "billing", "email": format!("{name}@example.com")}],
    });
    assert_eq!(app.put(&format!("/api/v1/tenants/{name}"), &tenant).status, 201);
    happen(app, name, "customer.subscription.updated");
    happen(app, name, "invoice.payment_failed");
}

/// Makes something happen to a tenant.
pub(crate) fn happen(app: &App, name: &str, event: &str) {
    let invoice = format!("id=in_{name}");
    let overrides: &[&str] = if event.starts_with("invoice.") { &[&invoice] } else { &[] };
    let body = event_with(event, &format!("cus_{name}"), &format!("sub_{name}"), overrides);
    assert_eq!(app.deliver(&body).body["outcome"], "applied");
}
