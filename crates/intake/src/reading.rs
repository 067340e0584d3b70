//! Reading: a verified body is read and translated, and handed to the committer. The receipt is the answer.

use std::borrow::Cow;
use std::time::Instant;

use persistence::{Delivery, EventKey, EventRecord, Outcome, Receipt, Scope, Source};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use stripe_event::{Event, EventError};
use stripe_facts::{DEFAULT_METADATA_KEY, EventFacts};
use stripe_signature::Verified;
use subscription::facts::{Fact, TenantClaim};
use subscription::{CustomerId, EventId};

use crate::body::compress;
use crate::thin;
use crate::{CommitError, Committer};

/// The events that have an effect here, and the key by which they name a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFilter {
    /// The only mode that has an effect. `None`: both, kept apart.
    pub livemode: Option<bool>,
    /// The only Connect account that has an effect. `None`: all, kept apart.
    pub account: Option<String>,
    /// The metadata key under which a subscription or customer names its tenant.
    pub metadata_key: String,
}

impl Default for AccountFilter {
    fn default() -> Self {
        Self {
            livemode: None,
            account: None,
            metadata_key: DEFAULT_METADATA_KEY.to_owned(),
        }
    }
}

/// A durably posted delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The event's id. For a body that could not be read, it is `raw_` and a digest of the body.
    pub event_id: String,
    /// The outcome.
    pub receipt: Receipt,
    /// True for a thin event, from which nothing can be learned.
    pub is_thin: bool,
}

/// Accepts a verified delivery. Once it returns, the delivery is durable and applied.
///
/// # Errors
/// [`CommitError`]. Nothing of the delivery is kept then, and it must be delivered again.
pub async fn accept(verified: Verified<'_>, filter: &AccountFilter, committer: &Committer) -> Result<Accepted, CommitError> {
    let began = Instant::now();
    let delivery = read(verified.payload(), filter);
    let (event_id, kind) = (delivery.event.key.id.to_string(), delivery.event.kind.clone());
    let reason = delivery.event.reason.clone();
    let receipt = committer.commit(delivery).await?;
    let outcome = if receipt.is_duplicate {
        "duplicate"
    } else {
        receipt.outcome.as_str()
    };
    let tenant = receipt.tenant.as_ref().map(subscription::TenantId::as_str);
    let duration_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    if receipt.outcome == Outcome::Quarantined {
        tracing::error!(event.id = event_id, event.type = kind, outcome, reason, duration_us, "an event could not be read and waits for a person");
    } else {
        tracing::info!(event.id = event_id, event.type = kind, tenant.id = tenant, outcome, duration_us, "event posted");
    }
    let is_thin = reason.as_deref() == Some(thin::REASON);
    Ok(Accepted {
        event_id,
        receipt,
        is_thin,
    })
}

/// Reads a verified body. It never fails: an unreadable body is quarantined, because Stripe would only repeat a refused
/// one for days.
#[must_use]
pub fn read(body: &[u8], filter: &AccountFilter) -> Delivery {
    Delivery {
        payload: compress(body),
        ..understood(Event::parse(body), body, filter)
    }
}

/// Returns the key of a listed event and its creation in Unix seconds, the same as [`read_listed`] does. Most listed
/// events are in the inbox already, and nothing else of them has to be read.
#[must_use]
pub fn name_listed(body: &[u8], filter: &AccountFilter) -> (EventKey, i64) {
    let Ok(name) = serde_json::from_slice::<ListedName<'_>>(body) else {
        let event = read_listed(body, filter).event;
        return (event.key, event.created);
    };
    let account = name.account.as_deref().or(filter.account.as_deref());
    let key = EventKey {
        id: EventId::new(name.id.as_ref()),
        scope: Scope {
            account: account.unwrap_or_default().to_owned(),
            livemode: name.livemode,
        },
    };
    (key, name.created)
}

#[derive(Deserialize)]
struct ListedName<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    livemode: bool,
    created: i64,
    #[serde(borrow, default)]
    account: Option<Cow<'a, str>>,
}

/// Reads an event as Stripe lists it. An event that is listed for a connected account does not name that account; a
/// delivered event does (<https://docs.stripe.com/connect/webhooks>).
#[must_use]
pub fn read_listed(body: &[u8], filter: &AccountFilter) -> Delivery {
    let event = Event::parse(body).map(|event| Event {
        account: event.account.or_else(|| filter.account.as_deref().map(Cow::Borrowed)),
        ..event
    });
    Delivery {
        source: Source::EventList,
        payload: compress(body),
        ..understood(event, body, filter)
    }
}

fn understood(event: Result<Event<'_>, EventError>, body: &[u8], filter: &AccountFilter) -> Delivery {
    let delivery = match event {
        Ok(event) => delivery(&event, filter),
        Err(error) => return unreadable(body, filter, error.to_string()),
    };
    if !is_keepable(&delivery.event) {
        return unreadable(body, filter, UNKEEPABLE.to_owned());
    }
    if delivery.facts.iter().all(is_fact_keepable) {
        return delivery;
    }
    let event = EventRecord {
        outcome: Outcome::Quarantined,
        reason: Some(UNKEEPABLE.to_owned()),
        ..delivery.event
    };
    Delivery {
        event,
        facts: Vec::new(),
        claim: None,
        charge: None,
        ..delivery
    }
}

/// The longest word, in bytes. No id of Stripe's is longer
/// (<https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible>).
const MAX_WORD_BYTES: usize = 255;
const UNKEEPABLE: &str = "an id, a type or a status is longer than 255 bytes, or has a NUL in it";

/// Returns true if every database can keep and find a word.
fn is_word(word: &str) -> bool {
    word.len() <= MAX_WORD_BYTES && !word.contains('\0')
}

fn is_keepable(event: &EventRecord) -> bool {
    let customer = event.customer.as_ref().map(CustomerId::as_str);
    let words = [event.key.id.as_str(), event.key.scope.account.as_str(), event.kind.as_str()];
    let more = [customer, event.api_version.as_deref(), event.object_id.as_deref()];
    words.into_iter().chain(more.into_iter().flatten()).all(is_word)
}

fn is_fact_keepable(fact: &Fact) -> bool {
    match fact {
        Fact::Subscription { id, fact } => is_word(id.as_str()) && fact.statuses().all(|status| is_word(status.as_str())),
        Fact::Invoice { id, fact } => is_word(id.as_str()) && fact.subscription.as_ref().is_none_or(|id| is_word(id.as_str())),
        Fact::Card { id, .. } => is_word(id.as_str()),
        Fact::Schedule { id, .. } => is_word(id.as_str()),
        Fact::Dispute { id, dispute } => is_word(id.as_str()) && is_word(dispute.charge.as_str()),
        Fact::Profile(version) => version.default_payment_method.as_ref().is_none_or(|id| is_word(id.as_str())),
    }
}

fn delivery(event: &Event<'_>, filter: &AccountFilter) -> Delivery {
    let (told, reason) = match stripe_facts::read(event) {
        Ok(told) => (told, None),
        Err(error) => (EventFacts::default(), Some(error.to_string())),
    };
    let claim = claimed(event, filter).filter(|_| told.customer.is_some());
    let outcome = if filter.is_foreign(event) {
        Outcome::Foreign
    } else if reason.is_some() {
        Outcome::Quarantined
    } else if told.facts.is_empty() && claim.is_none() && told.charge.is_none() {
        Outcome::Ignored
    } else {
        Outcome::Applied
    };
    let thin = thin::reason(event).filter(|_| outcome == Outcome::Ignored);
    Delivery {
        event: EventRecord {
            key: EventKey {
                id: EventId::new(event.id.as_ref()),
                scope: Scope {
                    account: event.account.as_deref().unwrap_or_default().to_owned(),
                    livemode: event.livemode,
                },
            },
            kind: event.kind.as_str().to_owned(),
            api_version: event.api_version.as_deref().map(str::to_owned),
            created: event.created,
            customer: event.customer().map(CustomerId::new),
            object_id: event.object_id().map(str::to_owned),
            outcome,
            reason: reason.or_else(|| thin.map(str::to_owned)),
        },
        facts: if outcome == Outcome::Applied { told.facts } else { Vec::new() },
        claim: claim.filter(|_| outcome == Outcome::Applied),
        charge: told.charge.filter(|_| outcome == Outcome::Applied),
        source: Source::Webhook,
        payload: Vec::new(),
    }
}

/// Returns the event's claim. A text that cannot name a tenant is not shown, because the payer may have written
/// anything there.
fn claimed(event: &Event<'_>, filter: &AccountFilter) -> Option<TenantClaim> {
    stripe_facts::claim(event, &filter.metadata_key).unwrap_or_else(|error| {
        tracing::info!(event.id = %event.id, event.type = event.kind.as_str(), %error, "what the event says its tenant is, is no tenant's id");
        None
    })
}

/// Makes the record of a body without a readable envelope. It has no id of its own, so its digest recognizes the same
/// body again.
fn unreadable(body: &[u8], filter: &AccountFilter, reason: String) -> Delivery {
    let digest = hex::encode(Sha256::digest(body));
    Delivery {
        event: EventRecord {
            key: EventKey {
                id: EventId::new(format!("raw_{digest}")),
                scope: Scope {
                    account: filter.account.clone().unwrap_or_default(),
                    livemode: filter.livemode.unwrap_or_default(),
                },
            },
            kind: String::new(),
            api_version: None,
            created: 0,
            customer: None,
            object_id: None,
            outcome: Outcome::Quarantined,
            reason: Some(reason),
        },
        facts: Vec::new(),
        claim: None,
        charge: None,
        source: Source::Webhook,
        payload: Vec::new(),
    }
}

impl AccountFilter {
    fn is_foreign(&self, event: &Event<'_>) -> bool {
        let other_mode = self.livemode.is_some_and(|livemode| livemode != event.livemode);
        let other_account = self.account.is_some() && self.account.as_deref() != event.account.as_deref();
        other_mode || other_account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_event_is_named_as_it_is_once_it_is_read() {
        let connected = AccountFilter {
            account: Some("acct_1".to_owned()),
            ..AccountFilter::default()
        };
        let plain =
            r#"{"id": "evt_1", "object": "event", "type": "x", "created": 5, "livemode": true, "data": {"object": {"id": "y"}}}"#;
        let of_account = plain.replace("\"created\"", "\"account\": \"acct_2\", \"created\"");
        let named_twice = plain.replace("\"created\"", "\"id\": \"evt_2\", \"created\"");
        for body in [plain, of_account.as_str(), named_twice.as_str(), "{", "[]"] {
            for filter in [&AccountFilter::default(), &connected] {
                let read = read_listed(body.as_bytes(), filter).event;
                assert_eq!(name_listed(body.as_bytes(), filter), (read.key, read.created), "{body}");
            }
        }
    }
}
