//! The value of an API read before it is a fact.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what is wrong by failing"
)]

use subscription::Status::{Active, Canceled, PastDue, Paused, Trialing};
use subscription::facts::Reading::{Agrees, Inconclusive, Tells};
use subscription::facts::{
    Details, Fact, Facts, InvoiceCause, InvoiceFact, InvoiceStatus, Item, Read, Reading, Snapshot, SubscriptionFact,
};
use subscription::notices::Notice;
use subscription::testing::{InvoiceBuilder, SubscriptionBuilder, at, invoice, sub};
use subscription::{Customer, InvoiceId};

const A: SubscriptionBuilder = sub("A");
const BILL: InvoiceBuilder = invoice("in1").of("A").made(5);

fn read(not_before: i64, snapshot: Snapshot) -> Read {
    Read {
        not_before: at(not_before),
        not_after: at(not_before + 3),
        snapshot,
        details: Details {
            created: Some(at(1)),
            ..Details::default()
        },
    }
}

fn check(facts: &[Fact], read: &Read, expected: Reading) {
    let mut customer = Customer::default();
    facts.iter().cloned().for_each(|fact| customer.learn(fact));
    assert_eq!(customer.weigh(&A.id(), read), expected, "{read:?} after {facts:?}");
}

#[test]
fn a_read_tells_only_what_is_not_known_for_certain() {
    let active = || Snapshot::of_status(Active);
    let begun = A.created(1, Active);
    check(&[], &read(20, active()), Tells);
    check(std::slice::from_ref(&begun), &read(20, active()), Agrees);
    check(std::slice::from_ref(&begun), &read(20, Snapshot::of_status(PastDue)), Tells);
    // Fields other than the status are part of the state too.
    let items = vec![Item {
        price: "price_1".to_owned(),
        quantity: Some(2),
    }];
    check(std::slice::from_ref(&begun), &read(20, Snapshot { items, ..active() }), Tells);
    let billed = Snapshot {
        latest_invoice: Some(InvoiceId::new("in1")),
        ..active()
    };
    check(std::slice::from_ref(&begun), &read(20, billed), Tells);
    let feedback = Details {
        created: Some(at(1)),
        cancellation_feedback: Some("too_expensive".to_owned()),
        ..Details::default()
    };
    let with_feedback = Read {
        details: feedback,
        ..read(20, active())
    };
    check(&[begun], &with_feedback, Tells);
    // Agreement settles a gap and a doubt.
    let gap = [A.begun(1).updated(10, PastDue, Active)];
    check(&gap, &read(20, active()), Tells);
    let doubt = [
        A.begun(1).updated(10, Active, PastDue),
        A.begun(1).updated(10, PastDue, Active),
    ];
    check(&doubt, &read(20, active()), Tells);
}

#[test]
fn a_read_that_may_have_been_overtaken_is_worth_nothing_unless_it_agrees() {
    let known = [A.created(1, Active), A.begun(1).updated(20, Active, PastDue)];
    for (not_before, expected) in [
        (19, Inconclusive { told_at: at(20) }),
        (20, Inconclusive { told_at: at(20) }),
        (21, Tells),
    ] {
        check(&known, &read(not_before, Snapshot::of_status(Active)), expected);
        check(&known, &read(not_before, Snapshot::of_status(PastDue)), Agrees);
    }
    let was_read = [A.created(1, Active), A.read((30, 33), PastDue)];
    check(
        &was_read,
        &read(33, Snapshot::of_status(Active)),
        Inconclusive { told_at: at(33) },
    );
    check(&was_read, &read(34, Snapshot::of_status(Active)), Tells);
}

#[test]
fn an_invoice_that_spoke_since_counts_as_known() {
    let known = [A.created(1, Active), BILL.failed(20, 1)];
    let active = |not_before| read(not_before, Snapshot::of_status(Active));
    check(&known, &active(20), Inconclusive { told_at: at(20) });
    check(&known, &active(21), Tells);
    let mut customer = Customer::default();
    for fact in known {
        customer.learn(fact);
    }
    assert_eq!(customer.state().status(), Some(&PastDue));
    customer.learn(A.read((21, 24), Active));
    assert_eq!(customer.state().status(), Some(&Active));
}

#[test]
fn a_subscription_that_ended_is_never_read_alive() {
    let ended = [A.created(1, Active), A.begun(1).deleted(20)];
    check(
        &ended,
        &read(90, Snapshot::of_status(Active)),
        Inconclusive { told_at: at(90) },
    );
    let known = Read {
        details: Details {
            created: Some(at(1)),
            ..Details::default()
        },
        ..read(90, Snapshot::of_status(Canceled))
    };
    check(&ended, &known, Agrees);
}

#[test]
fn what_a_read_said_beside_the_state_is_kept_when_it_is_summed_up() {
    let details = |created| Details {
        created: Some(at(created)),
        ..Details::default()
    };
    let told = |not_before, created| {
        SubscriptionFact::Read(Read {
            details: details(created),
            ..read(not_before, Snapshot::of_status(Active))
        })
    };
    let created_of = |facts: &Facts| {
        let mut customer = Customer::default();
        for fact in facts.iter() {
            customer.learn(Fact::Subscription { id: A.id(), fact });
        }
        customer.state().subscription.unwrap().details.created
    };
    let facts: Facts = [told(10, 1), told(20, 2)].into_iter().collect();
    assert_eq!(created_of(&facts), Some(at(2)), "the newest says");
    assert_eq!(created_of(&facts.compacted(at(100))), Some(at(2)));
    assert_eq!(created_of(&facts.compacted(at(15))), Some(at(2)));
    // A read stored before reads had details does not erase what is known.
    let silent = SubscriptionFact::Read(Read {
        details: Details::default(),
        ..read(30, Snapshot::of_status(Active))
    });
    let facts: Facts = facts.iter().chain([silent]).collect();
    assert_eq!(created_of(&facts), Some(at(2)));
}

#[test]
fn a_read_that_was_kept_without_details_can_still_be_read() {
    let text = r#"{"kind":"read","not_before":10,"not_after":13,"snapshot":{"status":"active","cancel_at_period_end":false,"cancel_at":null,"canceled_at":null,"trial_end":null,"period_start":null,"period_end":null,"items":[],"pause_collection":null,"latest_invoice":null}}"#;
    let fact: SubscriptionFact = serde_json::from_str(text).unwrap();
    let SubscriptionFact::Read(known) = fact else {
        panic!("{fact:?}");
    };
    assert_eq!(
        (known.details, known.snapshot),
        (Details::default(), Snapshot::of_status(Active))
    );
}

#[test]
fn a_read_says_since_when_as_far_as_the_object_does() {
    let ended = |canceled_at, cancel_at, cancel_at_period_end| Snapshot {
        canceled_at: Some(at(canceled_at)),
        cancel_at,
        cancel_at_period_end,
        period_end: Some(at(40)),
        ..Snapshot::of_status(Canceled)
    };
    for (snapshot, since) in [
        (Snapshot::of_status(Active), 90),
        (Snapshot::of_status(PastDue), 90),
        (ended(30, None, false), 30),
        (ended(30, None, true), 40),
        (ended(30, Some(at(50)), false), 50),
        // It ended before the end that was set.
        (ended(30, Some(at(100)), false), 30),
        (
            Snapshot {
                period_end: Some(at(100)),
                ..ended(30, Some(at(100)), true)
            },
            30,
        ),
        // The result is never later than the read.
        (ended(95, None, false), 90),
        (
            Snapshot {
                trial_end: Some(at(60)),
                ..Snapshot::of_status(Paused)
            },
            60,
        ),
        (Snapshot::of_status(Trialing), 1),
    ] {
        assert_eq!(read(90, snapshot.clone()).since(), at(since), "{snapshot:?}");
    }
}

/// Returns a read of a subscription that was set to end with its period at 100 and that, according to Stripe, ended at
/// 20.
fn ended_early(not_before: i64) -> Read {
    let set_to_end = Snapshot {
        canceled_at: Some(at(10)),
        cancel_at: Some(at(100)),
        cancel_at_period_end: true,
        period_end: Some(at(100)),
        ..Snapshot::of_status(Canceled)
    };
    let mut read = read(not_before, set_to_end);
    read.details.ended_at = Some(at(20));
    read
}

#[test]
fn an_end_that_was_read_is_when_stripe_says_and_not_when_it_was_read() {
    let read = ended_early(90);
    assert_eq!(read.since(), at(20));
    let mut customer = Customer::default();
    customer.learn(A.created(1, Active));
    let before = customer.standing();
    customer.learn(Fact::Subscription {
        id: A.id(),
        fact: SubscriptionFact::Read(read),
    });
    let owed = customer.standing().owed_since(&before);
    let told = owed.iter().find_map(|notice| match notice {
        Notice::ChurnAlert(ending) => ending.ended_at,
        _ => None,
    });
    assert_eq!(told, Some(at(20)));
}

#[test]
fn an_invoice_that_is_read_again_says_nothing_new() {
    let mut customer = Customer::default();
    customer.learn(BILL.failed(20, 1));
    let (id, fact) = match BILL.failed(30, 1) {
        Fact::Invoice { id, fact } => (id, fact),
        other => panic!("{other:?}"),
    };
    assert!(!customer.learns_from(&id, &fact));
    let second_attempt = InvoiceFact {
        attempt_count: 2,
        ..fact.clone()
    };
    assert!(customer.learns_from(&id, &second_attempt));
    let retried_later = InvoiceFact {
        next_payment_attempt: Some(at(500)),
        ..fact.clone()
    };
    assert!(customer.learns_from(&id, &retried_later));
    let paid = InvoiceFact {
        cause: InvoiceCause::Other,
        status: InvoiceStatus::Paid,
        ..fact
    };
    assert!(customer.learns_from(&id, &paid));
}
