//! Facts that are stored, lost and delivered again.

use subscription::Customer;
use subscription::Status::{Active, PastDue};
use subscription::facts::{Fact, Snapshot};
use subscription::testing::{as_event, at, card, invoice, told};

use super::{A, B, Scenario, Sure, check, sure};
use crate::support::{deliver, keys};

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
