//! Proof that losses are flagged: a state that lost events made wrong is flagged wherever the facts can show it, and
//! the server shows and counts the flags.

use std::collections::{BTreeMap, BTreeSet};

use simulator::{Network, Order};
use stripe_event::{Event, Object, Subscription};
use subscription::Customer;

use crate::history::History;
use crate::real::Play;
use crate::rules::Rule;
use crate::size::{count, first_seed, over_seeds};
use crate::support::App;

const fn lossy(losses: f64) -> Network {
    Network {
        order: Order::Shuffled,
        duplicates: 0.2,
        losses,
    }
}

/// The number of subscriptions by outcome.
type Outcomes = BTreeMap<&'static str, u64>;

/// Returns the outcome of one subscription that lost some events.
fn outcome(history: &History, arrived: &BTreeSet<usize>, told: &Subscription<'_>, customer: &Customer) -> &'static str {
    let standing = customer.standing();
    let found = standing.subscriptions.iter().find(|(id, _)| id.as_str() == told.id);
    let Some((_, found)) = found else {
        return "unheard of";
    };
    let is_flagged = found.gap || found.doubt.is_some();
    let is_right = found.status.as_str() == told.status.as_str();
    match (is_right, is_flagged) {
        (true, false) => "right",
        (true, true) => "right, flagged",
        (false, true) => "wrong, flagged",
        (false, false) => unflagged(history, arrived, &told.id),
    }
}

/// Returns the reason why the facts could not show that this subscription is wrong.
fn unflagged(history: &History, arrived: &BTreeSet<usize>, id: &str) -> &'static str {
    let changes: Vec<(usize, &Event<'_>)> = history
        .events
        .iter()
        .enumerate()
        .filter(|(_, event)| matches!(&event.object, Object::Subscription { now, .. } if now.id == id))
        .collect();
    let is_lost = |nth: &usize| !arrived.contains(nth);
    if changes.last().is_some_and(|(nth, _)| is_lost(nth)) {
        return "wrong: the last event was lost";
    }
    let loses_in_a_loop = changes.iter().any(|(nth, lost)| {
        let second = || changes.iter().filter(|(_, event)| event.created == lost.created);
        let states: Vec<_> = second().map(|(_, event)| &event.object).collect();
        is_lost(nth) && second().count() > 1 && returns(&states)
    });
    if loses_in_a_loop {
        return "wrong: lost within a loop of one second";
    }
    "wrong, and not flagged"
}

/// Returns true if the changes of a second return to an earlier state of the subscription.
fn returns(changes: &[&Object<'_>]) -> bool {
    let mut seen: Vec<&Subscription<'_>> = Vec::new();
    changes.iter().any(|object| {
        let Object::Subscription { now, .. } = object else {
            return false;
        };
        let again = seen.contains(&now);
        seen.push(now);
        again
    })
}

#[test]
fn what_is_wrong_for_a_lost_event_is_flagged_wherever_the_facts_can_show_it() {
    let lives = count(10_000, 200_000);
    println!(
        "subscriptions by outcome, of {lives} lifecycles each from seed {}:",
        first_seed()
    );
    for losses in [0.01, 0.1, 0.3] {
        let outcomes = over_seeds(
            lives,
            |seed, outcomes: &mut Outcomes| {
                let history = History::from_seed(seed);
                let order = history.delivered(&lossy(losses), seed);
                let arrived: BTreeSet<usize> = order.iter().copied().collect();
                let mut customer = Customer::default();
                for &nth in &order {
                    Rule::learn(&mut customer, &history.facts[nth]);
                }
                for told in history.truth().subscriptions.values() {
                    let outcome = outcome(&history, &arrived, told, &customer);
                    if outcome == "wrong, and not flagged" {
                        let lines: Vec<String> = (0..history.events.len())
                            .map(|nth| {
                                format!(
                                    "{} {}",
                                    if arrived.contains(&nth) { " " } else { "LOST" },
                                    history.describe(nth)
                                )
                            })
                            .collect();
                        panic!(
                            "seed {seed}, {}: {outcome}\n{}\n{:#?}",
                            told.id,
                            lines.join("\n"),
                            customer.standing().subscriptions
                        );
                    }
                    *outcomes.entry(outcome).or_default() += 1;
                }
            },
            |sum, part| {
                for (outcome, times) in part {
                    *sum.entry(outcome).or_default() += times;
                }
            },
        );
        println!("  {:>3.0} % lost: {outcomes:?}", losses * 100.0);
        assert!(outcomes["wrong, flagged"] > 0, "{outcomes:?}");
    }
}

#[test]
fn the_server_shows_the_flags_and_the_audit_counts_them() {
    let app = App::spawn();
    let play = Play::new(first_seed(), 60, &lossy(0.15));
    play.bind(&app, 0);
    play.bind(&app, 1);
    play.send(app.address);
    let delivered = play.delivered();
    let (mut gaps, mut doubts) = (0, 0);
    for (nth, history) in play.histories.iter().enumerate() {
        let mut customer = Customer::default();
        for (event, facts) in history.events.iter().zip(&history.facts) {
            if delivered.contains(event.id.as_ref()) {
                Rule::learn(&mut customer, facts);
            }
        }
        let state = customer.state().subscription;
        let tenant = app.get(&format!("/api/v1/tenants/t{nth}")).body;
        assert_eq!(tenant["gap"], state.as_ref().is_some_and(|s| s.gap), "t{nth}");
        assert_eq!(tenant["certain"], state.as_ref().is_none_or(|s| s.doubt.is_none()), "t{nth}");
        let subscriptions = customer.standing().subscriptions;
        gaps += subscriptions.values().filter(|s| s.gap).count();
        doubts += subscriptions.values().filter(|s| s.doubt.is_some()).count();
    }
    assert!(gaps > 0, "nothing was flagged");
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
    assert!(
        report.contains(&format!("{gaps} subscriptions with a gap, {doubts} in doubt")),
        "{gaps}, {doubts}: {report}"
    );
    println!(
        "loss, real: {}, {gaps} subscriptions with a gap, {doubts} in doubt",
        play.describe()
    );
}
