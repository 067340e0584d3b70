//! The order of events about one subscription.

use subscription::Status::{Active, Canceled, Incomplete, PastDue};
use subscription::access::Reason;
use subscription::facts::{Snapshot, fold};
use subscription::testing::{as_event, at, permutations, trialing_until};

use super::{A, Scenario, Sure, access_at, check};
use crate::support::facts_of;

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
fn created_resurrects() {
    check(&Scenario {
        deliveries: vec![A.deleted(50), A.created(10, Active)],
        status: Some(Canceled),
        sure: Sure::Certain,
        owes: &[&["churn_alert:A", "subscription_canceled:A"], &[]],
    });
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
