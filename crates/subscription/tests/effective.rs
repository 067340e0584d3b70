//! The effective status: invoices that may report a change before the subscription does, and invoices that may not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod support;

use proptest::prelude::*;
use subscription::Status;
use subscription::facts::{Fact, fold};
use subscription::testing::{SubscriptionBuilder, as_event, invoice, sub, told, trialing_until};
use support::{anything, facts_of, owed_along};

const A: SubscriptionBuilder = sub("A").begun(1);

/// Returns the effective status of subscription A, and whether its state has a gap because an invoice alone supports
/// it.
fn effective(facts: &[Fact]) -> Option<(Status, bool)> {
    let standing = told(facts).standing();
    standing
        .subscriptions
        .get(&A.id())
        .map(|state| (state.status.clone(), state.gap))
}

#[test]
fn a_failed_renewal_makes_an_active_subscription_past_due_before_it_says_so_itself() {
    let bill = invoice("in1").of("A").made(20);
    let active = A.created(10, Status::Active);
    for (why, fact, expected) in [
        ("no reason given", bill.failed(30, 1), Status::PastDue),
        ("a renewal", bill.because("subscription_cycle").failed(30, 1), Status::PastDue),
        (
            "charged by itself",
            bill.collected_by("charge_automatically").failed(30, 1),
            Status::PastDue,
        ),
        ("the same second", bill.failed(10, 1), Status::PastDue),
        ("older than what the subscription said", bill.failed(9, 1), Status::Active),
        (
            "a sent invoice",
            bill.collected_by("send_invoice").failed(30, 1),
            Status::Active,
        ),
        (
            "an update of the plan",
            bill.because("subscription_update").failed(30, 1),
            Status::Active,
        ),
        (
            "the first invoice",
            bill.because("subscription_create").failed(30, 1),
            Status::Active,
        ),
        ("nothing failed", bill.open(30), Status::Active),
    ] {
        assert_eq!(effective(&[active.clone(), fact]), Some((expected, false)), "{why}");
    }
    for closing in [bill.paid(40), bill.uncollectible(40), bill.voided(40)] {
        assert_eq!(
            effective(&[active.clone(), bill.failed(30, 1), closing]),
            Some((Status::Active, false))
        );
    }
}

#[test]
fn the_subscriptions_last_word_is_its_newest_event_whatever_its_name() {
    let facts = [
        as_event(A.created(10, Status::Trialing), "evt_2"),
        as_event(A.updated(50, Status::Trialing, Status::Active), "evt_1"),
        invoice("in1").of("A").made(20).failed(30, 1),
    ];
    assert_eq!(effective(&facts), Some((Status::Active, false)));
}

#[test]
fn a_failed_renewal_counts_in_a_trial_only_once_that_has_ended() {
    let bill = invoice("in1").of("A").made(20);
    for (trial_end, expected) in [(30, Status::PastDue), (31, Status::Trialing)] {
        let facts = [A.created(10, trialing_until(trial_end)), bill.failed(30, 1)];
        assert_eq!(effective(&facts), Some((expected, false)), "trial until {trial_end}");
    }
    let endless = [A.created(10, Status::Trialing), bill.failed(30, 1)];
    assert_eq!(effective(&endless), Some((Status::Trialing, false)));
}

#[test]
fn a_paid_latest_invoice_heals_a_past_due_subscription_before_it_says_so_itself() {
    let old = invoice("in1").of("A").made(15);
    let new = invoice("in2").of("A").made(20);
    let past_due = A.updated(30, Status::Active, Status::PastDue);
    let start = [A.created(10, Status::Active), past_due];
    for (why, told_of_invoices, expected) in [
        ("paid after", vec![new.paid(40)], Status::Active),
        ("paid in the same second", vec![new.paid(30)], Status::Active),
        ("paid before it fell past due", vec![new.paid(29)], Status::PastDue),
        ("not the latest", vec![new.failed(30, 1), old.paid(40)], Status::PastDue),
        ("given up", vec![new.failed(30, 1), new.uncollectible(40)], Status::PastDue),
    ] {
        let facts = [start.to_vec(), told_of_invoices].concat();
        assert_eq!(effective(&facts), Some((expected, false)), "{why}");
    }
}

#[test]
fn of_a_subscription_that_never_spoke_an_invoice_tells_and_a_read_is_due() {
    let bill = invoice("in1").of("A").made(20);
    let first = bill.because("subscription_create");
    assert_eq!(effective(&[bill.failed(30, 1)]), Some((Status::PastDue, true)));
    assert_eq!(effective(&[first.failed(30, 1)]), Some((Status::Incomplete, true)));
    assert_eq!(effective(&[bill.paid(30)]), Some((Status::Active, true)));
    assert_eq!(effective(&[bill.open(30)]), None);
    assert_eq!(effective(&[bill.failed(30, 1), bill.voided(40)]), None);
    assert_eq!(
        effective(&[bill.failed(30, 1), A.read((40, 43), Status::Unpaid)]),
        Some((Status::Unpaid, false))
    );
}

#[test]
fn otherwise_the_subscription_is_what_it_says() {
    let bill = invoice("in1").of("A").made(20);
    for stated in [
        "incomplete",
        "incomplete_expired",
        "unpaid",
        "canceled",
        "paused",
        "on_sabbatical",
    ] {
        let stated = Status::from(stated);
        let created = A.created(10, stated.clone());
        for told_of_invoice in [bill.failed(30, 1), bill.paid(30)] {
            assert_eq!(effective(&[created.clone(), told_of_invoice]), Some((stated.clone(), false)));
        }
    }
    // The retry of an older invoice changes nothing, and neither does an invoice without a subscription.
    let active = A.created(10, Status::Active);
    let newer = invoice("in2").of("A").made(25);
    let retried = [active.clone(), newer.paid(26), bill.failed(30, 2)];
    assert_eq!(effective(&retried), Some((Status::Active, false)));
    assert_eq!(
        effective(&[active, invoice("in3").failed(30, 1)]),
        Some((Status::Active, false))
    );
}

#[test]
fn the_failure_of_a_first_payment_is_no_dunning() {
    let first = invoice("in1").of("A").made(10).because("subscription_create");
    let deliveries = [
        A.created(10, Status::Incomplete),
        first.failed(11, 1),
        first.needs_action(11, 1),
    ];
    assert_eq!(owed_along(&deliveries).concat(), [""; 0]);
    assert_eq!(effective(&deliveries), Some((Status::Incomplete, false)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_subscriptions_own_last_word_stands_against_every_older_invoice(mut facts in anything::facts()) {
        // All other facts are from before second 20.
        let spoken = sub("sub_1");
        facts.push(spoken.updated(20, Status::Paused, Status::Active));
        let told_facts = facts_of(spoken, &facts);
        let stated = fold(&told_facts).unwrap().snapshot.status;
        let standing = told(&facts).standing();
        prop_assert_eq!(&standing.subscriptions[&spoken.id()].status, &stated);
    }
}

#[test]
fn a_subscription_that_was_past_due_for_a_failure_and_is_active_again_has_answered_it() {
    let bill = invoice("in1").of("A").made(20).because("subscription_cycle");
    let begun = A.created(10, Status::Active);
    let falls = A.updated(30, Status::Active, Status::PastDue);
    let heals = A.updated(30, Status::PastDue, Status::Active);
    // All facts are of one second, and none reports the payment.
    let answered = [begun.clone(), falls.clone(), bill.failed(30, 1), heals];
    assert_eq!(effective(&answered), Some((Status::Active, false)));
    // A retry failed in the second in which the subscription recovered.
    let heals = A.updated(40, Status::PastDue, Status::Active);
    let retried = [
        begun.clone(),
        falls.clone(),
        bill.failed(30, 1),
        bill.failed(40, 2),
        heals.clone(),
    ];
    assert_eq!(effective(&retried), Some((Status::Active, false)));
    // The next renewal is a separate case.
    let next = invoice("in2").of("A").made(50).because("subscription_cycle");
    let again = [begun, falls, bill.failed(30, 1), heals, next.failed(60, 1)];
    assert_eq!(effective(&again), Some((Status::PastDue, false)));
}
