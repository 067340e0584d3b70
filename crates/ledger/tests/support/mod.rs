//! Short ways to write what the tests tell a ledger.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses some of it, and a test may fail"
)]

use ledger::{
    Changes, CustomerKey, CustomerRecord, EventKey, EventRecord, Outcome, Scope, Source, TenantRecord, Terms, Told, UnixMicros,
};
use subscription::facts::{ClaimSource, Fact, TenantClaim};
use subscription::testing::{as_event, sub};
use subscription::{CustomerId, EventId, Status, TenantId};

pub(crate) const NOW: UnixMicros = UnixMicros::new(1_800_000_000_000_000);

pub(crate) fn scope() -> Scope {
    Scope::default()
}

pub(crate) fn key(customer: &str) -> CustomerKey {
    CustomerKey::new(customer, "", false)
}

pub(crate) fn id(tenant: &str) -> TenantId {
    TenantId::parse(tenant).unwrap()
}

/// A tenant that is bound to this customer.
pub(crate) fn bound(tenant: &str, customer: &str) -> TenantRecord {
    TenantRecord {
        stripe_customer_id: Some(CustomerId::new(customer)),
        livemode: Some(false),
        ..TenantRecord::new(id(tenant), NOW)
    }
}

/// A record of `cus_1`, whose tenant is `acme`.
pub(crate) fn record() -> CustomerRecord {
    let mut record = CustomerRecord::default();
    record.hold(bound("acme", "cus_1"));
    record
}

pub(crate) fn event(id: &str) -> EventRecord {
    EventRecord {
        key: EventKey {
            id: EventId::new(id),
            scope: scope(),
        },
        kind: "customer.subscription.updated".to_owned(),
        api_version: None,
        created: 10,
        customer: Some(CustomerId::new("cus_1")),
        object_id: Some("sub_1".to_owned()),
        outcome: Outcome::Applied,
        reason: None,
    }
}

/// A change of `sub_1` to this status; without an earlier status it is its creation.
pub(crate) fn change(event: &str, created: i64, from: Option<Status>, to: Status) -> Fact {
    let fact = match from {
        None => sub("sub_1").created(created, to),
        Some(_) if to == Status::Canceled => sub("sub_1").deleted(created),
        Some(from) => sub("sub_1").updated(created, from, to),
    };
    as_event(fact, event)
}

/// An answer of Stripe that `sub_1` had this status at that second.
pub(crate) fn read(at: i64, status: Status) -> Fact {
    sub("sub_1").read((at, at), status)
}

pub(crate) fn claim(tenant: &str, source: ClaimSource) -> TenantClaim {
    TenantClaim {
        tenant: id(tenant),
        source,
    }
}

/// Lets a record of `cus_1` learn facts from this source.
pub(crate) fn learn(record: &mut CustomerRecord, facts: &[Fact], source: Source) -> Changes {
    let event = event("evt_told");
    let event = (source != Source::Read).then_some(&event);
    record.learn(&key("cus_1"), Told { event, facts, source }, &Terms::default(), NOW);
    record.take_changes(NOW)
}

/// The kinds of the notices that are owed, and sent.
pub(crate) fn kinds(changes: &Changes) -> Vec<&'static str> {
    let sent = changes.owed.iter().filter(|notice| notice.superseded.is_none());
    sent.map(|notice| notice.content.kind()).collect()
}
