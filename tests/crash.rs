//! Acknowledged is durable, through kills and orderly stops.

use std::sync::Mutex;
use std::time::Duration;

use simulator::Trigger;

use crate::size::count;
use crate::support::{App, deliver_to, event_body, event_with, signature, stream};

/// Streams deliveries over eight connections, and ends the server in the middle of them.
fn end_amid_deliveries(app: &mut App, round: u64, acknowledged: &Mutex<Vec<String>>, end: impl FnOnce(&mut App)) {
    let address = app.address;
    let before = acknowledged.lock().unwrap().len();
    std::thread::scope(|scope| {
        for worker in 0..8 {
            scope.spawn(move || stream(address, &format!("{round}_{worker}"), acknowledged));
        }
        let enough = before + 20 + 7 * usize::try_from(round % 10).unwrap();
        while acknowledged.lock().unwrap().len() < enough {
            std::thread::sleep(Duration::from_millis(1));
        }
        end(app);
    });
    app.restart();
}

fn check_nothing_is_lost(app: &App, acknowledged: &Mutex<Vec<String>>) {
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.len() >= 20, "the server was busy: {} events", acknowledged.len());
    for id in acknowledged.iter() {
        assert_eq!(
            app.get(&format!("/api/v1/events/{id}")).status,
            200,
            "{id} was answered 200 and is lost"
        );
    }
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
}

#[test]
fn what_was_answered_200_survives_kill_9() {
    let mut app = App::spawn();
    let acknowledged = Mutex::new(Vec::new());
    for round in 0..count(6, 100) {
        end_amid_deliveries(&mut app, round, &acknowledged, App::kill);
    }
    check_nothing_is_lost(&app, &acknowledged);
}

#[test]
fn an_orderly_stop_commits_and_answers_what_is_under_way() {
    let mut app = App::spawn();
    let acknowledged = Mutex::new(Vec::new());
    end_amid_deliveries(&mut app, 0, &acknowledged, |app| {
        assert!(app.terminate(), "it ended well: {}", app.log());
    });
    check_nothing_is_lost(&app, &acknowledged);
    let posted = app.count_events();
    assert_eq!(
        posted,
        acknowledged.lock().unwrap().len(),
        "every event that was posted was answered"
    );
}

#[test]
fn a_redelivery_after_a_crash_is_a_duplicate_and_owes_nothing_more() {
    let mut app = App::spawn();
    app.bind("demo", "cus_demo");
    app.trigger("customer.subscription.updated");
    let body = event_body(&Trigger::new("invoice.payment_failed"));
    assert_eq!(app.deliver(&body).body["status"], "ok");
    app.kill();
    app.restart();
    assert_eq!(app.deliver(&body).body["status"], "duplicate");
    assert_eq!(app.notices("demo"), ["payment_failed", "payment_failed_alert"]);
    assert_eq!(app.status_and_reason("demo").0, "past_due");
}

#[test]
fn two_processes_on_one_database_lose_nothing_and_contradict_nobody() {
    let app = App::spawn();
    let acknowledged = Mutex::new(Vec::new());
    for round in 0..count(3, 30) {
        let mut beside = app.spawn_beside();
        std::thread::scope(|scope| {
            let acknowledged = &acknowledged;
            let others = beside.address;
            // Events about each customer arrive at both instances.
            let both = [(app.address, "here"), (others, "there")].map(|(address, place)| {
                scope.spawn(move || {
                    for n in 0..40 {
                        let about = format!("{round}_{}", n % 4);
                        let event = ["customer.subscription.updated", "invoice.paid"][n % 2];
                        let body = event_with(event, &format!("cus_{about}"), &format!("sub_{about}_{place}"), &[]);
                        match deliver_to(address, &signature(&body), &body) {
                            Some(answer) if answer.status == 200 => {
                                acknowledged
                                    .lock()
                                    .unwrap()
                                    .push(answer.body["event_id"].as_str().unwrap().to_owned());
                            }
                            Some(answer) => assert_eq!(answer.status, 503, "{:?}", answer.body),
                            None => return,
                        }
                    }
                })
            });
            std::thread::sleep(Duration::from_millis(300));
            beside.kill();
            for delivering in both {
                delivering.join().unwrap();
            }
        });
    }
    check_nothing_is_lost(&app, &acknowledged);
}
