//! The metrics for a monitoring system.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::stripe::{happens, settled_stripe};
use crate::support::{App, STRIPE_KEY, event_with, now, trigger};

const PATIENCE: Duration = Duration::from_mins(1);
/// The alerting rules that ship with Dunlin.
const ALERTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deploy/alerts.yml");

/// Runs Prometheus' own tool, which must have no complaint.
fn promtool(arguments: &[&str], input: &str) {
    let mut tool = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is missing: apt-get install prometheus");
    tool.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let said = tool.wait_with_output().unwrap();
    let text = String::from_utf8([said.stdout, said.stderr].concat()).unwrap();
    assert!(said.status.success(), "{text}\n{input}");
}

impl App {
    /// Returns the value of a metric with these labels, if it exists.
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
    assert_eq!(app.get("/metrics").status, 200);
}

#[test]
fn each_scraper_is_answered_in_the_format_that_it_prefers() {
    let app = App::spawn();
    let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
                      text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    let (text, open) = (
        "text/plain; version=0.0.4; charset=utf-8",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    for (accept, content_type) in [
        ("*/*", text),
        ("text/plain", text),
        ("text/html", text),
        ("application/openmetrics-text", open),
        (prometheus, open),
        ("application/openmetrics-text;q=0.3,text/plain;q=0.5", text),
    ] {
        let answer = app.get_in(accept, "/metrics");
        assert_eq!(answer.content_type, content_type, "{accept}");
        let page = answer.body.as_str().unwrap();
        assert_eq!(page.ends_with("# EOF\n"), content_type == open, "{page}");
        assert!(page.contains("\ndunlin_deliveries_total{outcome=\"applied\"} 0\n"), "{page}");
    }
}

#[test]
fn what_prometheus_itself_would_complain_of_is_not_there() {
    let app = App::spawn();
    app.bind("demo", "cus_demo");
    app.trigger("invoice.payment_failed");
    app.wait_for(PATIENCE, || app.metric("dunlin_doctor_well"));
    promtool(&["check", "metrics"], &app.metrics());
}

#[test]
fn the_rules_that_raise_an_alarm_name_what_is_there() {
    let (stripe, url, _serving) = settled_stripe();
    let app = App::spawn_with(&[
        STRIPE_KEY,
        ("DUNLIN_STRIPE_API_URL", &url),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
    ]);
    happens(
        &stripe,
        &trigger("customer.subscription.created", "cus_a", "sub_a", &[]),
        now(),
    );
    app.wait_for(PATIENCE, || app.metric("dunlin_doctor_well"));
    let through = "dunlin_reconciled_events_timestamp_seconds{account=\"\",livemode=\"false\"}";
    app.wait_for(PATIENCE, || app.metric(through));
    promtool(&["check", "rules", ALERTS], "");
    let (rules, page) = (std::fs::read_to_string(ALERTS).unwrap(), app.metrics());
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let shown: BTreeSet<&str> = page.lines().filter_map(|line| line.split(['{', ' ']).next()).collect();
    let expressions = rules.split("expr: ").skip(1).filter_map(|rule| rule.split("labels:").next());
    let mut named = 0;
    for expression in expressions {
        for name in expression.split(|c| !is_name(c)).filter(|word| word.starts_with("dunlin_")) {
            assert!(shown.contains(name), "{name} is not shown: {page}");
            named += 1;
        }
        for (label, value) in expression
            .split('{')
            .skip(1)
            .filter_map(|matchers| matchers.split_once("=\""))
        {
            let matcher = format!("{label}=\"{}\"", value.split('"').next().unwrap());
            assert!(
                page.contains(&matcher) || label == "job" || !label.chars().all(is_name),
                "{matcher} is not shown"
            );
        }
    }
    assert!(named >= 16, "{named} metrics are named");
}

/// The events of scenarios, minute by minute, and the rules that raise an alarm.
const SCENARIOS: &str = r#"
rule_files: [ALERTS]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'up{job="dunlin",instance="a"}', values: '1x30'}
      - {series: 'dunlin_ready{instance="a"}', values: '1x10 0x20'}
      - {series: 'dunlin_deliveries_total{outcome="applied"}', values: '0x30'}
      - {series: 'dunlin_deliveries_total{outcome="refused"}', values: '0x5 1+1x25'}
      - {series: 'dunlin_deliveries_total{outcome="quarantined"}', values: '0x20 1x10'}
      - {series: 'dunlin_notices{state="dead"}', values: '0x20 2x10'}
      - {series: 'dunlin_doctor_well', values: '1x30'}
    alert_rule_test:
      - {eval_time: 5m, alertname: DunlinNotReady, exp_alerts: []}
      - {eval_time: 5m, alertname: DunlinQuarantined, exp_alerts: []}
      - {eval_time: 5m, alertname: DunlinWebhooksRejected, exp_alerts: []}
      - {eval_time: 25m, alertname: DunlinDown, exp_alerts: []}
      - {eval_time: 25m, alertname: DunlinDoctor, exp_alerts: []}
    promql_expr_test:
      - expr: 'count by (alertname) (ALERTS{alertstate="firing"})'
        eval_time: 25m
        exp_samples:
          - {labels: '{alertname="DunlinNotReady"}', value: 1}
          - {labels: '{alertname="DunlinQuarantined"}', value: 1}
          - {labels: '{alertname="DunlinWebhooksRejected"}', value: 1}
          - {labels: '{alertname="DunlinNoticesStuck"}', value: 1}
"#;

#[test]
fn an_alarm_is_raised_when_something_is_wrong_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenarios.yml");
    std::fs::write(&file, SCENARIOS.replace("[ALERTS]", &format!("[{ALERTS}]"))).unwrap();
    promtool(&["test", "rules", file.to_str().unwrap()], "");
}

#[test]
fn how_long_deliveries_wait_for_the_database_is_shown() {
    let app = App::spawn();
    assert_eq!(app.metric("dunlin_ready"), Some(1.0));
    assert_eq!(app.metric("dunlin_clock_doubted"), Some(0.0));
    let lock = app.hold_write_lock();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                app.trigger("invoice.payment_failed");
            }
        });
        app.wait_for(PATIENCE, || {
            app.metric("dunlin_oldest_batch_seconds").filter(|secs| *secs > 0.5)
        });
        is_over.store(true, Ordering::SeqCst);
        drop(lock);
    });
    app.wait_for(PATIENCE, || app.metric("dunlin_ready").filter(|ready| *ready >= 1.0));
    assert_eq!(app.metric("dunlin_oldest_batch_seconds"), Some(0.0));
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
    for outcome in ["ignored", "foreign", "unavailable"] {
        assert_eq!(counted(outcome), Some(0.0), "{outcome}");
    }
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
    // The delivery of this event is lost.
    at("customer.subscription.deleted", "canceled", now() + 5);
    app.wait_for(PATIENCE, || app.metric("dunlin_drift_last_day").filter(|count| *count >= 1.0));
    // Notices go to the customer and to sales, and one about the drift to the admin. None is sent here.
    let waiting = "dunlin_notices{state=\"pending\"}";
    app.wait_for(PATIENCE, || app.metric(waiting).filter(|count| *count >= 3.0));
    assert_eq!(app.metric("dunlin_read_alarms"), Some(0.0));
    assert!(
        app.metric("dunlin_reconciled_objects_timestamp_seconds{account=\"\",livemode=\"false\"}")
            .is_some()
    );
    // No endpoint exists.
    let found = "dunlin_doctor_findings{id=\"endpoint\",severity=\"error\"}";
    app.wait_for(PATIENCE, || app.metric(found).filter(|count| *count >= 1.0));
    assert_eq!(app.metric("dunlin_doctor_well"), Some(0.0));
}
