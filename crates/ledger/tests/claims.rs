//! Claims of Stripe's objects about a customer's tenant.

mod support;

use std::collections::BTreeSet;

use ledger::{Bindable, BoundNow, Cause, Changes, ClaimedTenant, CustomerRecord, TenantRecord, Terms};
use subscription::facts::ClaimSource::{ClientReferenceId, CustomerMetadata, SubscriptionMetadata};
use subscription::facts::{ClaimSource, Fact};
use subscription::state::CustomerState;
use subscription::{Customer, Status};
use support::{NOW, bound, change, claim, event, id, key, kinds};

fn trusting(source: ClaimSource) -> Terms {
    Terms {
        trusted_claims: BTreeSet::from([source]),
        ..Terms::default()
    }
}

fn state_of(facts: &[Fact]) -> CustomerState {
    let mut customer = Customer::default();
    for fact in facts {
        customer.learn(fact.clone());
    }
    customer.state()
}

fn claimed(tenant: TenantRecord, state: CustomerState) -> Bindable {
    Bindable::new([ClaimedTenant { tenant, state }], BTreeSet::new())
}

/// Lets a customer without a tenant consider one claim.
fn considered(customer: &str, source: ClaimSource, bindable: &mut Bindable, terms: &Terms) -> Changes {
    let mut record = CustomerRecord::default();
    let claim = claim("acme", source);
    record.consider(&key(customer), &event("evt_1"), &claim, bindable, terms, NOW);
    record.take_changes(NOW)
}

#[test]
fn a_trusted_claim_makes_the_tenant_and_binds_it() {
    let changes = considered(
        "cus_1",
        ClientReferenceId,
        &mut Bindable::default(),
        &trusting(ClientReferenceId),
    );
    let tenant = changes.tenant.unwrap();
    assert_eq!((tenant.tenant.id, tenant.bound_now), (id("acme"), Some(BoundNow::Made)));
    assert_eq!(tenant.tenant.livemode, Some(false));
    assert!(changes.proposals[0].is_accepted);
    let bound = changes
        .timeline
        .iter()
        .find(|note| note.what == "stripe_customer_id")
        .unwrap();
    assert_eq!(bound.to.as_deref(), Some("cus_1"));
    assert!(matches!(bound.cause, Cause::Event(_)));
}

#[test]
fn a_claim_of_another_source_waits_for_a_person() {
    let changes = considered(
        "cus_1",
        CustomerMetadata,
        &mut Bindable::default(),
        &trusting(ClientReferenceId),
    );
    assert!(changes.tenant.is_none());
    assert!(!changes.proposals[0].is_accepted);
}

#[test]
fn a_claim_is_recorded_once() {
    let mut record = CustomerRecord::default();
    let mut bindable = Bindable::default();
    let claim = claim("acme", SubscriptionMetadata);
    for event_id in ["evt_1", "evt_2"] {
        record.consider(&key("cus_1"), &event(event_id), &claim, &mut bindable, &Terms::default(), NOW);
    }
    assert_eq!(record.take_changes(NOW).proposals.len(), 1);
}

#[test]
fn a_tenant_that_somebody_else_pays_for_stays_and_the_admin_hears_of_the_other_payer() {
    let mut bindable = claimed(
        bound("acme", "cus_old"),
        state_of(&[change("evt_0", 1, None, Status::Active)]),
    );
    let changes = considered("cus_new", ClientReferenceId, &mut bindable, &trusting(ClientReferenceId));
    assert!(changes.tenant.is_none());
    assert_eq!(kinds(&changes), ["payer_with_new_customer"]);
}

#[test]
fn a_tenant_whose_customer_has_left_moves_only_where_the_terms_say_so() {
    let left = || {
        let active = change("evt_0", 1, None, Status::Active);
        state_of(&[active, change("evt_1", 2, Some(Status::Active), Status::Canceled)])
    };
    let strict = trusting(ClientReferenceId);
    let moving = Terms {
        rebind_when_ended: true,
        ..strict.clone()
    };
    for (terms, moves) in [(strict, false), (moving.clone(), true)] {
        let mut bindable = claimed(bound("acme", "cus_old"), left());
        let changes = considered("cus_new", ClientReferenceId, &mut bindable, &terms);
        assert_eq!(
            changes.tenant.map(|tenant| tenant.bound_now),
            moves.then_some(Some(BoundNow::Found))
        );
    }
    // One of two that claim it in one batch gets it, as if the other had come later.
    let mut bindable = claimed(bound("acme", "cus_old"), left());
    let first = considered("cus_new", ClientReferenceId, &mut bindable, &moving);
    let second = considered("cus_newer", ClientReferenceId, &mut bindable, &moving);
    assert!(first.tenant.is_some());
    assert!(second.tenant.is_none());
}

#[test]
fn a_claim_that_was_decided_before_binds_nothing() {
    let decided = BTreeSet::from([(key("cus_1"), id("acme"))]);
    let mut bindable = Bindable::new([], decided);
    let changes = considered("cus_1", ClientReferenceId, &mut bindable, &trusting(ClientReferenceId));
    assert!(changes.tenant.is_none());
}

#[test]
fn a_customer_that_a_tenant_of_the_other_mode_holds_is_not_bound_again() {
    let other = TenantRecord {
        livemode: Some(true),
        ..bound("other", "cus_1")
    };
    let mut bindable = claimed(other, CustomerState::default());
    let changes = considered("cus_1", ClientReferenceId, &mut bindable, &trusting(ClientReferenceId));
    assert!(changes.tenant.is_none());
}
