//! Proof 1 of `docs/convergence.md`, with pure functions: random lifecycles, delivered badly.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::history::{History, NETWORKS};
use crate::rules::{Broken, InOrder, holds, invoices_end_in_truth};
use crate::shrink::Counterexample;
use crate::size::{count, first_seed, over_seeds};

fn everything_holds(history: &History, order: &[usize]) -> Result<(), Broken> {
    holds(history, order, &InOrder::of(history))?;
    invoices_end_in_truth(history, order)
}

#[derive(Default)]
struct Tally {
    events: usize,
    deliveries: usize,
    notices: BTreeMap<String, usize>,
}

#[test]
fn every_delivery_of_every_lifecycle_ends_in_truth() {
    let lives = count(100_000, 1_000_000);
    let began = Instant::now();
    let tally = over_seeds(
        lives,
        |seed, tally: &mut Tally| {
            let history = History::from_seed(seed);
            // Every other lifecycle is shuffled, every other delayed.
            let (how, network) = &NETWORKS[usize::try_from(seed % 2).unwrap()];
            let order = history.delivered(network, seed);
            let in_order = InOrder::of(&history);
            let result = holds(&history, &order, &in_order).and_then(|()| invoices_end_in_truth(&history, &order));
            tally.events += history.events.len();
            tally.deliveries += order.len();
            for key in in_order.owed {
                *tally.notices.entry(key.split(':').next().unwrap().to_owned()).or_default() += 1;
            }
            if let Err(broken) = result {
                let found = Counterexample { history, order, broken };
                panic!("{}", found.shrunk(everything_holds).report(seed, how));
            }
        },
        |sum, part| {
            sum.events += part.events;
            sum.deliveries += part.deliveries;
            for (kind, times) in part.notices {
                *sum.notices.entry(kind).or_default() += times;
            }
        },
    );
    println!(
        "pure: seeds {}.., {lives} lifecycles, {} events, {} deliveries, 0 differences, {:.0} s",
        first_seed(),
        tally.events,
        tally.deliveries,
        began.elapsed().as_secs_f64()
    );
    println!("pure: notices owed in true order: {:?}", tally.notices);
    // These are all kinds that events alone can owe. The others fall due by time.
    let owed: Vec<_> = tally.notices.keys().map(String::as_str).collect();
    let expected = [
        "cancellation_scheduled",
        "cancellation_scheduled_alert",
        "cancellation_withdrawn",
        "cancellation_withdrawn_alert",
        "card_updated",
        "churn_alert",
        "dispute_alert",
        "finalization_failed_alert",
        "invoice_voided_alert",
        "paid_after_cancel_alert",
        "payment_action_required",
        "payment_failed",
        "payment_failed_alert",
        "payment_recovered",
        "renewal_upcoming",
        "subscription_canceled",
        "subscription_paused",
        "subscription_resumed",
        "subscription_unpaid_alert",
        "trial_ending",
        "trial_expired",
        "trial_started",
    ];
    assert_eq!(owed, expected, "every kind of notice is owed somewhere");
}

#[test]
fn in_true_order_every_moment_is_truth() {
    // Not only the end is right: whenever a second is over and all of its events have arrived, the state is Stripe's.
    let lives = count(2_000, 20_000);
    let moments = over_seeds(
        lives,
        |seed, moments: &mut u64| {
            let history = History::from_seed(seed);
            for (nth, event) in history.events.iter().enumerate() {
                let is_last_of_its_second = history.events.get(nth + 1).is_none_or(|next| next.created > event.created);
                if is_last_of_its_second {
                    *moments += 1;
                    let so_far = history.only(|other, _| other <= nth);
                    if let Err(broken) = agrees_so_far(&so_far) {
                        panic!("seed {seed}, after {}: {broken:?}", history.describe(nth));
                    }
                }
            }
        },
        |sum, part| *sum += part,
    );
    println!("pure: {lives} lifecycles, true at each of {moments} moments");
}

/// Checks the statuses told by subscriptions, which have the last word. After an invoice's event, the two may differ
/// for a moment.
fn agrees_so_far(history: &History) -> Result<(), Broken> {
    let order: Vec<usize> = (0..history.events.len()).collect();
    let told_by_subscriptions = history.only(|_, event| matches!(event.object, stripe_event::Object::Subscription { .. }));
    let order_of_those: Vec<usize> = (0..told_by_subscriptions.events.len()).collect();
    crate::rules::ends_in_truth::<subscription::Customer>(&told_by_subscriptions, &order_of_those)?;
    invoices_end_in_truth(history, &order)
}
