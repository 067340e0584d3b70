//! Claims by Stripe's objects about a customer's tenant, on a real database.

use persistence::{Binding, CustomerKey, Decision, Delivery, Proposal, ProposalFilter, ProposalState, Store, TenantUpdate, Terms};
use subscription::facts::{ClaimSource, TenantClaim};
use subscription::{CustomerId, Status, TenantId};

use crate::support::{Database, NOW, change, database, delivery, failed, scope};

use ClaimSource::{ClientReferenceId, CustomerMetadata, SubscriptionMetadata};

fn id(tenant: &str) -> TenantId {
    TenantId::parse(tenant).unwrap()
}

fn key(customer: &str) -> CustomerKey {
    CustomerKey {
        id: CustomerId::new(customer),
        scope: scope(),
    }
}

fn claiming(tenant: &str, source: ClaimSource, delivery: Delivery) -> Delivery {
    let tenant = id(tenant);
    Delivery {
        claim: Some(TenantClaim { tenant, source }),
        ..delivery
    }
}

/// A checkout that claims its customer for a tenant, and tells nothing else.
fn checkout(event: &str, customer: &str, tenant: &str) -> Delivery {
    claiming(tenant, ClientReferenceId, delivery(event, customer, Vec::new()))
}

async fn trusting(sources: &[ClaimSource]) -> Database {
    let mut database = database().await;
    database.store = database.store.with_terms(Terms {
        trusted_claims: sources.iter().copied().collect(),
        ..Terms::default()
    });
    database
}

impl Database {
    async fn told(&self, batch: &[Delivery]) {
        drop(self.store.post(batch, NOW).await.unwrap());
    }

    async fn proposals(&self) -> Vec<Proposal> {
        self.store.proposals().list(&ProposalFilter::default(), 100).await.unwrap()
    }

    async fn customer_of(&self, tenant: &str) -> Option<String> {
        let tenant = self.store.tenants().get(&id(tenant)).await.unwrap()?;
        tenant.record.stripe_customer_id.map(|customer| customer.to_string())
    }

    async fn accept(&self, id: i64) -> Decision {
        self.store.proposals().accept(id, NOW).await.unwrap()
    }
}

#[tokio::test]
async fn a_claim_of_a_source_that_nobody_trusts_binds_nothing_and_waits() {
    let database = database().await;
    database.told(&[checkout("evt_1", "cus_a", "acme")]).await;
    assert_eq!(database.customer_of("acme").await, None);
    let proposals = database.proposals().await;
    assert_eq!(proposals.len(), 1);
    let proposal = &proposals[0];
    assert_eq!(
        (&proposal.customer, &proposal.tenant, proposal.source),
        (&key("cus_a"), &id("acme"), ClientReferenceId)
    );
    assert_eq!((proposal.event.as_str(), &proposal.state), ("evt_1", &ProposalState::Open));
}

#[tokio::test]
async fn a_claim_that_every_event_repeats_is_written_once() {
    let database = database().await;
    let event = |n: i64| {
        let update = change(&format!("evt_{n}"), "cus_a", n, Some(Status::Active), Status::Active);
        claiming("acme", SubscriptionMetadata, update)
    };
    database.told(&[event(1), event(2)]).await;
    database.told(&[event(3)]).await;
    // An instance that does not remember the claim does not write it either.
    let another = Store::connect(&database.url).await.unwrap();
    drop(another.post(&[event(4)], NOW).await.unwrap());
    assert_eq!(database.count("binding_proposal").await, 1);
    assert_eq!(database.proposals().await[0].event.as_str(), "evt_1");
    // Another source, and another tenant, are other claims.
    database
        .told(&[checkout("evt_5", "cus_a", "acme"), checkout("evt_6", "cus_a", "other")])
        .await;
    assert_eq!(database.count("binding_proposal").await, 3);
}

#[tokio::test]
async fn a_claim_that_agrees_with_what_is_bound_is_not_written() {
    let database = database().await;
    database.bind("acme", "cus_a").await;
    let update = change("evt_1", "cus_a", 10, None, Status::Active);
    database.told(&[claiming("acme", SubscriptionMetadata, update)]).await;
    assert_eq!(database.count("binding_proposal").await, 0);
}

#[tokio::test]
async fn a_proposal_that_is_accepted_binds_and_gives_the_tenant_its_state() {
    let database = database().await;
    database
        .told(&[
            change("evt_1", "cus_a", 10, None, Status::Active),
            checkout("evt_2", "cus_a", "acme"),
        ])
        .await;
    let proposal = database.proposals().await.remove(0);
    let Decision::Taken(accepted) = database.accept(proposal.id).await else {
        panic!("it is open");
    };
    assert_eq!(accepted.state, ProposalState::Accepted);
    assert_eq!(database.customer_of("acme").await.as_deref(), Some("cus_a"));
    assert_eq!(database.status("acme").await.as_deref(), Some("active"));
    assert!(database.proposals().await.is_empty());
    assert!(matches!(database.accept(proposal.id).await, Decision::Refused(_)));
    assert!(matches!(
        database.store.proposals().dismiss(proposal.id, NOW).await.unwrap(),
        Decision::Refused(_)
    ));
    assert_eq!(database.accept(999).await, Decision::Unknown);
    let all = ProposalFilter {
        with_decided: true,
        after: None,
    };
    assert_eq!(database.store.proposals().list(&all, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_payer_who_names_another_tenant_gets_nothing_and_it_is_shown() {
    let database = database().await;
    database.bind("victim", "cus_victim").await;
    database
        .told(&[change("evt_1", "cus_victim", 10, None, Status::Active)])
        .await;
    // The payer's own customer claims to be the victim, and a bound customer claims to be another tenant.
    database.bind("payer", "cus_payer").await;
    database
        .told(&[
            checkout("evt_2", "cus_new", "victim"),
            checkout("evt_3", "cus_payer", "victim"),
        ])
        .await;
    assert_eq!(database.customer_of("victim").await.as_deref(), Some("cus_victim"));
    assert_eq!(database.customer_of("payer").await.as_deref(), Some("cus_payer"));
    let states: Vec<ProposalState> = database
        .proposals()
        .await
        .into_iter()
        .map(|proposal| proposal.state)
        .collect();
    let holds_another = |customer_held_by: Option<&str>| ProposalState::Conflict {
        customer_held_by: customer_held_by.map(id),
        tenant_holds: Some(CustomerId::new("cus_victim")),
    };
    assert_eq!(states, [holds_another(None), holds_another(Some("payer"))]);
    for proposal in database.proposals().await {
        assert!(matches!(database.accept(proposal.id).await, Decision::Refused(_)));
        assert!(matches!(
            database.store.proposals().dismiss(proposal.id, NOW).await.unwrap(),
            Decision::Taken(_)
        ));
    }
    assert_eq!(database.customer_of("victim").await.as_deref(), Some("cus_victim"));
    assert!(database.proposals().await.is_empty());
}

#[tokio::test]
async fn a_trusted_source_binds_before_its_event_is_learned() {
    let database = trusting(&[SubscriptionMetadata]).await;
    let begun = change("evt_1", "cus_a", 10, None, Status::Trialing);
    database.told(&[claiming("acme", SubscriptionMetadata, begun)]).await;
    assert_eq!(database.customer_of("acme").await.as_deref(), Some("cus_a"));
    assert_eq!(database.status("acme").await.as_deref(), Some("trialing"));
    assert_eq!(
        database.of_kind("trial_started").await.len(),
        1,
        "what begins with the claim is news"
    );
    let timeline = database.store.tenants().timeline(&id("acme"), None, 10).await.unwrap();
    let bound = timeline.iter().find(|entry| entry.what == "stripe_customer_id").unwrap();
    assert_eq!(
        (bound.to.as_deref(), bound.cause_id.as_deref()),
        (Some("cus_a"), Some("evt_1"))
    );
    assert!(database.proposals().await.is_empty());
    let audited = database.store.audit(&key("cus_a")).await.unwrap();
    assert!(audited.differences.is_empty(), "{audited:?}");
}

#[tokio::test]
async fn a_trusted_source_gives_a_tenant_that_is_there_the_state_that_is_known() {
    let database = trusting(&[CustomerMetadata]).await;
    let named = TenantUpdate {
        name: Some("Acme".to_owned()),
        ..TenantUpdate::default()
    };
    database.store.tenants().put(&id("acme"), &named, NOW).await.unwrap();
    database
        .told(&[
            change("evt_1", "cus_a", 10, None, Status::Active),
            failed("evt_2", "cus_a", 20, 1),
        ])
        .await;
    database
        .told(&[claiming("acme", CustomerMetadata, delivery("evt_3", "cus_a", Vec::new()))])
        .await;
    let tenant = database.store.tenants().get(&id("acme")).await.unwrap().unwrap();
    assert_eq!((tenant.record.name.as_str(), tenant.record.livemode), ("Acme", Some(true)));
    assert_eq!(database.status("acme").await.as_deref(), Some("past_due"));
    assert_eq!(
        database.of_kind("payment_failed").await.len(),
        1,
        "an open case is owed at binding"
    );
    // It goes on like any other.
    database
        .told(&[change("evt_4", "cus_a", 30, Some(Status::PastDue), Status::Active)])
        .await;
    assert_eq!(database.status("acme").await.as_deref(), Some("active"));
}

#[tokio::test]
async fn of_two_customers_that_claim_a_tenant_at_once_the_first_has_it() {
    let database = trusting(&[ClientReferenceId]).await;
    database
        .told(&[checkout("evt_1", "cus_b", "acme"), checkout("evt_2", "cus_a", "acme")])
        .await;
    assert_eq!(database.customer_of("acme").await.as_deref(), Some("cus_b"));
    let proposals = database.proposals().await;
    assert_eq!(proposals.len(), 1);
    assert_eq!(proposals[0].customer, key("cus_a"));
    assert!(matches!(proposals[0].state, ProposalState::Conflict { .. }));
    // A trusted claim does not move a customer that is bound.
    database.told(&[checkout("evt_3", "cus_b", "other")]).await;
    assert_eq!(database.customer_of("other").await, None);
    assert_eq!(database.customer_of("acme").await.as_deref(), Some("cus_b"));
}

#[tokio::test]
async fn what_was_decided_is_not_taken_back_by_the_same_word() {
    let database = trusting(&[ClientReferenceId]).await;
    let distrusting = Store::connect(&database.url).await.unwrap();
    drop(distrusting.post(&[checkout("evt_1", "cus_a", "acme")], NOW).await.unwrap());
    let proposal = database.proposals().await.remove(0);
    let dismissed = database.store.proposals().dismiss(proposal.id, NOW).await.unwrap();
    assert!(matches!(dismissed, Decision::Taken(_)));
    database.told(&[checkout("evt_2", "cus_a", "acme")]).await;
    assert_eq!(database.customer_of("acme").await, None);
    assert!(database.proposals().await.is_empty());
    // A binding that was removed is not made again.
    database.told(&[checkout("evt_3", "cus_b", "beta")]).await;
    let unbound = TenantUpdate {
        stripe_customer_id: Some(None),
        ..TenantUpdate::default()
    };
    database.store.tenants().put(&id("beta"), &unbound, NOW).await.unwrap();
    database.told(&[checkout("evt_4", "cus_b", "beta")]).await;
    let another = Store::connect(&database.url).await.unwrap().with_terms(Terms {
        trusted_claims: [ClientReferenceId].into(),
        ..Terms::default()
    });
    drop(another.post(&[checkout("evt_5", "cus_b", "beta")], NOW).await.unwrap());
    assert_eq!(database.customer_of("beta").await, None);
}

#[tokio::test]
async fn binding_by_the_api_settles_what_proposed_it() {
    let database = database().await;
    database
        .told(&[checkout("evt_1", "cus_a", "acme"), checkout("evt_2", "cus_a", "other")])
        .await;
    database.bind("acme", "cus_a").await;
    let proposals = database.proposals().await;
    assert_eq!(proposals.len(), 1);
    assert_eq!(proposals[0].tenant, id("other"));
    let held = ProposalState::Conflict {
        customer_held_by: Some(id("acme")),
        tenant_holds: None,
    };
    assert_eq!(proposals[0].state, held);
}

#[tokio::test]
async fn binding_takes_nothing_away() {
    let database = database().await;
    let store = &database.store;
    assert!(matches!(
        store.tenants().bind(&id("acme"), &key("cus_a"), NOW).await.unwrap(),
        Binding::Bound(_)
    ));
    assert!(matches!(
        store.tenants().bind(&id("acme"), &key("cus_a"), NOW).await.unwrap(),
        Binding::Bound(_)
    ));
    let taken = store.tenants().bind(&id("beta"), &key("cus_a"), NOW).await.unwrap();
    assert_eq!(taken, Binding::CustomerTaken(id("acme")));
    let holds = store.tenants().bind(&id("acme"), &key("cus_b"), NOW).await.unwrap();
    assert_eq!(holds, Binding::TenantHolds(CustomerId::new("cus_a")));
    assert_eq!(database.customer_of("acme").await.as_deref(), Some("cus_a"));
    assert_eq!(database.customer_of("beta").await, None);
}
