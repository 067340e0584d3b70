//! Faults of any kind: with resending nothing is lost, with holding nothing is sent twice, and nothing untrue is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use test_support::smtp::{Behaviour, DropPoint, SmtpServer};

use crate::notices::{FROM, Notice, all, deliveries, fail, happen};
use crate::size::{count, first_seed};
use crate::support::App;

/// The points at which the worker dies.
const POINTS: [&str; 6] = [
    "worker::after_claim",
    "worker::before_transmitting",
    "worker::after_transmitting",
    "worker::after_transmission",
    "worker::before_settle",
    "worker::after_settle",
];

/// Starts a mail server that misbehaves until it is told to behave.
fn misbehaving(seed: u64, is_calm: &Arc<AtomicBool>) -> SmtpServer {
    let is_calm = Arc::clone(is_calm);
    SmtpServer::start_with(move |session| {
        if is_calm.load(Ordering::Relaxed) {
            return Behaviour::Well;
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed * 1_000_003 + session.number);
        match random.random_range(0..100) {
            0..45 => Behaviour::DropAt(DropPoint::ALL[random.random_range(0..DropPoint::ALL.len())]),
            45..50 => Behaviour::Greylist,
            50..53 => Behaviour::DeferContent,
            53..56 => Behaviour::LateAccept(Duration::from_millis(200)),
            56..58 => Behaviour::Tarpit(Duration::from_millis(1)),
            _ => Behaviour::Well,
        }
    })
}

fn settings(smtp: &SmtpServer, policy: &str) -> Vec<(String, String)> {
    [
        ("DUNLIN_SMTP_URL", smtp.url().as_str()),
        ("DUNLIN_MAIL_FROM", FROM),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_ADMIN", "admin@acme.example"),
        ("DUNLIN_MAIL_ON_UNKNOWN", policy),
        ("DUNLIN_MAIL_MIN_INTERVAL_SECS", "0"),
        ("DUNLIN_MAIL_RETRY_FIRST_SECS", "0"),
        ("DUNLIN_MAIL_MAX_ATTEMPTS", "100000"),
        ("DUNLIN_MAIL_LEASE_SECS", "10"),
        ("DUNLIN_SMTP_COMMAND_TIMEOUT_SECS", "3"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The record of a time in which workers were killed.
#[derive(Debug, Default)]
struct Tally {
    /// The number of workers.
    lives: u64,
    /// The number of workers killed at each point.
    kills: BTreeMap<&'static str, u64>,
    /// The tenants that paid, with the length of the mail server's log at that moment. No worker was alive then.
    paid_at: BTreeMap<String, usize>,
}

/// Returns the points at which the mail server broke off, and the number of times.
fn drops(smtp: &SmtpServer) -> BTreeMap<String, usize> {
    let mut drops = BTreeMap::new();
    for point in smtp.conversations().iter().filter_map(|one| one.dropped_at) {
        *drops.entry(format!("{point:?}")).or_default() += 1;
    }
    drops
}

/// Lets workers live and die, one after the other, while renewals fail and are paid. It continues until the wanted
/// number has died, and the mail server has broken off at every point, because a short life may not get far.
fn let_workers_die(web: &App, smtp: &SmtpServer, settings: &[(String, String)], wanted: u64, random: &mut ChaCha8Rng) -> Tally {
    let mut tally = Tally::default();
    let mut names = Vec::new();
    while tally.lives < wanted || drops(smtp).len() < DropPoint::ALL.len() {
        tally.lives += 1;
        let never = DropPoint::ALL.len() - drops(smtp).len();
        assert!(
            tally.lives <= 10 * wanted,
            "{never} points were never dropped at: {:?}",
            drops(smtp)
        );
        for n in 0..2 {
            let name = format!("t{}x{n}", tally.lives);
            fail(web, &name);
            names.push(name);
        }
        // Both kinds of death are equally frequent.
        let point = POINTS.get(random.random_range(0..2 * POINTS.len())).copied();
        let plan = point.map(|point| format!("{point}={}", random.random_range(0..4)));
        let mut environment: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        environment.extend(plan.as_deref().map(|plan| ("CRASH_POINT", plan)));
        let mut worker = web.spawn_worker(&environment);
        // A worker's life begins with its work, because the time that it takes to start depends on the machine.
        web.wait_for(Duration::from_mins(1), || {
            let is_up = worker.log().contains("working") || worker.has_ended_within(Duration::ZERO);
            is_up.then_some(())
        });
        let moment = Duration::from_millis(random.random_range(0..400));
        let died_by_itself = worker.has_ended_within(if point.is_some() { Duration::from_secs(2) } else { moment });
        if !died_by_itself {
            worker.kill();
        }
        *tally
            .kills
            .entry(point.filter(|_| died_by_itself).unwrap_or("a random moment"))
            .or_default() += 1;
        if random.random_range(0..3) == 0 {
            let name: &String = &names[random.random_range(0..names.len())];
            if !tally.paid_at.contains_key(name) {
                // A worker that was killed may have sent a mail that the server has not read to its end.
                smtp.wait_until_alone();
                let log = smtp.received().len();
                happen(web, name, "invoice.paid");
                tally.paid_at.insert(name.clone(), log);
            }
        }
    }
    tally
}

/// Lets one worker bring everything to its end.
fn drain(web: &App, settings: &[(String, String)]) -> Vec<Notice> {
    let environment: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let _worker = web.spawn_worker(&environment);
    web.wait_for(Duration::from_mins(3), || {
        let notices = all(web);
        (!notices.iter().any(Notice::is_open)).then_some(notices)
    })
}

/// Tries one policy, from its first fault to the judgement. Returns the final contents of the outbox and of the mail
/// server's log.
fn try_policy(policy: &str, seed: u64) -> (Vec<Notice>, BTreeMap<String, usize>) {
    let began = Instant::now();
    let is_calm = Arc::new(AtomicBool::new(false));
    let smtp = misbehaving(seed, &is_calm);
    let web = App::spawn_web_with_crash_points(&[("DUNLIN_MAIL_HOLD_SECS", "0")]);
    let settings = settings(&smtp, policy);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let tally = let_workers_die(&web, &smtp, &settings, count(100, 500), &mut random);
    is_calm.store(true, Ordering::Relaxed);
    let notices = drain(&web, &settings);
    let delivered = deliveries(&smtp);
    nothing_is_told_of_a_closed_case(&smtp, &tally, &notices);
    let drops = drops(&smtp);
    let doubled = delivered.values().filter(|&&times| times > 1).count();
    let states = notices.iter().fold(BTreeMap::<&str, u64>::new(), |mut states, notice| {
        *states.entry(&notice.state).or_default() += 1;
        states
    });
    println!(
        "{policy}: {} notices, {} workers killed {:?}, conversations dropped {drops:?}: in the end {states:?}; {} mails \
         taken, {doubled} doubled; {:.0?}",
        notices.len(),
        tally.lives,
        tally.kills,
        delivered.values().sum::<usize>(),
        began.elapsed()
    );
    (notices, delivered)
}

/// Checks that a closed case is not told. When the payment was made no worker held a claim, so any later mail about the
/// failure was claimed later.
fn nothing_is_told_of_a_closed_case(smtp: &SmtpServer, tally: &Tally, notices: &[Notice]) {
    let log = smtp.received();
    for notice in notices.iter().filter(|notice| notice.kind.starts_with("payment_failed")) {
        let Some(&paid_at) = tally.paid_at.get(&notice.tenant) else {
            continue;
        };
        let late = log[paid_at..]
            .iter()
            .filter(|mail| mail.message_id() == notice.message_id)
            .count();
        assert_eq!(late, 0, "the case was closed and was still told: {notice:?}");
    }
}

#[test]
fn sent_again_where_it_is_not_known_nothing_is_lost() {
    let (notices, delivered) = try_policy("resend", first_seed());
    for notice in &notices {
        let times = delivered.get(&notice.message_id).copied().unwrap_or_default();
        match notice.state.as_str() {
            "sent" => assert!(times >= 1, "lost: {notice:?}"),
            "superseded" => {}
            other => panic!("{other}: {notice:?}"),
        }
    }
    assert!(notices.iter().any(|notice| notice.state == "superseded"), "some paid in time");
}

#[test]
fn held_where_it_is_not_known_nothing_is_doubled() {
    let (notices, delivered) = try_policy("hold", first_seed() + 1);
    let doubled: BTreeSet<_> = delivered.iter().filter(|(_, times)| **times > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    for notice in &notices {
        let times = delivered.get(&notice.message_id).copied().unwrap_or_default();
        match notice.state.as_str() {
            "sent" => assert_eq!(times, 1, "lost: {notice:?}"),
            "unknown" | "superseded" => assert!(!notice.reason.is_empty(), "{notice:?}"),
            other => panic!("{other}: {notice:?}"),
        }
    }
    assert!(
        notices.iter().any(|notice| notice.state == "unknown"),
        "some waits for a person"
    );
}
