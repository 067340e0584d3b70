//! The facts of the samples of every version.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use std::collections::BTreeMap;

use stripe_event::{Event, fixtures};
use stripe_facts::{EventFacts, claim, read};
use subscription::facts::{ClaimSource, Fact};

fn facts(body: &str) -> EventFacts {
    read(&Event::parse(body.as_bytes()).unwrap()).unwrap()
}

fn is_told(kind: &str) -> bool {
    let told = ["customer.", "invoice.", "payment_method.", "subscription_schedule."];
    let disputes = ["charge.dispute.created", "charge.dispute.closed"];
    told.iter().any(|begin| kind.starts_with(begin)) || disputes.contains(&kind)
}

#[test]
fn every_event_that_matters_tells_one_fact_and_no_other_tells_any() {
    for (version, stem, body) in fixtures::all() {
        let event = Event::parse(body.as_bytes()).unwrap();
        let told = read(&event).unwrap().facts.len();
        assert_eq!(told == 1, is_told(event.kind.as_str()), "{version} {stem}: {told} facts");
    }
}

#[test]
fn an_event_tells_the_same_in_every_shape() {
    let mut first: BTreeMap<(String, i64), Vec<Fact>> = BTreeMap::new();
    let mut compared = 0;
    for (version, stem, body) in fixtures::all() {
        let event = Event::parse(body.as_bytes()).unwrap();
        // A sample with expanded objects has the same id as the one without.
        let which = (format!("{stem} {}", event.id), event.created);
        let facts = facts(body).facts;
        match first.get(&which) {
            Some(told) => {
                assert_eq!(facts, *told, "{stem} in {version}");
                compared += 1;
            }
            None => drop(first.insert(which, facts)),
        }
    }
    assert!(compared > 50, "{compared}");
}

#[test]
fn a_charge_shows_whose_payment_it_is_and_a_dispute_does_not() {
    let of = |kind| facts(fixtures::event("2026-09-30.endive", kind).unwrap());
    let charge = of("charge.succeeded");
    assert!(charge.customer.is_some() && charge.charge.is_some() && charge.facts.is_empty());
    let dispute = of("charge.dispute.created");
    let Some(Fact::Dispute { dispute: told, .. }) = dispute.facts.first() else {
        panic!("{dispute:?}");
    };
    assert_eq!(dispute.customer, None);
    assert_eq!(Some(&told.charge), charge.charge.as_ref());
}

#[test]
fn a_checkout_claims_its_customer_by_reference_and_metadata_by_key() {
    let claimed = |kind: &str, key: &str| {
        let body = fixtures::event("2026-09-30.endive", kind).unwrap();
        claim(&Event::parse(body.as_bytes()).unwrap(), key).unwrap()
    };
    let by_checkout = claimed("checkout.session.completed", "tenant_id").unwrap();
    assert_eq!(by_checkout.source, ClaimSource::ClientReferenceId);
    let by_metadata = claimed("customer.subscription.created", "workspace").unwrap();
    assert_eq!(
        (by_metadata.source, by_metadata.tenant.as_str()),
        (ClaimSource::SubscriptionMetadata, "rowing-club")
    );
    assert_eq!(claimed("customer.subscription.created", "no_such_key"), None);
    assert_eq!(claimed("invoice.paid", "workspace"), None);
}
