//! A wall clock that is wrong, and one that is set while the server runs.

use std::time::Duration;

use test_support::smtp::{Behaviour, SmtpServer};

use crate::mails::{CONTACTS, happen, mailing, notices, settled, subscribe};
use crate::support::clock::WallClock;
use crate::support::{App, event_with};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// Makes a tenant whose payment failed, and who has days left to pay.
fn owing(app: &App) {
    subscribe(app, "demo", &CONTACTS);
    happen(app, "demo", "invoice.payment_failed", &[]);
    happen(app, "demo", "customer.subscription.updated", &["status=past_due"]);
}

fn deliver(app: &App) -> u16 {
    app.deliver(&event_with("customer.subscription.updated", "cus_new", "sub_new", &[]))
        .status
}

/// Checks that a clock's mistake had no effect: nobody is suspended, nothing is deleted.
fn check_nothing_fell_due(app: &App, known: &str) {
    let access = app.get("/api/v1/tenants/demo/access").body;
    assert_eq!(
        (&access["allowed"], &access["reason"]["code"]),
        (&true.into(), &"payment_past_due".into()),
        "{access}"
    );
    let kinds: Vec<String> = notices(app, "demo").into_iter().map(|(kind, _, _)| kind).collect();
    assert!(!kinds.iter().any(|kind| kind == "access_suspended"), "{kinds:?}");
    assert_eq!(
        app.get(&format!("/api/v1/events/{known}")).body["payload"]["id"],
        known,
        "the body is there"
    );
}

#[test]
fn a_clock_that_is_set_far_ahead_or_back_is_not_followed() {
    let clock = WallClock::new();
    let smtp = SmtpServer::start();
    let app = clock.spawn(&mailing(&smtp.url()));
    owing(&app);
    let known = app.deliver(&event_with("customer.subscription.updated", "cus_kept", "sub_kept", &[]));
    let known = known.body["event_id"].as_str().unwrap().to_owned();
    for ahead in [40 * DAY, DAY, -DAY, 10 * MINUTE, -10 * MINUTE] {
        clock.set(ahead);
        let is_followed = ahead.abs() < 60 * MINUTE;
        for _ in 0..4 {
            // An event that Stripe signs now is taken unless the server follows the clock. Each event wakes the check
            // of what falls due.
            assert_eq!(deliver(&app), if is_followed { 400 } else { 200 }, "{ahead} seconds ahead");
            std::thread::sleep(Duration::from_millis(500));
        }
        check_nothing_fell_due(&app, &known);
        clock.set(0);
        assert_eq!(deliver(&app), 200);
    }
    assert!(app.log().contains("the wall clock was set to another time"), "{}", app.log());
    assert!(app.log().contains("the wall clock shows the time again"), "{}", app.log());
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
}

#[test]
fn a_clock_that_is_set_right_is_followed_once_a_delivery_was_signed_at_its_time() {
    let clock = WallClock::new();
    // The clock was wrong from the start.
    clock.set(-2 * DAY);
    let app = clock.spawn(&[]);
    assert_eq!(deliver(&app), 400);
    clock.set(0);
    assert_eq!(deliver(&app), 200);
    assert!(app.log().contains("the wall clock is followed again"), "{}", app.log());
    assert_eq!(deliver(&app), 200);
}

#[test]
fn while_a_clock_is_days_ahead_from_the_start_nothing_falls_due() {
    let clock = WallClock::new();
    let smtp = SmtpServer::start();
    let mut app = clock.spawn(&mailing(&smtp.url()));
    owing(&app);
    settled(&app, "demo");
    let known = app.deliver(&event_with("customer.created", "cus_kept", "sub_kept", &[])).body;
    let known = known["event_id"].as_str().unwrap().to_owned();
    // An orderly stop records the hours of the deliveries.
    assert!(app.terminate());
    clock.set(40 * DAY);
    app.restart();
    app.wait_for(Duration::from_secs(20), || {
        app.log().contains("while the clock is in doubt").then_some(())
    });
    assert_eq!(deliver(&app), 400, "it was signed 40 days ago, by this clock");
    assert!(app.terminate());
    clock.set(0);
    app.restart();
    check_nothing_fell_due(&app, &known);
}

#[test]
fn a_clock_that_is_set_in_the_middle_of_a_mail_doubles_none() {
    let clock = WallClock::new();
    let smtp = SmtpServer::start_with(|_| Behaviour::LateAccept(Duration::from_secs(3)));
    let url = smtp.url();
    let mut variables = mailing(&url).to_vec();
    variables.push(("DUNLIN_MAIL_ON_UNKNOWN", "resend"));
    let app = clock.spawn(&variables);
    subscribe(&app, "demo", &CONTACTS);
    happen(&app, "demo", "invoice.payment_failed", &[]);
    app.wait_for(Duration::from_secs(20), || {
        let transmitting = notices(&app, "demo")
            .into_iter()
            .filter(|(_, state, _)| state == "transmitting")
            .count();
        (transmitting == 2).then_some(())
    });
    clock.set(10 * MINUTE);
    let notices = settled(&app, "demo");
    assert!(notices.iter().all(|(_, state, _)| state == "sent"), "{notices:?}");
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(smtp.received().len(), 2);
}
