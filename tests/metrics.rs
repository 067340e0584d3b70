//! The numbers for a monitoring system.

use std::time::Duration;

use crate::support::stripe::{happens, settled_stripe};
use crate::support::{App, STRIPE_KEY, event_with, now, trigger};

const PATIENCE: Duration = Duration::from_mins(1);

impl App {
    /// The value of a metric with these labels, if it is there.
    pub(crate) fn metric(&self, sample: &str) -> Option<f64> {
        let page = self.metrics();
        let line = page.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.map(|value| value.parse().unwrap())
    }

    fn metrics(&self) -> String {
        let answer = self.get("/metrics");
        assert_eq!(answer.status, 200);
        answer.body.as_str().unwrap().to_owned()
    }
}

#[test]
fn only_who_has_a_key_may_see_them() {
    let app = App::spawn();
    assert_eq!(app.get_as(None, "/metrics").status, 401);
    assert_eq!(app.get_as(Some("Bearer wrong"), "/metrics").status, 401);
    let page = app.metrics();
    assert!(page.ends_with("# EOF\n"), "{page}");
}

#[test]
fn deliveries_are_counted_by_what_became_of_them() {
    let app = App::spawn();
    let event = event_with("customer.subscription.created", "cus_a", "sub_a", &[]);
    for _ in 0..2 {
        assert_eq!(app.deliver(&event).status, 200);
    }
    assert_eq!(app.deliver(b"{}").body["outcome"], "quarantined");
    assert_eq!(app.deliver_as("t=1,v1=00", &event).status, 400);
    let counted = |outcome: &str| app.metric(&format!("dunlin_deliveries_total{{outcome=\"{outcome}\"}}"));
    for (outcome, times) in [("applied", 1.0), ("duplicate", 1.0), ("quarantined", 1.0), ("refused", 1.0)] {
        assert_eq!(counted(outcome), Some(times), "{outcome}");
    }
    assert_eq!(counted("foreign"), None);
    assert_eq!(app.metric("dunlin_delivery_duration_seconds_count"), Some(4.0));
    assert_eq!(
        app.metric(&format!("dunlin_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))),
        Some(1.0)
    );
}

#[test]
fn mails_that_wait_drift_and_findings_are_shown() {
    let (stripe, url, _serving) = settled_stripe();
    let app = App::spawn_with(&[
        STRIPE_KEY,
        ("DUNLIN_STRIPE_API_URL", &url),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
        ("DUNLIN_RECONCILE_INTERVAL_SECS", "1"),
    ]);
    app.bind("acme", "cus_a");
    let at = |event, status, second| {
        let trigger = trigger(event, "cus_a", "sub_a", &[&format!("status={status}")]);
        happens(&stripe, &trigger, second)
    };
    let through = "dunlin_reconciled_events_timestamp_seconds{account=\"\",livemode=\"false\"}";
    app.wait_for(PATIENCE, || app.metric(through));
    assert_eq!(app.metric("dunlin_drift_last_day"), Some(0.0));
    let (_, begun) = at("customer.subscription.created", "active", now());
    assert_eq!(app.deliver(&begun).status, 200);
    // Its delivery is lost.
    at("customer.subscription.deleted", "canceled", now() + 5);
    app.wait_for(PATIENCE, || app.metric("dunlin_drift_last_day").filter(|count| *count >= 1.0));
    // To the customer, to sales, and of the drift to our admin; none is sent here.
    let waiting = "dunlin_notices{state=\"pending\"}";
    app.wait_for(PATIENCE, || app.metric(waiting).filter(|count| *count >= 3.0));
    assert_eq!(app.metric("dunlin_read_alarms"), Some(0.0));
    assert!(
        app.metric("dunlin_reconciled_objects_timestamp_seconds{account=\"\",livemode=\"false\"}")
            .is_some()
    );
    // No endpoint is there.
    let found = "dunlin_doctor_findings{id=\"endpoint\",severity=\"error\"}";
    app.wait_for(PATIENCE, || app.metric(found).filter(|count| *count >= 1.0));
    assert_eq!(app.metric("dunlin_doctor_well"), Some(0.0));
}
