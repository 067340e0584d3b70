//! A disk that is full, fails, or loses power. Every event answered with 200 is there, and the server heals by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests say what is wrong by failing, and sign with the time of day"
)]

#[path = "convergence/size.rs"]
mod size;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use simulator::Trigger;

use crate::size::{count, first_seed};
use crate::support::disk::{Disk, Fault, IO_ERROR, NO_SPACE};
use crate::support::{App, deliver_to, dunlin, event_body, signature, stream};

/// The database that the servers of these tests use.
const DATABASE: support::Database = support::Database::Sqlite;

const PATIENCE: Duration = Duration::from_secs(20);
const FAULTS: [(&str, u32); 4] = [
    ("write", NO_SPACE),
    ("write", IO_ERROR),
    ("sync", NO_SPACE),
    ("sync", IO_ERROR),
];

/// Delivers an event about this subject, and notes it if it is acknowledged.
fn deliver(app: &App, subject: &str, acknowledged: &Mutex<Vec<String>>) -> u16 {
    let body = event_body(&Trigger {
        customer: format!("cus_{subject}"),
        subscription: format!("sub_{subject}"),
        ..Trigger::new("invoice.payment_failed")
    });
    let answer = deliver_to(app.address, &signature(&body), &body).expect("the server answers");
    if answer.status == 200 {
        let id = answer.body["event_id"].as_str().unwrap().to_owned();
        acknowledged.lock().unwrap().push(id);
    }
    answer.status
}

/// Checks that a server heals within a moment, without a restart.
fn heals(app: &App, acknowledged: &Mutex<Vec<String>>) {
    app.wait_for(PATIENCE, || (deliver(app, "healed", acknowledged) == 200).then_some(()));
    app.wait_for(PATIENCE, || (app.get("/readyz").status == 200).then_some(()));
}

/// Returns the events that were acknowledged and are gone.
fn lost(app: &App, acknowledged: &Mutex<Vec<String>>) -> Vec<String> {
    let acknowledged = acknowledged.lock().unwrap().clone();
    let is_gone = |id: &String| app.get(&format!("/api/v1/events/{id}")).status != 200;
    acknowledged.into_iter().filter(is_gone).collect()
}

fn nothing_is_lost(app: &App, acknowledged: &Mutex<Vec<String>>) {
    let lost = lost(app, acknowledged);
    assert!(lost.is_empty(), "{} acknowledged events are lost", lost.len());
}

/// Checks this now, and in a process that starts with nothing in memory.
fn nothing_is_lost_even_after_a_restart(mut app: App, acknowledged: &Mutex<Vec<String>>) {
    nothing_is_lost(&app, acknowledged);
    app.kill();
    app.restart();
    nothing_is_lost(&app, acknowledged);
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
}

fn with_mails(disk: &Disk, mails: &Path) -> App {
    let mails = format!("file:{}", mails.display());
    disk.spawn(&[
        ("DUNLIN_SMTP_URL", &mails),
        ("DUNLIN_MAIL_FROM", "billing@example.test"),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_HOLD_SECS", "0"),
    ])
}

/// Does one of the things that may come between a failure and the next delivery.
fn follow_up(app: &App, which: usize) {
    match which {
        // This unit of work is rolled back.
        1 => {
            let taken = json!({"stripe_customer_id": "cus_taken"});
            drop(app.put("/api/v1/tenants/second", &taken));
        }
        // This client does not wait for the answer.
        2 => drop(app.speak(
            b"PUT /api/v1/tenants/gone HTTP/1.1\r\nHost: x\r\nContent-Len",
            Duration::from_millis(1),
        )),
        3 => drop(app.prune()),
        // The workers claim what is owed to this tenant.
        4 => drop(app.trigger("invoice.payment_failed")),
        _ => {}
    }
}

#[test]
fn a_commit_that_fails_is_not_acknowledged_and_no_later_one_is_lost() {
    let acknowledged = Mutex::new(Vec::new());
    let (disk, mails) = (Disk::new(), tempfile::tempdir().unwrap());
    let app = with_mails(&disk, mails.path());
    app.bind("first", "cus_taken");
    app.put(
        "/api/v1/tenants/demo",
        &json!({"stripe_customer_id": "cus_demo", "contacts": [{"email": "bo@example.test", "role": "billing"}]}),
    );
    for (call, errno) in FAULTS {
        for after in [0, 1, 2, 4] {
            for which in 0..5 {
                for times in [1, 2] {
                    disk.fail(Fault {
                        call,
                        errno,
                        after,
                        times,
                    });
                    for n in 0..6 {
                        deliver(&app, &format!("{which}_{n}"), &acknowledged);
                        follow_up(&app, if n == 2 { which } else { 0 });
                    }
                    disk.heal();
                    heals(&app, &acknowledged);
                }
            }
        }
    }
    nothing_is_lost_even_after_a_restart(app, &acknowledged);
}

/// Injects random faults while four clients deliver.
#[test]
fn whatever_fails_when_acknowledged_is_kept() {
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    let (schedules, seed) = (count(200, 2_000), first_seed());
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    println!("DUNLIN_SEED={seed}");
    let acknowledged = Mutex::new(Vec::new());
    let (disk, mails) = (Disk::new(), tempfile::tempdir().unwrap());
    let app = with_mails(&disk, mails.path());
    for schedule in 0..schedules {
        let (call, errno) = FAULTS[random.random_range(0..FAULTS.len())];
        disk.fail(Fault {
            call,
            errno,
            after: random.random_range(0..8),
            times: random.random_range(1..5),
        });
        let which = random.random_range(0..4);
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let (app, acknowledged) = (&app, &acknowledged);
                scope.spawn(move || {
                    for n in 0..4 {
                        deliver(app, &format!("{worker}_{}", (schedule + n) % 9), acknowledged);
                    }
                });
            }
            follow_up(&app, which);
        });
        if random.random_bool(0.3) {
            disk.heal();
            heals(&app, &acknowledged);
        }
    }
    disk.heal();
    heals(&app, &acknowledged);
    nothing_is_lost_even_after_a_restart(app, &acknowledged);
}

/// Makes a binary that runs on a small file system of its own, which vanishes with it. Its files are visible through
/// `/proc`.
fn on_small_file_system(folder: &Path, mebibytes: u64) -> &'static Path {
    let script = folder.join("dunlin");
    let text = format!(
        "#!/bin/sh\nexec unshare --mount --map-root-user sh -c \
         'mount -t tmpfs -o size={mebibytes}m tmpfs {} && exec {} \"$@\"' sh \"$@\"\n",
        folder.join("small").display(),
        dunlin().display(),
    );
    std::fs::create_dir(folder.join("small")).unwrap();
    std::fs::write(&script, text).unwrap();
    assert!(Command::new("chmod").args(["+x"]).arg(&script).status().unwrap().success());
    Box::leak(script.into_boxed_path())
}

#[test]
fn a_full_disk_answers_503_and_heals_once_there_is_room() {
    let cycles = count(5, 50);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/small/dunlin.db", folder.path().display());
    // The events acknowledged in each cycle stay.
    let binary = on_small_file_system(folder.path(), 4 + cycles / 5);
    let app = App::spawn_binary(binary, &[("DUNLIN_DATABASE_URL", &url)]);
    let small = PathBuf::from(format!("/proc/{}/root{}/small", app.id(), folder.path().display()));
    let acknowledged = Mutex::new(Vec::new());
    for cycle in 0..cycles {
        let ballast = small.join("ballast");
        let all_there_is = vec![0; 32 << 20];
        assert!(std::fs::write(&ballast, &all_there_is).is_err(), "it is full");
        let refused = (0..400).find(|n| deliver(&app, &format!("{cycle}_{n}"), &acknowledged) == 503);
        assert!(refused.is_some(), "a full disk takes nothing for good");
        for n in 0..20 {
            deliver(&app, &format!("{cycle}_more_{n}"), &acknowledged);
        }
        let ready = app.wait_for(PATIENCE, || Some(app.get("/readyz")).filter(|ready| ready.status == 503));
        assert!(ready.body["detail"].as_str().unwrap().contains("full"), "{:?}", ready.body);
        std::fs::remove_file(ballast).unwrap();
        heals(&app, &acknowledged);
        nothing_is_lost(&app, &acknowledged);
    }
}

fn lost_after_power_cuts(cycles: u64, lies: bool) -> usize {
    let disk = Disk::new();
    let mut app = disk.spawn_to_lose_power(lies);
    let acknowledged = Mutex::new(Vec::new());
    for cycle in 0..cycles {
        let before = acknowledged.lock().unwrap().len();
        let enough = before + 3 + usize::try_from(7 * cycle % 31).unwrap();
        std::thread::scope(|scope| {
            for worker in 0..3 {
                let (address, acknowledged) = (app.address, &acknowledged);
                scope.spawn(move || stream(address, &format!("{cycle}_{worker}"), acknowledged));
            }
            while acknowledged.lock().unwrap().len() < enough {
                std::thread::sleep(Duration::from_millis(1));
            }
            app.kill();
        });
        disk.lose_power();
        // The database may be beyond repair. Then all of it is lost.
        if !app.database_is_whole() {
            return acknowledged.into_inner().unwrap().len();
        }
        app.restart();
    }
    lost(&app, &acknowledged).len()
}

#[test]
fn what_was_answered_200_survives_a_power_cut() {
    let cycles = count(50, 500);
    assert_eq!(lost_after_power_cuts(cycles, false), 0);
}

/// Shows that the test above can fail.
#[test]
fn a_disk_that_only_says_that_it_synced_is_found_out() {
    assert_ne!(lost_after_power_cuts(5, true), 0);
}

#[test]
fn a_database_whose_file_was_replaced_takes_nothing_more() {
    let app = App::spawn();
    let acknowledged = Mutex::new(Vec::new());
    assert_eq!(deliver(&app, "before", &acknowledged), 200);
    let file = PathBuf::from(app.database_url().trim_start_matches("sqlite://"));
    std::fs::rename(&file, file.with_extension("away")).unwrap();
    assert_eq!(deliver(&app, "after", &acknowledged), 503);
    let ready = app.wait_for(PATIENCE, || Some(app.get("/readyz")).filter(|ready| ready.status == 503));
    assert!(
        ready.body["detail"].as_str().unwrap().contains("removed or replaced"),
        "{:?}",
        ready.body
    );
    std::fs::rename(file.with_extension("away"), &file).unwrap();
    heals(&app, &acknowledged);
    nothing_is_lost(&app, &acknowledged);
}
