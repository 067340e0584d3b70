//! The named scenarios: deliveries that other ways of following Stripe get wrong, and their required results.
//!
//! If a scenario is about a request, a crash or a database, this is its domain part. `rolled_secret` has none: it lives
//! in the crate `stripe-signature`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod support;

use subscription::Status::{Active, Canceled, Incomplete, PastDue, Trialing};
use subscription::access::{Access, Policy, Reason, access};
use subscription::facts::{Fact, InvoiceStatus, Read, Snapshot, SubscriptionFact, fold};
use subscription::notices::Standing;
use subscription::state::{Closed, CustomerState, DunningCase, SubscriptionState, case};
use subscription::testing::{SubscriptionBuilder, as_event, at, card, invoice, permutations, sub, told, trialing_until};
use subscription::{Customer, Status};
use support::{deliver, facts_of, keys, owed_along};

const A: SubscriptionBuilder = sub("A").begun(1);
const B: SubscriptionBuilder = sub("B").begun(101);

/// Deliveries from left to right, and their required result.
struct Scenario<'a> {
    deliveries: Vec<Fact>,
    /// The tenant's status at the end, in any order of delivery.
    status: Option<Status>,
    sure: Sure,
    /// The notices that each delivery owes, in this order.
    owes: &'a [&'a [&'a str]],
}

#[derive(Debug, PartialEq, Eq)]
enum Sure {
    /// There is nothing to ask Stripe.
    Certain,
    /// The answer holds, but earlier facts are missing.
    WithGap,
    /// The facts allow another answer.
    InDoubt,
}

fn sure(state: &CustomerState) -> Sure {
    match &state.subscription {
        Some(SubscriptionState { doubt: Some(_), .. }) => Sure::InDoubt,
        Some(SubscriptionState { gap: true, .. }) => Sure::WithGap,
        Some(_) | None => Sure::Certain,
    }
}

fn check(scenario: &Scenario<'_>) -> Standing {
    let standing = told(&scenario.deliveries).standing();
    assert_eq!(standing.state.status(), scenario.status.as_ref());
    assert_eq!(sure(&standing.state), scenario.sure);
    assert_eq!(owed_along(&scenario.deliveries), scenario.owes);
    assert!(scenario.deliveries.len() <= 6, "too many orders to try them all");
    for order in permutations(&scenario.deliveries) {
        assert_eq!(told(&order).standing(), standing, "{order:#?}");
        let twice = order.iter().chain(&order);
        assert_eq!(told(twice).standing(), standing, "{order:#?}, twice");
    }
    standing
}

fn access_at(standing: &Standing, secs: i64) -> Access {
    access(&standing.state, &Policy::default(), at(secs))
}

#[test]
fn same_second_created_last() {
    check(&Scenario {
        deliveries: vec![A.updated(10, Incomplete, Active), A.created(10, Incomplete)],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[]],
    });
}

#[test]
fn note_blocks_update() {
    let trial = trialing_until(500);
    check(&Scenario {
        deliveries: vec![
            A.created(1, trial.clone()),
            A.trial_will_end(10, trial.clone()),
            A.updated(10, trial, Active),
        ],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&["trial_started:A"], &["trial_ending:A:500"], &[]],
    });
}

#[test]
fn stale_twin_redelivered() {
    let bill = invoice("in1").of("A").made(5);
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, Active), bill.paid(10), bill.open(10), bill.open(10)],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[], &[], &[]],
    });
    assert!(standing.owed_at_binding().is_empty());
    let customer = told(&[bill.paid(10), bill.open(10)]);
    assert_eq!(customer.invoices()[&bill.id()].status(), InvoiceStatus::Paid);
}

#[test]
fn two_updates_reversed() {
    check(&Scenario {
        deliveries: vec![
            A.created(1, Active),
            A.updated(20, PastDue, Active),
            A.updated(20, Active, PastDue),
        ],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[], &[]],
    });
}

#[test]
fn three_edge_loop() {
    check(&Scenario {
        deliveries: vec![
            A.created(1, Active),
            as_event(A.updated(20, Active, PastDue), "evt_first_down"),
            as_event(A.updated(20, PastDue, Active), "evt_up"),
            as_event(A.updated(20, Active, PastDue), "evt_down_again"),
        ],
        status: Some(PastDue),
        sure: Sure::Certain,
        owes: &[&[], &[], &[], &[]],
    });
}

#[test]
fn loop_without_predecessor() {
    let round = [A.updated(20, Active, PastDue), A.updated(20, PastDue, Active)];
    for order in permutations(&round) {
        let folded = fold(&facts_of(A, &order)).unwrap();
        assert_eq!(folded.doubt.as_ref().map(|doubt| doubt.since), Some(at(20)));
        assert!(folded.gap);
    }
    // Either the creation was only late or a read answers for it. Both settle the matter.
    let late = [round[0].clone(), round[1].clone(), A.created(1, PastDue)];
    check(&Scenario {
        deliveries: late.to_vec(),
        status: Some(PastDue),
        sure: Sure::Certain,
        owes: &[&[], &[], &[]],
    });
    let read = [round[0].clone(), round[1].clone(), A.read((25, 28), Active)];
    check(&Scenario {
        deliveries: read.to_vec(),
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[], &[]],
    });
}

#[test]
fn update_after_delete() {
    check(&Scenario {
        deliveries: vec![A.deleted(30), A.updated(29, PastDue, Active)],
        status: Some(Canceled),
        sure: Sure::Certain,
        owes: &[&["churn_alert:A", "subscription_canceled:A"], &[]],
    });
}

#[test]
fn delete_in_read_second() {
    // The read was sent at 29.9 and answered within the second by a server whose clock showed 30. It saw the
    // subscription alive.
    check(&Scenario {
        deliveries: vec![A.created(1, Active), A.read((28, 31), Active), A.deleted(30)],
        status: Some(Canceled),
        sure: Sure::Certain,
        owes: &[&[], &[], &["churn_alert:A", "subscription_canceled:A"]],
    });
    // The same holds for a change that does not absorb.
    check(&Scenario {
        deliveries: vec![A.created(1, Active), A.read((28, 31), Active), A.updated(30, Active, PastDue)],
        status: Some(PastDue),
        sure: Sure::Certain,
        owes: &[&[], &[], &[]],
    });
}

#[test]
fn slow_fetch() {
    fn as_read(fact: &Fact) -> Read {
        match fact {
            Fact::Subscription {
                fact: SubscriptionFact::Read(read),
                ..
            } => read.clone(),
            other => panic!("{other:?} is no read"),
        }
    }
    // The first read stalls for five seconds, and the second overtakes it.
    let stalled = A.read((14, 21), Active);
    for newer in [A.read((23, 26), Canceled), A.read((23, 26), PastDue)] {
        let known = facts_of(A, [&A.created(1, Active)]);
        assert!(known.accepts(&as_read(&newer)));
        let known = facts_of(A, [&A.created(1, Active), &newer]);
        assert!(!known.accepts(&as_read(&stalled)));
        assert!(!known.accepts(&as_read(&newer)), "a read is not news to itself");
    }
    // Even if it were stored, it would not count.
    check(&Scenario {
        deliveries: vec![A.created(1, Active), A.read((23, 26), Canceled), stalled],
        status: Some(Canceled),
        sure: Sure::Certain,
        owes: &[&[], &["churn_alert:A", "subscription_canceled:A"], &[]],
    });
}

#[test]
fn resubscribe_late_delete() {
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, Active), B.created(101, Active), A.deleted(100)],
        status: Some(Active),
        sure: Sure::Certain,
        // The tenant never left.
        owes: &[&[], &[], &[]],
    });
    assert_eq!(standing.state.subscription.as_ref().map(|s| &s.id), Some(&B.id()));
    assert_eq!(standing.subscriptions[&A.id()].status, Canceled);
}

#[test]
fn watermark_pollution() {
    let standing = check(&Scenario {
        deliveries: vec![
            A.created(1, Active),
            B.created(101, Trialing),
            A.updated(200, Active, PastDue),
            B.updated(199, Trialing, Active),
        ],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &["trial_started:B"], &[], &[]],
    });
    assert_eq!(standing.subscriptions[&A.id()].status, PastDue);
    assert_eq!(standing.subscriptions[&B.id()].status, Active);
}

#[test]
fn created_resurrects() {
    check(&Scenario {
        deliveries: vec![A.deleted(50), A.created(10, Active)],
        status: Some(Canceled),
        sure: Sure::Certain,
        owes: &[&["churn_alert:A", "subscription_canceled:A"], &[]],
    });
}

#[test]
fn failed_after_paid() {
    let bill = invoice("in1").of("A").made(35);
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, Active), bill.paid(50), bill.failed(40, 1)],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[], &[]],
    });
    assert_eq!(standing.state.subscription.unwrap().dunning, None);
    let overtaken = told(&[bill.paid(50), bill.failed(40, 1)]);
    let case = case(&overtaken.invoices()[&bill.id()], Some(&Active), None);
    assert_eq!(case, DunningCase::Closed(Closed::Paid));
}

#[test]
fn old_paid_new_unpaid() {
    let old = invoice("in1").of("A").made(10);
    let new = invoice("in2").of("A").made(40);
    let standing = check(&Scenario {
        deliveries: vec![
            A.created(1, Active),
            old.failed(11, 1),
            A.updated(11, Active, PastDue),
            new.failed(50, 1),
            old.paid(60),
        ],
        status: Some(PastDue),
        sure: Sure::Certain,
        owes: &[
            &[],
            &["payment_failed:in1:1", "payment_failed_alert:in1:1"],
            &[],
            &["payment_failed:in2:1", "payment_failed_alert:in2:1"],
            &["payment_recovered:in1"],
        ],
    });
    let dunning = standing.state.subscription.unwrap().dunning.unwrap();
    assert_eq!((dunning.invoice_id, dunning.since), (new.id(), at(50)));
}

#[test]
fn zero_invoice_on_trial() {
    let free = invoice("in1").of("A").made(10).because("subscription_create").over(0);
    check(&Scenario {
        deliveries: vec![A.created(10, trialing_until(500)), free.open(10), free.paid(10)],
        status: Some(Trialing),
        sure: Sure::Certain,
        owes: &[&["trial_started:A"], &[], &[]],
    });
}

#[test]
fn failed_after_cancel() {
    let bill = invoice("in1").of("A").made(10);
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, Active), A.deleted(50), bill.failed(49, 6)],
        status: Some(Canceled),
        sure: Sure::Certain,
        owes: &[&[], &["churn_alert:A", "subscription_canceled:A"], &[]],
    });
    assert_eq!(standing.state.subscription.as_ref().unwrap().dunning, None);
    assert!(standing.owed_at_binding().is_empty());
    let customer = told(&[bill.failed(49, 6)]);
    let case = case(&customer.invoices()[&bill.id()], Some(&Canceled), None);
    assert_eq!(case, DunningCase::Closed(Closed::SubscriptionEnded));
}

#[test]
fn paid_after_cancel() {
    let bill = invoice("in1").of("A").made(10);
    let standing = check(&Scenario {
        deliveries: vec![
            A.created(1, Active),
            bill.uncollectible(40),
            A.deleted(50),
            bill.paid(50 + 10 * 3600),
        ],
        status: Some(Canceled),
        sure: Sure::Certain,
        owes: &[
            &[],
            &[],
            &["churn_alert:A", "subscription_canceled:A"],
            &["paid_after_cancel_alert:in1"],
        ],
    });
    assert!(!access_at(&standing, 50 + 11 * 3600).allowed);
    let customer = told(&[bill.uncollectible(40), bill.paid(60)]);
    assert_eq!(customer.invoices()[&bill.id()].status(), InvoiceStatus::Paid);
}

#[test]
fn one_off_invoice_failed() {
    let one_off = invoice("in1").made(40);
    check(&Scenario {
        deliveries: vec![one_off.failed(50, 1)],
        status: None,
        sure: Sure::Certain,
        owes: &[&[]],
    });
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, Active), one_off.failed(50, 1)],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[]],
    });
    assert_eq!(standing.state.subscription.unwrap().dunning, None);
}

#[test]
fn before_binding() {
    // Nothing here names a tenant. The customer's state does not depend on one, and a tenant that is bound later finds
    // it.
    let bill = invoice("in1").of("B").made(110);
    let mut unbound = told(&[A.created(1, Active), A.deleted(90), B.created(101, Active), card("pm1", 105)]);
    assert_eq!(unbound.state().status(), Some(&Active));
    assert_eq!(
        keys(&unbound.standing().owed_at_binding()),
        [""; 0],
        "the past is nobody's news"
    );

    deliver(&mut unbound, &[bill.failed(120, 1), B.updated(120, Active, PastDue)]);
    let owed = keys(&unbound.standing().owed_at_binding());
    assert_eq!(owed, ["payment_failed:in1:1", "payment_failed_alert:in1:1"]);

    deliver(&mut unbound, &[bill.paid(130), B.updated(130, PastDue, Active)]);
    assert_eq!(keys(&unbound.standing().owed_at_binding()), [""; 0]);
}

#[test]
fn killed_between_insert_and_enqueue() {
    // The facts were committed, and the process died before it computed anything. Only the stored facts remain.
    let deliveries = [A.created(1, Active), A.updated(20, Active, PastDue), A.deleted(30)];
    let alive = told(&deliveries).standing();
    let stored: Vec<String> = deliveries
        .iter()
        .map(|fact| match fact {
            Fact::Subscription { fact, .. } => serde_json::to_string(fact).unwrap(),
            other => panic!("{other:?} is not about a subscription"),
        })
        .collect();
    let mut restarted = Customer::default();
    for row in &stored {
        restarted.learn(Fact::Subscription {
            id: A.id(),
            fact: serde_json::from_str(row).unwrap(),
        });
    }
    assert_eq!(restarted.standing(), alive);
    let owed = keys(&restarted.standing().owed_since(&Customer::default().standing()));
    assert_eq!(owed, ["churn_alert:A", "subscription_canceled:A"]);
    assert_eq!(
        deliver(&mut restarted, &deliveries),
        [[""; 0]; 3],
        "the redelivery adds nothing"
    );
    assert_eq!(restarted.standing(), alive);
}

#[test]
fn swallowed_error() {
    // The fact was learned, but its unit of work failed, so it is not stored. Redelivered, it counts once and fully.
    let bill = invoice("in1").of("A").made(10);
    let stored = told(&[A.created(1, Active)]);
    let mut rolled_back = stored.clone();
    let failed = [bill.failed(20, 1)];
    let lost = deliver(&mut rolled_back, &failed);
    drop(rolled_back);
    assert_eq!(stored.state().status(), Some(&Active));

    let mut retried = stored;
    assert_eq!(deliver(&mut retried, &failed), lost);
    assert_eq!(lost, [["payment_failed:in1:1", "payment_failed_alert:in1:1"]]);
    assert_eq!(deliver(&mut retried, &failed), [[""; 0]]);
    assert_eq!(retried.state().status(), Some(&PastDue));
}

#[test]
fn wrong_key_404() {
    // A read that finds nothing gives no fact. Only Stripe's own word for it tells that a subscription is gone.
    let known = told(&[A.created(1, Active)]);
    let mut after = known.clone();
    let resource_missing: Option<Fact> = None;
    assert_eq!(deliver(&mut after, &resource_missing), Vec::<Vec<String>>::new());
    assert_eq!(after, known);
    assert_eq!(after.state().status(), Some(&Active));
}

#[test]
fn only_canceled_at_changed() {
    let asked_at = |secs| Snapshot {
        cancel_at_period_end: true,
        canceled_at: Some(at(secs)),
        period_end: Some(at(900)),
        ..Snapshot::of_status(Active)
    };
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, asked_at(5)), A.updated(20, asked_at(5), asked_at(20))],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&["cancellation_scheduled:A:5", "cancellation_scheduled_alert:A:5"], &[]],
    });
    assert!(standing.state.subscription.as_ref().unwrap().cancel_at_period_end);
    assert_eq!(access_at(&standing, 899).reason, Reason::Canceling);
    assert_eq!(access_at(&standing, 900).reason, Reason::Canceled);
}

#[test]
fn same_attempt_twice() {
    let bill = invoice("in1").of("A").made(10);
    check(&Scenario {
        deliveries: vec![
            A.created(1, Active),
            as_event(bill.failed(20, 1), "evt_1"),
            as_event(bill.failed(21, 1), "evt_2"),
        ],
        status: Some(PastDue),
        sure: Sure::Certain,
        owes: &[&[], &["payment_failed:in1:1", "payment_failed_alert:in1:1"], &[]],
    });
}

#[test]
fn two_shapes_one_id() {
    let paid_until = |secs| Snapshot {
        period_end: Some(at(secs)),
        ..Snapshot::of_status(Active)
    };
    // Two API versions have one meaning: the snapshot is the same, whichever came first.
    let webhook = as_event(A.created(1, paid_until(900)), "evt_1");
    let list = webhook.clone();
    check(&Scenario {
        deliveries: vec![webhook.clone(), list],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[]],
    });
    // With two meanings, the first one stays and the second changes nothing.
    let other = as_event(A.created(1, PastDue), "evt_1");
    let mut customer = told([&webhook]);
    let before = customer.standing();
    assert_eq!(deliver(&mut customer, [&other]), [[""; 0]]);
    assert_eq!(customer.standing(), before);
}

#[test]
fn disabled_five_days() {
    // Ten renewals, every other one with a failure first, are listed at once after the endpoint was disabled.
    const MONTH: i64 = 30 * 86_400;
    const NAMES: [&str; 10] = ["in0", "in1", "in2", "in3", "in4", "in5", "in6", "in7", "in8", "in9"];
    let mut listed = vec![A.created(1, Active)];
    for (month, name) in (1..).zip(NAMES) {
        let now = month * MONTH;
        let bill = invoice(name).of("A").made(now).because("subscription_cycle");
        listed.push(A.upcoming(now - 1000, now));
        if month % 2 == 0 {
            listed.extend([
                bill.failed(now + 1, 1),
                A.updated(now + 1, Active, PastDue),
                A.updated(now + 9, PastDue, Active),
            ]);
        }
        listed.extend([bill.open(now), bill.paid(now + 9)]);
    }
    listed.truncate(40);
    assert_eq!(listed.len(), 40);

    let mut live = Customer::default();
    let owed_live: Vec<String> = deliver(&mut live, &listed).concat();
    let mut late = Customer::default();
    let before = late.standing();
    for fact in listed.iter().rev() {
        late.learn(fact.clone());
    }
    assert_eq!(late.standing(), live.standing());
    assert_eq!(sure(&late.state()), Sure::Certain);
    let owed_late = keys(&late.standing().owed_since(&before));
    assert!(owed_late.iter().all(|key| owed_live.contains(key)));
    assert!(
        owed_late.iter().all(|key| !key.starts_with("payment_failed")),
        "what is paid by now is no news"
    );
}
