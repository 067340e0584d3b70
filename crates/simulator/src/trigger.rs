//! Single events, like those of `stripe trigger`.

use serde_json::{Value, json};
use stripe_event::fixtures;

use crate::overrides::member;
use crate::template::{Names, shift_times};
use crate::{Override, OverrideError};

/// The API version of events unless another is asked for.
pub const DEFAULT_API_VERSION: &str = "2025-09-30.clover";

/// An event to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// The event's type.
    pub event: String,
    /// The customer it is about: `cus_demo` by default.
    pub customer: String,
    /// The subscription it is about: `sub_demo` by default.
    pub subscription: String,
    /// The API version of its shape: [`DEFAULT_API_VERSION`] by default.
    pub api_version: String,
    /// The changes, made in this order.
    pub overrides: Vec<Override>,
}

/// The reason why an event cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TriggerError {
    /// There is no event of this type.
    #[error("no event {event:?}; there are: {}", known.join(", "))]
    UnknownEvent {
        /// The type asked for.
        event: String,
        /// The types that exist.
        known: Vec<&'static str>,
    },
    /// The event has no template of this version.
    #[error("no sample of {event} in API version {version:?}; there are: {}", known.join(", "))]
    UnknownVersion {
        /// The version asked for.
        version: String,
        /// The event's type.
        event: String,
        /// The versions that exist.
        known: Vec<&'static str>,
    },
    /// The sample is broken.
    #[error("the sample of {event} is not JSON")]
    BrokenSample {
        /// The event's type.
        event: String,
        /// The fault in words, because the library's own error cannot be compared.
        problem: String,
    },
    /// An override cannot be applied.
    #[error(transparent)]
    Override(#[from] OverrideError),
}

/// The events, with the effect of each on a tenant.
const EVENTS: [(&str, &str); 22] = [
    (
        "checkout.session.completed",
        "nothing: the subscription's own events say it all",
    ),
    ("customer.created", "nothing"),
    ("customer.subscription.created", "its trial starts"),
    ("customer.subscription.deleted", "its subscription ends; churn"),
    ("customer.subscription.paused", "its trial ended without a payment method"),
    ("customer.subscription.resumed", "its subscription is active again"),
    ("customer.subscription.trial_will_end", "its trial ends soon"),
    ("customer.subscription.updated", "its trial became an active subscription"),
    ("customer.updated", "another card may pay from now on"),
    ("invoice.created", "nothing yet"),
    ("invoice.finalized", "nothing yet"),
    ("invoice.marked_uncollectible", "its invoice is given up"),
    ("invoice.paid", "its invoice is paid; past due becomes active"),
    ("invoice.payment_action_required", "its bank wants the payment confirmed"),
    ("invoice.payment_failed", "its renewal failed; active becomes past due"),
    ("invoice.payment_succeeded", "as invoice.paid"),
    ("invoice.upcoming", "it renews in some days"),
    ("invoice.updated", "nothing by itself"),
    ("invoice.voided", "its invoice is void"),
    ("payment_method.attached", "it has a new card"),
    ("payment_method.detached", "its card is gone"),
    ("payment_method.updated", "its card changed"),
];

/// Returns the events that can be made, with the effect of each on a tenant.
pub fn events() -> impl Iterator<Item = (&'static str, &'static str)> {
    EVENTS.into_iter()
}

const DAY_SECS: i64 = 86_400;

impl Trigger {
    /// Makes an event of this type about the demo customer.
    pub fn new(event: &str) -> Self {
        Self {
            event: event.to_owned(),
            customer: "cus_demo".to_owned(),
            subscription: "sub_demo".to_owned(),
            api_version: DEFAULT_API_VERSION.to_owned(),
            overrides: Vec::new(),
        }
    }

    /// Returns the event's body, as if it happened at `now`, in Unix seconds.
    ///
    /// # Errors
    /// [`TriggerError`] gives the reason why it cannot be made.
    pub fn event_body(&self, event_id: &str, now: i64) -> Result<Vec<u8>, TriggerError> {
        let mut event = self.template(&self.event)?;
        if self.event.starts_with("customer.subscription.") {
            self.tell_subscription(&mut event, now)?;
        } else {
            let happened = event["created"].as_i64().unwrap_or(now);
            shift_times(&mut event, now - happened);
        }
        let names = Names {
            event: event_id,
            customer: &self.customer,
            subscription: &self.subscription,
            is_new_card: self.event == "payment_method.attached",
        };
        names.put_into(&mut event);
        *member(&mut event, "id") = json!(event_id);
        *member(&mut event, "created") = json!(now);
        for change in &self.overrides {
            change.apply(&mut event)?;
        }
        Ok(format!("{event:#}").into_bytes())
    }

    fn template(&self, kind: &str) -> Result<Value, TriggerError> {
        if !EVENTS.iter().any(|(known, _)| *known == kind) {
            return Err(TriggerError::UnknownEvent {
                event: kind.to_owned(),
                known: EVENTS.iter().map(|(known, _)| *known).collect(),
            });
        }
        let samples = || fixtures::all().filter(|(_, stem, _)| *stem == kind);
        let exact = samples().find(|(version, ..)| *version == self.api_version);
        let sample = exact.or_else(|| samples().find(|(version, ..)| is_of_release(version, &self.api_version)));
        let (.., sample) = sample.ok_or_else(|| TriggerError::UnknownVersion {
            version: self.api_version.clone(),
            event: kind.to_owned(),
            known: samples().map(|(version, ..)| version).collect(),
        })?;
        let mut event: Value = serde_json::from_str(sample).map_err(|error| TriggerError::BrokenSample {
            event: kind.to_owned(),
            problem: error.to_string(),
        })?;
        *member(&mut event, "api_version") = json!(self.api_version);
        Ok(event)
    }

    /// Puts the same subscription into every event: it began a trial at yesterday's midnight and is in the state that
    /// the event leaves it in. Nothing else about it differs between events of one day, so that they join up.
    fn tell_subscription(&self, event: &mut Value, now: i64) -> Result<(), TriggerError> {
        let mut subscription = self.template("customer.subscription.created")?["data"]["object"].take();
        let yesterday = now - now.rem_euclid(DAY_SECS) - DAY_SECS;
        let began = subscription["created"].as_i64().unwrap_or(yesterday);
        shift_times(&mut subscription, yesterday - began);
        let mut tell = |field: &str, value: Value| *member(&mut subscription, field) = value;
        let mut data = json!({});
        match self.event.as_str() {
            "customer.subscription.updated" => {
                tell("status", json!("active"));
                *member(&mut data, "previous_attributes") = json!({"status": "trialing"});
            }
            "customer.subscription.resumed" => tell("status", json!("active")),
            "customer.subscription.paused" => {
                tell("status", json!("paused"));
                let reason = json!({"subscription": {"type": "trial_end_without_payment_method"}});
                if let Some(details) = subscription.get_mut("status_details") {
                    *details = json!({"paused": reason});
                }
            }
            "customer.subscription.deleted" => {
                tell("status", json!("canceled"));
                tell("canceled_at", json!(now));
                tell("ended_at", json!(now));
                let details = json!({"comment": null, "feedback": null, "reason": "cancellation_requested"});
                tell("cancellation_details", details);
            }
            _ => {}
        }
        *member(&mut data, "object") = subscription;
        *member(event, "data") = data;
        Ok(())
    }
}

/// Returns true if both versions are of one release, whose months have the same shapes
/// (<https://docs.stripe.com/sdks/versioning>).
fn is_of_release(version: &str, other: &str) -> bool {
    let release = |version: &str| version.split_once('.').map(|(_, name)| name.to_owned());
    release(version).is_some() && release(version) == release(other)
}

#[cfg(test)]
mod tests {
    use stripe_event::{Before, Event, Object};

    use super::*;

    const NOW: i64 = 1_800_050_000;

    fn body(trigger: &Trigger) -> Vec<u8> {
        trigger.event_body("evt_Abc", NOW).unwrap()
    }

    #[test]
    fn every_event_is_read_and_speaks_of_whom_it_was_asked_to() {
        for version in [
            "2024-09-30.acacia",
            DEFAULT_API_VERSION,
            "2026-09-30.endive",
            "2026-10-28.endive",
        ] {
            for (name, _) in events() {
                let trigger = Trigger {
                    customer: "cus_acme".to_owned(),
                    subscription: "sub_acme".to_owned(),
                    api_version: version.to_owned(),
                    ..Trigger::new(name)
                };
                let body = body(&trigger);
                let event = Event::parse(&body).unwrap();
                assert!(!matches!(event.object, Object::Unreadable(_)), "{name}: {:?}", event.object);
                assert_eq!(event.api_version.as_deref(), Some(version), "{name}");
                assert_eq!(
                    (event.kind.as_str(), event.created, event.id.as_ref()),
                    (name, NOW, "evt_Abc")
                );
                if name != "payment_method.detached" {
                    assert_eq!(event.customer(), Some("cus_acme"), "{name}");
                }
                let text = String::from_utf8_lossy(&body);
                for trace in [
                    "DunlinMara",
                    "sub_1Dunlin",
                    "in_1Dunlin",
                    "si_Dunlin",
                    "il_1Dunlin",
                    "pm_1Dunlin",
                ] {
                    assert!(!text.contains(trace), "{name} in {version} still speaks of {trace}");
                }
            }
        }
    }

    #[test]
    fn a_day_s_events_about_a_subscription_join_up() {
        let created = body(&Trigger::new("customer.subscription.created"));
        let later = Trigger::new("customer.subscription.updated")
            .event_body("evt_2", NOW + 600)
            .unwrap();
        let (created, updated) = (Event::parse(&created).unwrap(), Event::parse(&later).unwrap());
        let (Object::Subscription { now: first, .. }, Object::Subscription { now, before }) = (created.object, updated.object)
        else {
            panic!("not subscriptions");
        };
        assert_eq!(before, Before::Was(first.clone()));
        assert_eq!((first.status.as_str(), now.status.as_str()), ("trialing", "active"));
        assert!(first.trial_end > Some(NOW));
    }

    #[test]
    fn overrides_reach_the_object_its_past_and_the_event() {
        let overrides = [
            "status=unpaid",
            "items.data.0.quantity=5",
            "previous.status=past_due",
            "event.livemode=true",
            "subscription:metadata.team=red",
        ];
        let trigger = Trigger {
            overrides: overrides.iter().map(|text| text.parse().unwrap()).collect(),
            ..Trigger::new("customer.subscription.updated")
        };
        let event: Value = serde_json::from_slice(&body(&trigger)).unwrap();
        assert_eq!(event["data"]["object"]["status"], "unpaid");
        assert_eq!(event["data"]["object"]["items"]["data"][0]["quantity"], 5);
        assert_eq!(event["data"]["object"]["metadata"]["team"], "red");
        assert_eq!(event["data"]["previous_attributes"]["status"], "past_due");
        assert_eq!(event["livemode"], true);
    }

    #[test]
    fn an_override_that_leads_nowhere_says_where() {
        for (text, inside) in [("items.data.7.quantity=1", "an array"), ("status.more=1", "a plain value")] {
            let trigger = Trigger {
                overrides: vec![text.parse().unwrap()],
                ..Trigger::new("customer.subscription.updated")
            };
            let error = trigger.event_body("evt_1", NOW).unwrap_err().to_string();
            assert!(error.contains(inside), "{error}");
        }
        for malformed in ["status", "=1", "a..b=1"] {
            assert!(malformed.parse::<Override>().is_err(), "{malformed}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_told_with_what_can() {
        let error = Trigger::new("invoice.exploded")
            .event_body("evt_1", NOW)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("invoice.exploded") && error.contains("invoice.paid"),
            "{error}"
        );
        let version = Trigger {
            api_version: "1999-01-01".to_owned(),
            ..Trigger::new("invoice.paid")
        };
        let error = version.event_body("evt_1", NOW).unwrap_err().to_string();
        assert!(error.contains("1999-01-01") && error.contains("2026-09-30.endive"), "{error}");
    }
}
