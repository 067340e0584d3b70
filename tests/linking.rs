//! Tenants that Stripe's objects claim for their customers: they are proposed, taken if the source is trusted, and
//! never against an existing binding.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::{API_KEY, Answer, App, command, event_with};

/// Returns a completed checkout of this customer that the payer or the SaaS claims for this tenant.
fn checkout(customer: &str, says: &str) -> Vec<u8> {
    let reference = format!("client_reference_id={says}");
    event_with("checkout.session.completed", customer, "sub_new", &[&reference])
}

/// Returns a subscription of this customer, with this metadata.
fn subscription(customer: &str, metadata: &str) -> Vec<u8> {
    let subscription = format!("sub_{customer}");
    event_with("customer.subscription.created", customer, &subscription, &[metadata])
}

fn applied(answer: &Answer) {
    assert_eq!(
        (answer.status, &answer.body["outcome"]),
        (200, &json!("applied")),
        "{answer:?}"
    );
}

impl App {
    fn proposals(&self) -> Vec<Value> {
        self.get("/api/v1/proposals").body["data"].as_array().unwrap().clone()
    }

    fn customer_of(&self, tenant: &str) -> Value {
        self.get(&format!("/api/v1/tenants/{tenant}")).body["stripe_customer_id"].clone()
    }

    /// Runs `dunlin tenant …`.
    fn tenant_command(&self, arguments: &[&str]) -> Output {
        let folder = tempfile::tempdir().unwrap();
        let output = command(folder.path())
            .arg("tenant")
            .args(arguments)
            .env("DUNLIN_URL", format!("http://{}", self.address))
            .env("DUNLIN_API_KEY", API_KEY)
            .output();
        output.unwrap()
    }
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_checkout_proposes_a_tenant_and_accepting_it_gives_the_tenant_what_was_told_before() {
    let app = App::spawn();
    applied(&app.deliver(&event_with(
        "customer.subscription.created",
        "cus_a",
        "sub_new",
        &["status=active"],
    )));
    applied(&app.deliver(&checkout("cus_a", "acme")));
    assert_eq!(app.get("/api/v1/tenants/acme").status, 404);
    let proposals = app.proposals();
    assert_eq!(proposals.len(), 1, "{proposals:?}");
    let told = ["tenant_id", "stripe_customer_id", "source", "state"].map(|field| proposals[0][field].clone());
    assert_eq!(json!(told), json!(["acme", "cus_a", "client_reference_id", "open"]));
    let listed = said(&app.tenant_command(&["proposals"]));
    assert!(
        listed.contains("acme") && listed.contains("cus_a") && listed.contains("open"),
        "{listed}"
    );

    let id = proposals[0]["id"].to_string();
    let accepted = said(&app.tenant_command(&["accept", &id]));
    assert!(accepted.contains("is accepted"), "{accepted}");
    assert_eq!(app.customer_of("acme"), "cus_a");
    assert_eq!(app.status_and_reason("acme").0, "active");
    assert!(app.proposals().is_empty());
    let again = app.post(&format!("/api/v1/proposals/{id}/accept"));
    assert_eq!(
        (again.status, &again.body["code"]),
        (409, &json!("proposal_is_settled")),
        "{again:?}"
    );
    assert_eq!(app.post("/api/v1/proposals/999/accept").status, 404);
    assert_eq!(app.get("/api/v1/proposals?all=true").body["data"][0]["state"], "accepted");
    let (is_well, audited) = app.audit();
    assert!(is_well, "{audited}");
}

#[test]
fn a_payer_who_writes_another_tenants_id_into_a_payment_link_gets_nothing_and_it_is_shown() {
    // This holds even if the operator trusts a source that he should not.
    for trusted in ["", "client_reference_id"] {
        let app = App::spawn_with(&[("DUNLIN_BINDING_TRUSTED", trusted)]);
        app.bind("victim", "cus_victim");
        applied(&app.deliver(&event_with(
            "customer.subscription.created",
            "cus_victim",
            "sub_victim",
            &["status=active"],
        )));
        applied(&app.deliver(&event_with(
            "customer.subscription.created",
            "cus_payer",
            "sub_payer",
            &["status=trialing"],
        )));
        let before = app.get("/api/v1/tenants/victim").body;
        applied(&app.deliver(&checkout("cus_payer", "victim")));
        applied(&app.deliver(&event_with("customer.subscription.deleted", "cus_payer", "sub_payer", &[])));
        assert_eq!(app.get("/api/v1/tenants/victim").body, before, "trusted: {trusted:?}");
        assert!(app.notices("victim").iter().all(|kind| kind != "subscription_canceled"));

        let proposal = &app.proposals()[0];
        let told = ["tenant_id", "stripe_customer_id", "state", "tenant_holds"].map(|field| proposal[field].clone());
        assert_eq!(json!(told), json!(["victim", "cus_payer", "conflict", "cus_victim"]));
        let refused = app.post(&format!("/api/v1/proposals/{}/accept", proposal["id"]));
        assert_eq!(refused.status, 409, "{refused:?}");
        let listed = said(&app.tenant_command(&["proposals"]));
        assert!(listed.contains("the tenant is bound to customer cus_victim"), "{listed}");
        let dismissed = said(&app.tenant_command(&["dismiss", &proposal["id"].to_string()]));
        assert!(dismissed.contains("is dismissed"), "{dismissed}");
        // A second payment says nothing new.
        applied(&app.deliver(&checkout("cus_payer", "victim")));
        assert!(app.proposals().is_empty());
        assert_eq!(app.customer_of("victim"), "cus_victim");
    }
}

#[test]
fn a_customer_that_is_bound_is_not_moved_by_what_its_objects_say() {
    let app = App::spawn_with(&[("DUNLIN_BINDING_TRUSTED", "subscription_metadata,customer_metadata")]);
    app.bind("acme", "cus_a");
    applied(&app.deliver(&subscription("cus_a", "metadata.tenant_id=other")));
    assert_eq!(app.customer_of("acme"), "cus_a");
    assert_eq!(app.get("/api/v1/tenants/other").status, 404);
    let proposal = &app.proposals()[0];
    assert_eq!(
        (&proposal["state"], &proposal["customer_held_by"]),
        (&json!("conflict"), &json!("acme"))
    );
}

#[test]
fn a_source_that_is_trusted_binds_by_itself_and_what_begins_is_told() {
    let app = App::spawn_with(&[
        ("DUNLIN_BINDING_TRUSTED", "subscription_metadata"),
        ("DUNLIN_BINDING_METADATA_KEY", "org"),
    ]);
    let begun = event_with(
        "customer.subscription.created",
        "cus_a",
        "sub_a",
        &["metadata.org=acme", "status=trialing"],
    );
    applied(&app.deliver(&begun));
    assert_eq!(app.customer_of("acme"), "cus_a");
    assert_eq!(app.notices("acme"), ["trial_started"]);
    let timeline = app.get("/api/v1/tenants/acme/timeline").body;
    let entries = timeline["data"].as_array().unwrap();
    let bound = entries.iter().find(|entry| entry["what"] == "stripe_customer_id").unwrap();
    assert_eq!((&bound["to"], &bound["cause"]["kind"]), (&json!("cus_a"), &json!("event")));
    // Metadata under another key is no claim, and an untrusted source only proposes.
    applied(&app.deliver(&subscription("cus_b", "metadata.tenant_id=beta")));
    applied(&app.deliver(&event_with("customer.updated", "cus_b", "sub_b", &["metadata.org=beta"])));
    assert_eq!(app.get("/api/v1/tenants/beta").status, 404);
    assert_eq!(app.proposals()[0]["source"], "customer_metadata");
}

#[test]
fn what_cannot_be_a_tenants_id_is_no_claim_and_is_not_written_to_the_log() {
    let app = App::spawn();
    let answer = app.deliver(&checkout("cus_a", "anna@home address"));
    assert_eq!((answer.status, &answer.body["outcome"]), (200, &json!("ignored")));
    let nothing = app.deliver(&event_with(
        "checkout.session.completed",
        "cus_a",
        "sub_a",
        &["client_reference_id=null"],
    ));
    assert_eq!((nothing.status, &nothing.body["outcome"]), (200, &json!("ignored")));
    assert!(app.proposals().is_empty());
    let log = app.log();
    assert!(log.contains("is no tenant's id") && !log.contains("anna"), "{log}");
}

#[test]
fn a_mode_that_is_not_ours_claims_nothing() {
    let app = App::spawn_with(&[
        ("DUNLIN_STRIPE_LIVEMODE", "true"),
        ("DUNLIN_BINDING_TRUSTED", "subscription_metadata"),
    ]);
    let answer = app.deliver(&event_with(
        "customer.subscription.created",
        "cus_a",
        "sub_a",
        &["metadata.tenant_id=acme", "event.livemode=false"],
    ));
    assert_eq!((answer.status, &answer.body["outcome"]), (200, &json!("foreign")));
    assert!(app.proposals().is_empty());
    assert_eq!(app.get("/api/v1/tenants/acme").status, 404);
}

#[test]
fn what_stripe_is_to_be_asked_about_is_listed_until_it_is_known() {
    let app = App::spawn();
    applied(&app.deliver(&event_with("invoice.payment_failed", "cus_a", "sub_a", &[])));
    let reads = app.get("/api/v1/reads?limit=1").body;
    let read = &reads["data"][0];
    let told = ["subscription_id", "stripe_customer_id", "reason", "alarm", "attempts"].map(|field| read[field].clone());
    assert_eq!(json!(told), json!(["sub_a", "cus_a", "gap", false, 0]));
    assert_eq!(app.get("/api/v1/reads?alarm=true").body["data"], json!([]));
    applied(&app.deliver(&event_with(
        "customer.subscription.created",
        "cus_a",
        "sub_a",
        &["status=active"],
    )));
    assert_eq!(app.get("/api/v1/reads").body["data"], json!([]));
    // A delivered event is no drift.
    assert_eq!(app.get("/api/v1/drift?since=2026-01-01T00:00:00Z").body["data"], json!([]));
    for wrong in [
        "/api/v1/drift?since=yesterday",
        "/api/v1/reads?cursor=1",
        "/api/v1/proposals?limit=0",
    ] {
        assert_eq!(app.get(wrong).status, 400, "{wrong}");
    }
}
