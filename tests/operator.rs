//! Requests to Stripe that an operator starts by hand. They list what was new and wait for their turn, and a dry run
//! needs the same as a real one.

use std::time::{Duration, Instant};

use persistence::{Scope, Store, UnixMicros};
use simulator::FakeStripe;
use simulator::api::{Endpoint, Fault};

use crate::support::stripe::{self, settled_stripe};
use crate::support::{App, STRIPE_KEY, now, trigger};

/// Starts a subscription without a delivery. Returns the id of the event.
fn begins(stripe: &FakeStripe, name: &str) -> String {
    let trigger = trigger(
        "customer.subscription.created",
        &format!("cus_{name}"),
        &format!("sub_{name}"),
        &["status=active"],
    );
    stripe::happens(stripe, &trigger, now() - 60).0
}

fn server() -> App {
    App::spawn_with(&[("DUNLIN_STRIPE_LIVEMODE", "false")])
}

#[test]
fn reconcile_lists_what_was_new_here_also_where_nothing_was_wrong() {
    let (stripe, url, _serving) = settled_stripe();
    let app = server();
    let event = begins(&stripe, "a");
    let (ran, said) = app.reconcile(&url, &[]);
    assert!(
        ran && said.contains("1 event listed, 1 of them had never been delivered"),
        "{said}"
    );
    assert!(
        said.contains("new here:") && said.contains(&event) && said.contains("cus_a"),
        "{said}"
    );
    assert!(
        said.contains("Nothing was wrong."),
        "nothing was ever heard of before: {said}"
    );
    let (ran, said) = app.reconcile(&url, &[]);
    assert!(ran && !said.contains("new here"), "{said}");
}

#[test]
fn whoever_reconciles_while_another_is_at_it_waits_for_its_turn() {
    let (stripe, url, _serving) = settled_stripe();
    let app = server();
    begins(&stripe, "a");
    let lease_secs = 3;
    let holding = async {
        let store = Store::connect(app.database_url()).await.unwrap();
        let scope = Scope {
            account: String::new(),
            livemode: false,
        };
        let at = UnixMicros::new(now() * 1_000_000);
        let taken = store.claim_reconciliation(&scope, "another", lease_secs, at).await.unwrap();
        assert!(taken.is_some());
        store.close().await.unwrap();
    };
    tokio::runtime::Runtime::new().unwrap().block_on(holding);
    let began = Instant::now();
    let (ran, said) = app.reconcile(&url, &[]);
    assert!(
        ran && said.contains("a server is reconciling at this moment: waiting"),
        "{said}"
    );
    assert!(said.contains("1 event listed"), "{said}");
    assert!(began.elapsed() > Duration::from_secs(1), "it waited for the other: {said}");
}

#[test]
fn a_dry_import_fails_where_a_real_one_would_for_what_the_key_lacks() {
    let (stripe, url, _serving) = settled_stripe();
    let app = server();
    begins(&stripe, "a");
    for (endpoint, permission) in [
        (Endpoint::Customers, "read on Customers"),
        (Endpoint::Subscriptions, "read on Subscriptions"),
        (Endpoint::Invoices, "read on Invoices"),
    ] {
        stripe.faults().always(endpoint, Fault::Forbidden);
        let mut command = app.command_beside(&[STRIPE_KEY, ("DUNLIN_STRIPE_API_URL", &url)]);
        let output = command.args(["import", "--dry-run"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(permission), "{endpoint:?}: {said}");
        stripe.faults().clear();
    }
    let mut command = app.command_beside(&[STRIPE_KEY, ("DUNLIN_STRIPE_API_URL", &url)]);
    assert!(command.args(["import", "--dry-run"]).output().unwrap().status.success());
}
