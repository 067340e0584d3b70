//! The first day with an account that existed before Dunlin.

use serde_json::{Value, json};
use simulator::FakeStripe;
use simulator::api::Serving;

use crate::support::stripe::{self, settled_stripe};
use crate::support::{App, STRIPE_KEY, now, trigger};

/// Makes an account with three customers: one is named by its own metadata, one by its subscription's, one by nothing.
fn account() -> (FakeStripe, String, Serving) {
    let (stripe, url, serving) = settled_stripe();
    for (name, of_customer, of_subscription) in [
        ("a", Some("metadata.tenant_id=acme"), None),
        ("b", None, Some("metadata.tenant_id=boule")),
        ("c", None, None),
    ] {
        happens(&stripe, name, "customer.created", of_customer);
        happens(&stripe, name, "customer.subscription.created", of_subscription);
    }
    (stripe, url, serving)
}

fn happens(stripe: &FakeStripe, name: &str, event: &str, change: Option<&str>) {
    let change: Vec<&str> = change.into_iter().collect();
    let trigger = trigger(event, &format!("cus_{name}"), &format!("sub_{name}"), &change);
    stripe::happens(stripe, &trigger, now() - 60);
}

/// Runs `dunlin import`. Returns its output, and whether it succeeded.
fn import(app: &App, url: &str, arguments: &[&str]) -> (bool, String) {
    let variables = [
        STRIPE_KEY,
        ("DUNLIN_STRIPE_API_URL", url),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
    ];
    let mut command = app.command_beside(&variables);
    let output = command.arg("import").args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

fn tenants(app: &App) -> Vec<Value> {
    app.get("/api/v1/tenants").body["data"].as_array().unwrap().clone()
}

#[test]
fn customers_that_are_named_become_tenants_with_their_state() {
    let (_stripe, url, _serving) = account();
    let app = App::spawn_with(&[("DUNLIN_STRIPE_LIVEMODE", "false")]);
    let (is_content, said) = import(&app, &url, &["--dry-run"]);
    assert!(
        is_content && said.contains("3 customers: 2 would be bound; nothing was written"),
        "{said}"
    );
    assert!(tenants(&app).is_empty());

    let (is_content, said) = import(&app, &url, &[]);
    assert!(
        is_content && said.contains("3 customers: 2 bound; 0 conflicts, 1 that nothing names"),
        "{said}"
    );
    let tenants = tenants(&app);
    let ids: Vec<&str> = tenants.iter().map(|tenant| tenant["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["acme", "boule"]);
    for tenant in &tenants {
        assert_eq!(tenant["subscription_status"], "trialing", "{tenant}");
        assert!(tenant["name"].as_str().is_some_and(|name| name != tenant["id"]), "{tenant}");
        assert_eq!(tenant["contacts"][0]["role"], "billing", "{tenant}");
    }
    assert!(app.notices("acme").is_empty(), "the past is told to nobody");
    assert_eq!(
        app.get("/api/v1/drift").body["data"],
        json!([]),
        "there was nothing to be wrong"
    );

    let (is_content, said) = import(&app, &url, &[]);
    assert!(
        is_content && said.contains("bound, as before") && said.contains("0 bound"),
        "{said}"
    );
    assert!(app.audit().0);
}

#[test]
fn a_list_names_customers_and_conflicts_are_shown_and_change_nothing() {
    let (_stripe, url, _serving) = account();
    let app = App::spawn_with(&[("DUNLIN_STRIPE_LIVEMODE", "false")]);
    assert_eq!(app.bind("holder", "cus_a").status, 201);
    assert_eq!(app.bind("settled", "cus_elsewhere").status, 201);
    let file = tempfile::NamedTempFile::new().unwrap();
    let list = "tenant_id,stripe_customer_id,name\nthief,cus_a,\nsettled,cus_b,\nclub,cus_c,Rowing Club\n";
    std::fs::write(file.path(), list).unwrap();
    let (is_content, said) = import(&app, &url, &["--csv", file.path().to_str().unwrap()]);
    assert!(!is_content, "{said}");
    for words in [
        "the customer is holder's",
        "the tenant has cus_elsewhere",
        "1 bound; 2 conflicts",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(app.get("/api/v1/tenants/thief").status, 404);
    assert_eq!(app.get("/api/v1/tenants/settled").body["stripe_customer_id"], "cus_elsewhere");
    let club = app.get("/api/v1/tenants/club").body;
    assert_eq!(
        (&club["name"], &club["stripe_customer_id"]),
        (&json!("Rowing Club"), &json!("cus_c"))
    );
}

#[test]
fn what_cannot_be_imported_says_why() {
    let (stripe, url, _serving) = account();
    happens(&stripe, "d", "customer.created", Some("metadata.tenant_id=not a name"));
    let app = App::spawn_with(&[("DUNLIN_STRIPE_LIVEMODE", "false")]);
    let (is_content, said) = import(&app, &url, &["--dry-run"]);
    assert!(
        is_content && said.contains("1 that could not be read") && said.contains("cus_d: a tenant id"),
        "{said}"
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    for (list, words) in [
        ("tenant,customer\na,b\n", "is not a list of tenants and customers"),
        ("tenant_id,stripe_customer_id\na b,cus_a\n", "\"a b\""),
        ("tenant_id,stripe_customer_id\na,sub_1Dunlin\n", "is a subscription's id"),
        ("tenant_id,stripe_customer_id\na,cus_a\nb,cus_a\n", "twice"),
    ] {
        std::fs::write(file.path(), list).unwrap();
        let (is_content, said) = import(&app, &url, &["--csv", file.path().to_str().unwrap()]);
        assert!(!is_content && said.contains(words), "{words}: {said}");
    }
    let (is_content, said) = import(&app, &url, &["--csv", "/nowhere.csv"]);
    assert!(!is_content && said.contains("cannot read"), "{said}");
    assert!(tenants(&app).is_empty());
}
