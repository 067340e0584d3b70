//! Notices that fall due by time, and notices that are still to be sent at their time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use subscription::Customer;
use subscription::Status::{Active, Canceled, PastDue, Unpaid};
use subscription::access::Policy;
use subscription::facts::{Fact, Snapshot, SubscriptionFact};
use subscription::notices::{DueNotice, Notice, Superseded};
use subscription::testing::{InvoiceBuilder, SubscriptionBuilder, at, card, invoice, sub, told, trialing_until};

const A: SubscriptionBuilder = sub("A").begun(1);
const BILL: InvoiceBuilder = invoice("in1").of("A").made(5);
const DAY: i64 = 86_400;

fn kinds(notices: &[Notice]) -> Vec<&'static str> {
    notices.iter().map(Notice::kind).collect()
}

fn overdue_kinds(due: &[DueNotice]) -> Vec<&'static str> {
    due.iter().map(|due| due.notice.kind()).collect()
}

/// Returns the kinds of the notices that fall due in this second.
fn due_at(facts: &[Fact], secs: i64) -> Vec<&'static str> {
    kinds(&told(facts).standing().due_between(at(secs), at(secs)))
}

#[test]
fn access_is_suspended_when_the_payment_grace_is_over() {
    let facts = [A.created(1, Active), BILL.failed(10, 1)];
    let standing = told(&facts).standing();
    assert_eq!(standing.next_due_from(at(0)), Some(at(10 + 14 * DAY)));
    assert_eq!(due_at(&facts, 10 + 14 * DAY), ["access_suspended"]);
    let shorter = Policy {
        payment_grace_secs: 60,
        ..Policy::default()
    };
    assert_eq!(told(&facts).standing_under(&shorter).next_due_from(at(0)), Some(at(70)));
    let paid = [&facts[..], &[BILL.paid(20)]].concat();
    assert_eq!(told(&paid).standing().next_due_from(at(0)), None);
}

#[test]
fn when_every_retry_failed_access_is_suspended_at_once_and_told_once() {
    let open = [A.created(1, Active), BILL.failed(10, 1), A.updated(11, Active, PastDue)];
    let before = told(&open).standing();
    let unpaid = [&open[..], &[A.updated(20, PastDue, Unpaid)]].concat();
    let after = told(&unpaid).standing();
    assert_eq!(overdue_kinds(&after.overdue_since(&before, at(21))), ["access_suspended"]);
    // The end of the grace and the unpaid status owe the same notice, whichever comes first.
    let by_grace = before.due_between(at(0), at(100 * DAY));
    let by_status = after.due_between(at(0), at(100 * DAY));
    assert_eq!(by_grace[0].key(), by_status[0].key());
    assert_eq!(overdue_kinds(&after.overdue_since(&after, at(30))), [""; 0]);
}

#[test]
fn a_failure_learned_long_after_the_grace_is_told_all_the_same() {
    let before = told(&[A.created(1, Active)]).standing();
    let after = told(&[A.created(1, Active), BILL.failed(10, 1)]).standing();
    assert_eq!(
        overdue_kinds(&after.overdue_since(&before, at(10 + 20 * DAY))),
        ["access_suspended"]
    );
    assert_eq!(overdue_kinds(&after.overdue_since(&before, at(10 + 13 * DAY))), [""; 0]);
}

#[test]
fn a_trial_expires_when_stripe_never_said_what_followed() {
    let trial = [A.created(1, trialing_until(500))];
    assert_eq!(due_at(&trial, 500 + DAY), ["trial_expired"]);
    let converted = [&trial[..], &[A.updated(500, trialing_until(500), Active)]].concat();
    assert_eq!(told(&converted).standing().next_due_from(at(0)), None);
}

/// The end of a card that is valid to the end of December 2031.
const END_OF_2031: i64 = 1_956_528_000;

#[test]
fn a_card_is_told_of_30_and_7_days_before_its_end_while_it_is_charged() {
    let facts = [A.created(1, Active), card("pm1", 1)];
    assert_eq!(due_at(&facts, END_OF_2031 - 30 * DAY), ["card_expiring"]);
    assert_eq!(due_at(&facts, END_OF_2031 - 7 * DAY), ["card_expiring"]);
    let canceled = [&facts[..], &[A.deleted(50)]].concat();
    assert_eq!(told(&canceled).standing().next_due_from(at(0)), None);
    // The newer one of two cards is charged.
    let replaced = [&facts[..], &[card("pm2", 60)]].concat();
    let due = told(&replaced).standing().due_between(at(0), at(END_OF_2031));
    let of_newer = |notice: &Notice| matches!(notice, Notice::CardExpiring(card) if card.payment_method.as_str() == "pm2");
    assert!(due.len() == 2 && due.iter().all(of_newer), "{due:?}");
    // A customer who adds a card in its last month knows that it expires.
    let before = told(&[A.created(1, Active)]).standing();
    assert_eq!(
        overdue_kinds(&told(&facts).standing().overdue_since(&before, at(END_OF_2031 - 20 * DAY))),
        [""; 0]
    );
}

/// Returns the reason why a notice that the first facts owe should not be sent after the rest.
fn superseded(before: &[Fact], kind: &str, after: &[Fact], now: i64) -> Option<Superseded> {
    let nothing = Customer::default().standing();
    let standing = told(before).standing();
    let owed = [standing.owed_since(&nothing), standing.due_between(at(0), at(i64::MAX))].concat();
    let notice = owed.into_iter().find(|notice| notice.kind() == kind).expect(kind);
    told(&[before, after].concat()).standing().still_owes(&notice, at(now)).err()
}

#[test]
fn a_failed_payment_is_told_until_it_is_paid_ended_closed_or_failed_again() {
    let failed = [A.created(1, Active), BILL.failed(10, 1)];
    for (after, expected) in [
        (vec![], None),
        (vec![BILL.paid(20)], Some(Superseded::Paid)),
        (vec![A.deleted(20)], Some(Superseded::Canceled)),
        (vec![BILL.voided(20)], Some(Superseded::InvoiceClosed)),
        (vec![BILL.uncollectible(20)], Some(Superseded::InvoiceClosed)),
        (vec![BILL.failed(20, 2)], Some(Superseded::NewerAttempt)),
        (vec![BILL.needs_action(10, 1)], Some(Superseded::ActionRequired)),
    ] {
        for kind in ["payment_failed", "payment_failed_alert"] {
            let expected = expected.filter(|&why| kind == "payment_failed" || why != Superseded::ActionRequired);
            assert_eq!(superseded(&failed, kind, &after, 30), expected, "{kind} after {after:?}");
        }
    }
    let asked = [A.created(1, Active), BILL.needs_action(10, 1)];
    assert_eq!(
        superseded(&asked, "payment_action_required", &[BILL.paid(20)], 30),
        Some(Superseded::Paid)
    );
    assert_eq!(
        superseded(&asked, "payment_action_required", &[A.deleted(20)], 30),
        Some(Superseded::Canceled)
    );
}

#[test]
fn a_warning_is_not_told_once_its_moment_has_passed() {
    let trial = trialing_until(500);
    let warned = [A.created(1, trial.clone()), A.trial_will_end(10, trial)];
    assert_eq!(superseded(&warned, "trial_ending", &[], 499), None);
    assert_eq!(superseded(&warned, "trial_ending", &[], 500), Some(Superseded::Past));
    let expiring = [A.created(1, Active), card("pm1", 1)];
    assert_eq!(
        superseded(&expiring, "card_expiring", &[card("pm2", 9)], END_OF_2031),
        Some(Superseded::NoLongerTrue)
    );
    let first = told(&expiring)
        .standing()
        .due_between(at(0), at(END_OF_2031 - 10 * DAY))
        .remove(0);
    let standing = told(&expiring).standing();
    assert!(standing.still_owes(&first, at(END_OF_2031 - 10 * DAY)).is_ok());
    assert_eq!(
        standing.still_owes(&first, at(END_OF_2031 - DAY)).err(),
        Some(Superseded::Past)
    );
}

#[test]
fn a_suspension_is_not_told_to_those_who_paid_or_left() {
    let failed = [A.created(1, Active), BILL.failed(10, 1)];
    let now = 10 + 15 * DAY;
    assert_eq!(superseded(&failed, "access_suspended", &[], now), None);
    assert_eq!(
        superseded(&failed, "access_suspended", &[BILL.paid(20)], now),
        Some(Superseded::Paid)
    );
    assert_eq!(
        superseded(&failed, "access_suspended", &[A.deleted(20)], now),
        Some(Superseded::Canceled)
    );
}

#[test]
fn a_suspension_is_not_told_once_a_set_end_has_ended_the_subscription_anyway() {
    let end = 10 + 20 * DAY;
    let ending = Snapshot {
        cancel_at: Some(at(end)),
        canceled_at: Some(at(7 * DAY)),
        ..Snapshot::of_status(PastDue)
    };
    let failed = [
        A.created(1, Active),
        BILL.failed(10, 1),
        A.updated(11, Active, PastDue),
        A.updated(7 * DAY, PastDue, ending),
    ];
    // Stripe reports the end, but possibly late.
    for (now, expected) in [
        (10 + 14 * DAY, None),
        (end - 1, None),
        (end, Some(Superseded::Past)),
        (end + DAY, Some(Superseded::Past)),
    ] {
        assert_eq!(superseded(&failed, "access_suspended", &[], now), expected, "at {now}");
    }
}

#[test]
fn a_warning_of_a_card_is_not_told_once_the_card_has_expired() {
    let expiring = [A.created(1, Active), card("pm1", 1)];
    let standing = told(&expiring).standing();
    let last = standing.due_between(at(END_OF_2031 - 7 * DAY), at(END_OF_2031)).remove(0);
    assert!(standing.still_owes(&last, at(END_OF_2031 - 1)).is_ok());
    assert_eq!(standing.still_owes(&last, at(END_OF_2031)).err(), Some(Superseded::Past));
}

#[test]
fn what_is_told_is_what_is_true_by_then() {
    let ended = [A.created(1, Active), A.deleted(50)];
    let notice = told(&ended).standing().owed_since(&Customer::default().standing()).remove(0);
    let mut feedback = A.noted(60, Canceled);
    if let Fact::Subscription {
        fact: SubscriptionFact::Change(change),
        ..
    } = &mut feedback
    {
        change.details.cancellation_feedback = Some("too_expensive".to_owned());
    }
    let later = told(&[&ended[..], &[feedback]].concat())
        .standing()
        .still_owes(&notice, at(70))
        .unwrap();
    let Notice::ChurnAlert(ending) = later else {
        panic!("{later:?}");
    };
    assert_eq!(ending.feedback.as_deref(), Some("too_expensive"));
}
