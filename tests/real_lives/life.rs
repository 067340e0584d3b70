//! One life: a server, Stripe's events for it in one API version, and the server's answers.

use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use mail_parser::MessageParser;
use serde_json::{Value, json};
use test_support::smtp::SmtpServer;

use super::objects::Shape;
use crate::mails::{mailing, notices, settled};
use crate::support::{App, new_event_id, now};

pub(super) const DAY: i64 = 24 * 60 * 60;
pub(super) const ADMIN: &str = "admin@dunlin.example";
pub(super) const SALES: &str = "sales@dunlin.example";
const PATIENCE: Duration = Duration::from_secs(30);
/// The versions before fields moved, after most of them had, and of today.
const VERSIONS: [&str; 3] = ["2020-08-27", "2025-03-31.basil", "2026-10-28.endive"];

/// Lives a life in every version, each on a server of its own that sends every mail at once.
pub(super) fn in_every_version(live: impl Fn(&Life) + Sync) {
    in_every_version_with(&[], live);
}

/// Lives a life with these variables beside the usual ones, which they override.
pub(super) fn in_every_version_with(variables: &[(&str, &str)], live: impl Fn(&Life) + Sync) {
    let live_in = |version| {
        let life = Life::begin(version, variables);
        live(&life);
        let (is_right, report) = life.app.audit();
        assert!(is_right, "{report}");
    };
    let live_in = &live_in;
    thread::scope(|scope| {
        for version in VERSIONS {
            // The name of the thread shows up in a failed test.
            let named = thread::Builder::new().name(version.to_owned());
            named.spawn_scoped(scope, move || live_in(version)).unwrap();
        }
    });
}

/// A server, and Stripe as its counterpart.
pub(super) struct Life {
    pub(super) app: App,
    smtp: SmtpServer,
    pub(super) shape: Shape,
    /// The Unix time of its beginning.
    pub(super) now: i64,
}

/// An event as Stripe tells it.
#[derive(Clone)]
pub(super) struct Told {
    kind: &'static str,
    object: Value,
    at: i64,
    previous: Option<Value>,
    id: Option<&'static str>,
}

/// Makes an event of this time that left this object behind.
pub(super) fn told(kind: &'static str, object: &Value, at: i64) -> Told {
    Told {
        kind,
        object: object.clone(),
        at,
        previous: None,
        id: None,
    }
}

/// Tells that a subscription was made.
pub(super) fn created(subscription: &Value, at: i64) -> Told {
    told("customer.subscription.created", subscription, at)
}

/// Tells that a subscription was changed, with its previous values.
pub(super) fn updated(subscription: &Value, at: i64, was: Value) -> Told {
    told("customer.subscription.updated", subscription, at).was(was)
}

/// Tells that a subscription ended.
pub(super) fn deleted(subscription: &Value, at: i64) -> Told {
    told("customer.subscription.deleted", subscription, at)
}

impl Told {
    /// Adds `previous_attributes`.
    pub(super) fn was(self, previous: Value) -> Self {
        Self {
            previous: Some(previous),
            ..self
        }
    }

    /// Sets the id of the event.
    pub(super) fn named(self, id: &'static str) -> Self {
        Self { id: Some(id), ..self }
    }
}

/// A mail as somebody reads it, each part a line.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) subject: String,
    pub(super) text: String,
}

impl Life {
    fn begin(version: &'static str, variables: &[(&str, &str)]) -> Self {
        let smtp = SmtpServer::start();
        let url = smtp.url();
        let mut all = mailing(&url).to_vec();
        all.extend([
            ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
            ("DUNLIN_MAIL_BILLING_URL", "https://acme.example/billing"),
            ("DUNLIN_MAIL_CANCELLATION_HOLD_SECS", "0"),
        ]);
        all.extend(variables);
        Self {
            app: App::spawn_with(&all),
            smtp,
            shape: Shape { version },
            now: now(),
        }
    }

    /// Makes a tenant that is bound to customer `cus_NAME`, with the address `NAME@example.com`.
    pub(super) fn tenant(&self, name: &str) {
        let contact = json!({"role": "billing", "email": format!("{name}@example.com"), "name": "Bo"});
        let customer = format!("cus_{name}");
        let club = format!("Club {name}");
        let tenant = json!({"name": club, "stripe_customer_id": customer, "timezone": "UTC", "contacts": [contact]});
        assert_eq!(self.app.put(&format!("/api/v1/tenants/{name}"), &tenant).status, 201);
    }

    /// Delivers events that matter, in this order.
    pub(super) fn hear(&self, all: impl IntoIterator<Item = Told>) {
        for one in all {
            let kind = one.kind;
            assert_eq!(self.outcome_of(one), "applied", "{kind}");
        }
    }

    /// Delivers an event, and returns its outcome, whatever it is.
    pub(super) fn outcome_of(&self, told: Told) -> Value {
        let mut data = json!({"object": told.object});
        if let Some(previous) = told.previous {
            data["previous_attributes"] = previous;
        }
        let event = json!({
            "id": told.id.map_or_else(new_event_id, str::to_owned),
            "object": "event",
            "api_version": self.shape.version,
            "created": told.at,
            "data": data,
            "livemode": false,
            "pending_webhooks": 1,
            "request": {"id": null, "idempotency_key": null},
            "type": told.kind,
        });
        let answer = self.app.deliver(event.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["outcome"].clone()
    }

    pub(super) fn access(&self, tenant: &str) -> Value {
        self.app.get(&format!("/api/v1/tenants/{tenant}/access")).body
    }

    /// Returns whether the tenant is served, the reason, the end, and the reason from then on.
    pub(super) fn decision(&self, tenant: &str) -> Value {
        let access = self.access(tenant);
        let code = &access["reason"]["code"];
        json!([
            access["allowed"],
            code,
            access["valid_until"],
            access["then"]["reason"]["code"]
        ])
    }

    /// Returns the values that a field had by the timeline, the first time first.
    pub(super) fn became(&self, tenant: &str, what: &str) -> Vec<Value> {
        let timeline = self.app.get(&format!("/api/v1/tenants/{tenant}/timeline?limit=200")).body;
        let entries = timeline["data"].as_array().unwrap().iter().rev();
        entries
            .filter(|entry| entry["what"] == what)
            .map(|entry| entry["to"].clone())
            .collect()
    }

    /// Returns the kinds of notices that were sent, sorted, once none is in progress.
    pub(super) fn sent(&self, tenant: &str) -> Vec<String> {
        let all = settled(&self.app, tenant).into_iter();
        let mut sent: Vec<String> = all.filter(|(_, state, _)| state == "sent").map(|(kind, ..)| kind).collect();
        sent.sort();
        sent
    }

    /// Returns the state and reason of the notices of one kind, once none is in progress.
    pub(super) fn fates(&self, tenant: &str, kind: &str) -> Vec<String> {
        let all = settled(&self.app, tenant).into_iter();
        let of_kind = all.filter(|(other, ..)| other == kind);
        of_kind
            .map(|(_, state, reason)| format!("{state} {reason}").trim().to_owned())
            .collect()
    }

    /// Waits for a notice that falls due by time.
    pub(super) fn wait_until_sent(&self, tenant: &str, kind: &str) {
        self.app.wait_for(PATIENCE, || {
            let all = notices(&self.app, tenant).into_iter();
            all.map(|(kind, state, _)| (kind, state))
                .any(|one| one == (kind.to_owned(), "sent".to_owned()))
                .then_some(())
        });
    }

    /// Returns the mails that somebody has got so far.
    pub(super) fn mails_to(&self, address: &str) -> Vec<Mail> {
        let all = self.smtp.received().into_iter();
        let to_them = all.filter(|mail| mail.to.iter().any(|to| to == address));
        to_them
            .map(|mail| {
                let message = MessageParser::default().parse(mail.message.as_bytes()).unwrap();
                Mail {
                    subject: on_one_line(message.subject().unwrap()),
                    text: on_one_line(&message.body_text(0).unwrap()),
                }
            })
            .collect()
    }

    /// Returns the one mail to somebody with this in its subject.
    pub(super) fn mail_to(&self, address: &str, subject: &str) -> Mail {
        let mut all = self.mails_to(address);
        let got = format!("{all:#?}");
        all.retain(|mail| mail.subject.contains(subject));
        assert_eq!(all.len(), 1, "mails to {address} about {subject:?}, of {got}");
        all.remove(0)
    }
}

impl Mail {
    /// Checks that it has these words, and none of the others.
    #[track_caller]
    pub(super) fn says(&self, words: &[&str], others: &[&str]) {
        let all = format!("{}\n{}", self.subject, self.text);
        for word in words {
            assert!(all.contains(word), "{word:?} is not in {all}");
        }
        for other in others {
            assert!(!all.contains(other), "{other:?} is in {all}");
        }
    }
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Formats a moment as the API does.
pub(super) fn iso(secs: i64) -> String {
    Timestamp::from_second(secs).unwrap().to_string()
}

/// Formats a day as a mail in English does.
pub(super) fn day(secs: i64) -> String {
    Timestamp::from_second(secs).unwrap().strftime("%A, %B %-d, %Y").to_string()
}
