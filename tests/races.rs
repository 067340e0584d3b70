//! Reads of Stripe's API that return while events go on. Each is a scenario of its own, under its name in
//! convergence.md.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::api::{Endpoint, Fault, Gate, Serving};
use simulator::{FakeStripe, Lifecycle, body};
use stripe_event::Event;

use crate::support::{App, STRIPE_KEY, stripe, trigger};

const PATIENCE: Duration = Duration::from_mins(1);
/// A second in which nothing has happened yet.
const BEGINNING: i64 = 1_790_000_000;

/// A Stripe whose clock stands still, and a server that asks it only on demand.
struct Scene {
    stripe: FakeStripe,
    app: App,
    _serving: Serving,
}

impl Scene {
    fn new() -> Self {
        let stripe = FakeStripe::new(false);
        stripe.set_now(BEGINNING);
        let (url, serving) = stripe.serve().unwrap();
        let app = App::spawn_with(&[
            STRIPE_KEY,
            ("DUNLIN_STRIPE_API_URL", &url),
            ("DUNLIN_STRIPE_LIVEMODE", "false"),
            ("DUNLIN_RECONCILE_INTERVAL_SECS", "100000"),
        ]);
        app.bind("acme", "cus_a");
        app.wait_until_reconciled();
        Self {
            stripe,
            app,
            _serving: serving,
        }
    }

    /// Makes something happen to `sub_a` of `cus_a`, this many seconds after the beginning. Returns its id and the
    /// delivery's body.
    fn happens(&self, event: &str, status: &str, second: i64) -> (String, Vec<u8>) {
        self.happens_to("sub_a", event, status, second)
    }

    fn happens_to(&self, subscription: &str, event: &str, status: &str, second: i64) -> (String, Vec<u8>) {
        let status = format!("status={status}");
        let mut overrides = vec![status.as_str()];
        if event.ends_with("updated") {
            overrides.push("previous.status=incomplete");
        }
        let trigger = trigger(event, "cus_a", subscription, &overrides);
        stripe::happens(&self.stripe, &trigger, BEGINNING + second)
    }

    fn delivers(&self, body: &[u8]) {
        assert_eq!(self.app.deliver(body).status, 200);
    }

    fn sync(&self) -> Value {
        let synced = self.app.post("/api/v1/tenants/acme/sync");
        assert_eq!(synced.status, 200, "{:?}", synced.body);
        synced.body
    }

    fn status(&self) -> (Value, Value) {
        let shown = self.app.get("/api/v1/tenants/acme").body;
        (shown["subscription_status"].clone(), shown["certain"].clone())
    }
}

#[test]
fn slow_fetch() {
    let scene = Scene::new();
    let (begun, body) = scene.happens("customer.subscription.created", "active", 10);
    let (_, end) = scene.happens("customer.subscription.deleted", "canceled", 14);
    scene.stripe.set_now_after(&begun);
    scene.delivers(&body);
    let gate = Gate::default();
    scene.stripe.faults().once(Endpoint::Subscriptions, Fault::Held(gate.clone()));
    let synced = std::thread::scope(|scope| {
        let first = scope.spawn(|| scene.sync());
        assert!(gate.wait_until_asked(PATIENCE));
        // The answer "active" is on its way. Meanwhile the subscription ends, and the end is delivered and read.
        scene.stripe.set_now(BEGINNING + 14);
        scene.delivers(&end);
        scene.sync();
        gate.open();
        first.join().unwrap()
    });
    assert_eq!(scene.status(), (json!("canceled"), json!(true)));
    assert_eq!(synced["accepted"], 0, "{synced}");
    assert!(scene.app.audit().0);
}

#[test]
fn delete_in_read_second() {
    let scene = Scene::new();
    let (_, begun) = scene.happens("customer.subscription.created", "incomplete", 20);
    let (paid, paying) = scene.happens("customer.subscription.updated", "active", 30);
    let (_, end) = scene.happens("customer.subscription.deleted", "canceled", 30);
    scene.delivers(&begun);
    // The read is in the same second as the cancellation, but before it.
    scene.stripe.set_now_after(&paid);
    assert_eq!(scene.sync()["accepted"], 1);
    assert_eq!(scene.status().0, "active");
    scene.stripe.set_now(BEGINNING + 31);
    scene.delivers(&end);
    scene.delivers(&paying);
    assert_eq!(scene.status(), (json!("canceled"), json!(true)));
    // Now the other way round: an answer from before the end returns after it.
    scene.stripe.set_now_after(&paid);
    assert_eq!(scene.sync()["accepted"], 0);
    assert_eq!(scene.status(), (json!("canceled"), json!(true)));
    assert!(scene.app.audit().0);
}

#[test]
fn an_update_in_the_second_of_a_read_is_settled_by_the_next_read() {
    let scene = Scene::new();
    let (begun, body) = scene.happens("customer.subscription.created", "incomplete", 20);
    let (_, paying) = scene.happens("customer.subscription.updated", "active", 20);
    scene.stripe.set_now_after(&begun);
    assert_eq!(scene.sync()["accepted"], 1);
    scene.delivers(&paying);
    scene.delivers(&body);
    scene.stripe.set_now(BEGINNING + 20);
    assert_eq!(scene.sync()["again"], 1, "what is known may be younger");
    scene.stripe.set_now(BEGINNING + 30);
    assert_eq!(scene.sync()["again"], 0);
    assert_eq!(scene.status(), (json!("active"), json!(true)));
    assert!(scene.app.audit().0);
}

#[test]
fn two_shapes_one_id() {
    let (stripe, app) = (
        FakeStripe::new(false),
        App::spawn_with(&[("DUNLIN_STRIPE_LIVEMODE", "false")]),
    );
    let (url, _serving) = stripe.serve().unwrap();
    let ago = crate::support::now() - 3_600;
    let is_older = |event: &Event<'_>| event.api_version.as_deref() < Some("2025");
    let life = (0..1_000).map(|seed| Lifecycle::ending_at(seed, ago)).find(|life| {
        let listed = life.events.iter().filter(|event| event.created > ago - 25 * 86_400);
        listed.filter(|event| is_older(event)).count() > 5
    });
    let life = life.unwrap();
    stripe.tell(&life.events);
    app.bind("acme", &life.customer);
    let shown = |app: &App| {
        let mut tenant = app.get("/api/v1/tenants/acme").body;
        tenant["updated_at"] = Value::Null;
        (tenant, app.get("/api/v1/tenants/acme/access").body["subscription"].clone())
    };
    // Two events of three are delivered, in the endpoint's shape.
    let (late, early): (Vec<_>, Vec<_>) = life.events.iter().enumerate().partition(|(nth, _)| nth % 3 == 2);
    for (_, event) in &early {
        assert_eq!(app.deliver(&body(event).unwrap()).body["status"], "ok");
    }
    let (ran, said) = app.reconcile(&url, &["--since", "25d"]);
    assert!(ran, "{said}");
    let (listed, before) = (app.count_events(), shown(&app));
    // The list told the others in its own shape. Now they arrive after all, in the endpoint's shape.
    let mut twice = 0;
    for (_, event) in late.iter().filter(|(_, event)| event.created > ago - 25 * 86_400) {
        assert_eq!(app.deliver(&body(event).unwrap()).body["status"], "duplicate", "{}", event.id);
        twice += usize::from(is_older(event));
    }
    assert!(twice > 0, "one was told in two shapes");
    assert_eq!((app.count_events(), shown(&app)), (listed, before));
    let (ran, said) = app.reconcile(&url, &["--since", "25d"]);
    assert!(ran && said.contains("Nothing was wrong."), "{said}");
    assert!(app.audit().0);
}
