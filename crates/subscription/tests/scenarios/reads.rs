//! API reads among events.

use subscription::Status::{Active, Canceled, PastDue};
use subscription::facts::{Fact, Read, SubscriptionFact};
use subscription::testing::told;

use super::{A, Scenario, Sure, check};
use crate::support::{deliver, facts_of};

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
fn wrong_key_404() {
    // A read that finds nothing gives no fact. Only Stripe's own word for it tells that a subscription is gone.
    let known = told(&[A.created(1, Active)]);
    let mut after = known.clone();
    let resource_missing: Option<Fact> = None;
    assert_eq!(deliver(&mut after, &resource_missing), Vec::<Vec<String>>::new());
    assert_eq!(after, known);
    assert_eq!(after.state().status(), Some(&Active));
}
