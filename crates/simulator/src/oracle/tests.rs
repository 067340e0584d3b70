use crate::{Features, Lifecycle};

use super::*;

/// Collects the reason codes of real lives at the end of each second.
#[test]
fn every_word_is_said_of_some_life_and_time_alone_leads_from_one_to_the_next() {
    let mut words = std::collections::BTreeSet::new();
    for seed in 0..3_000 {
        let mut oracle = Oracle::default();
        for event in Lifecycle::with(seed, &Features::ALL).events {
            oracle.enter(&event);
            let expected = oracle.access_at(event.created);
            words.insert(expected.now.code);
            if let Some((at, then)) = expected.then {
                assert_eq!(oracle.access_at(at).now, then, "seed {seed}, {}", event.id);
                assert_eq!(oracle.access_at(at - 1).now, expected.now, "seed {seed}, {}", event.id);
                words.insert(then.code);
            }
        }
    }
    let expected = [
        "active",
        "canceled",
        "canceling",
        "incomplete",
        "incomplete_expired",
        "no_subscription",
        "paused",
        "paused_by_customer",
        "paused_for_payment",
        "paused_trial_ended",
        "payment_action_required",
        "payment_grace_expired",
        "payment_past_due",
        "trial_expired",
        "trialing",
        "unpaid",
    ];
    assert_eq!(words.into_iter().collect::<Vec<_>>(), expected);
}
