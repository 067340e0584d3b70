//! Thin events, which name an object and do not carry it. They are kept and answered, and the doctor reports that they
//! have no effect.

use crate::support::{API_KEY, App, SECRET};

/// A thin event as Stripe sends it to an event destination with thin payloads.
const THIN: &str = include_str!("../crates/stripe-event/fixtures/2026-09-30.endive/v1.customer.subscription.updated.json");

fn thin(id: &str, kind: &str) -> Vec<u8> {
    let mut event: serde_json::Value = serde_json::from_str(THIN).unwrap();
    event["id"] = id.into();
    event["type"] = kind.into();
    event.to_string().into_bytes()
}

/// Runs the doctor beside the server. Returns its output and exit code.
fn doctor(app: &App) -> (String, Option<i32>) {
    let variables = [("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET), ("DUNLIN_API_KEYS", API_KEY)];
    let output = app.command_beside(&variables).arg("doctor").output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

fn counted(app: &App) -> Option<String> {
    let page = app.get("/metrics").body.as_str().unwrap().to_owned();
    let line = page.lines().find_map(|line| line.strip_prefix("dunlin_thin_events_total "));
    line.map(str::to_owned)
}

#[test]
fn thin_events_are_kept_and_answered_and_told_in_the_log_in_a_metric_and_by_the_doctor() {
    let mut app = App::spawn();
    assert_eq!(counted(&app).as_deref(), Some("0"));
    let ping = thin("evt_test_ping", "v2.core.event_destination.ping");
    assert_eq!(app.deliver(&ping).status, 200);
    let (text, code) = doctor(&app);
    assert!(
        !text.contains("thin_events") && code == Some(0),
        "a ping is sent to any destination: {text}"
    );

    for id in ["evt_test_1", "evt_test_2", "evt_test_2"] {
        let answer = app.deliver(&thin(id, "v1.customer.subscription.updated"));
        assert_eq!((answer.status, &answer.body["outcome"]), (200, &"ignored".into()));
    }
    assert_eq!(counted(&app).as_deref(), Some("2"));
    let kept = app.get("/api/v1/events/evt_test_1").body;
    assert!(kept["reason"].as_str().unwrap().contains("thin event"), "{kept}");
    let (text, code) = doctor(&app);
    assert!(
        text.contains("error    thin_events: within a day 2 thin events came"),
        "{text}"
    );
    assert!(text.contains("event destination with snapshot payloads"), "{text}");
    assert_eq!(code, Some(1));
    assert!(app.terminate());
    let told = app.log().matches("a thin event came and has no effect").count();
    assert_eq!(told, 1, "once an hour: {}", app.log());
    assert!(
        app.log().contains("\"level\":\"WARN\",\"message\":\"a thin event came"),
        "{}",
        app.log()
    );
}
