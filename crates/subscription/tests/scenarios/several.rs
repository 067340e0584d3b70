//! Several subscriptions of one customer.

use subscription::Status::{Active, Canceled, PastDue, Trialing};

use super::{A, B, Scenario, Sure, check};

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
