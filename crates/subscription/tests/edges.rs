//! The edges of the rules: the second in which an answer changes, and the fact that must not count.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod support;

use subscription::Status::{Active, Canceled, Incomplete, PastDue};
use subscription::access::{Policy, Reason, access};
use subscription::facts::{Details, Fact, Read, Snapshot};
use subscription::notices::Notice;
use subscription::state::{ActionRequired, CustomerState, Doubted, SubscriptionState};
use subscription::testing::{InvoiceBuilder, SubscriptionBuilder, at, card, invoice, sub, told, trialing_until};
use subscription::{Customer, PaymentMethodId, Status, UnixSeconds};
use support::{facts_of, owed_along};

const A: SubscriptionBuilder = sub("A").begun(1);
const BILL: InvoiceBuilder = invoice("in1").of("A").made(5);

fn state(facts: &[Fact]) -> SubscriptionState {
    told(facts).state().subscription.unwrap()
}

/// Returns the kinds of the notices that this order of delivery owes.
fn owes(deliveries: &[Fact]) -> Vec<String> {
    let keys = owed_along(deliveries).concat();
    keys.iter().map(|key| key.split(':').next().unwrap().to_owned()).collect()
}

#[test]
fn the_payment_grace_runs_from_the_first_failed_attempt_and_not_from_the_last() {
    let day = 86_400;
    let attempts = [BILL.failed(10, 1), BILL.failed(10 + 3 * day, 2), BILL.failed(10 + 8 * day, 3)];
    let facts = [&[A.created(1, Active)], &attempts[..]].concat();
    let dunning = state(&facts).dunning.unwrap();
    assert_eq!((dunning.attempt_count, dunning.since), (3, at(10)));
    let decision = access(&told(&facts).state(), &Policy::default(), at(10 + 9 * day));
    assert_eq!((decision.allowed, decision.valid_until), (true, Some(at(10 + 14 * day))));
}

#[test]
fn the_bank_is_waited_for_only_in_the_newest_attempt() {
    for (asked, expected) in [(1, ActionRequired::UpdatePaymentMethod), (2, ActionRequired::ConfirmPayment)] {
        let facts = [
            A.created(1, Active),
            BILL.failed(10, 1),
            BILL.needs_action(10, asked),
            BILL.failed(20, 2),
        ];
        assert_eq!(
            state(&facts).dunning.unwrap().action_required,
            expected,
            "attempt {asked} asked"
        );
    }
}

#[test]
fn nothing_is_chased_while_the_subscription_was_never_paid_for() {
    let facts = [A.created(1, Incomplete), BILL.failed(10, 1)];
    assert_eq!(state(&facts).dunning, None);
    assert_eq!(owes(&facts), [""; 0]);
}

#[test]
fn a_read_newer_than_a_failure_speaks_for_the_subscription() {
    for (read_until, expected) in [(29, PastDue), (30, PastDue), (31, Active)] {
        let facts = [A.created(1, Active), BILL.failed(30, 1), A.read((26, read_until), Active)];
        assert_eq!(state(&facts).status, expected, "read until {read_until}");
    }
}

#[test]
fn a_read_is_accepted_only_if_it_began_after_everything_known() {
    let window = |not_before| Read {
        not_before: at(not_before),
        not_after: at(not_before + 3),
        snapshot: Snapshot::of_status(Active),
        details: Details::default(),
    };
    let told_facts = facts_of(A, &[A.created(1, Active), A.updated(20, Active, PastDue)]);
    assert_eq!(
        [19, 20, 21].map(|begun| told_facts.accepts(&window(begun))),
        [false, false, true]
    );
    let read_facts = facts_of(A, &[A.created(1, Active), A.read((30, 33), Active)]);
    assert_eq!(
        [32, 33, 34].map(|begun| read_facts.accepts(&window(begun))),
        [false, false, true]
    );
}

#[test]
fn a_payment_alarms_only_if_it_came_after_the_end() {
    for (paid_at, expected) in [(49, 0), (50, 0), (51, 1)] {
        let orders = [
            [
                A.created(1, Active),
                BILL.uncollectible(40),
                A.deleted(50),
                BILL.paid(paid_at),
            ],
            [
                A.created(1, Active),
                BILL.uncollectible(40),
                BILL.paid(paid_at),
                A.deleted(50),
            ],
        ];
        for order in orders {
            let alarms = owes(&order).iter().filter(|kind| *kind == "paid_after_cancel_alert").count();
            assert_eq!(alarms, expected, "paid at {paid_at}");
        }
    }
    // An invoice that nobody collected is no news, however late its payment.
    let quiet = [A.created(1, Active), A.deleted(50), BILL.paid(60)];
    assert_eq!(owes(&quiet), ["churn_alert", "subscription_canceled"]);
}

#[test]
fn a_trial_is_announced_to_end_only_while_it_is_to_end_then() {
    let trial = trialing_until(500);
    assert_eq!(
        owes(&[A.created(1, trial.clone()), A.trial_will_end(10, trial.clone())]),
        ["trial_started", "trial_ending"]
    );
    // Stripe also announces a trial that it has just ended.
    assert_eq!(
        owes(&[A.created(1, trial.clone()), A.trial_will_end(500, trial.clone())]),
        ["trial_started"]
    );
    // The trial was extended before the announcement arrived.
    let extended = [
        A.created(1, trial.clone()),
        A.updated(20, trial.clone(), trialing_until(900)),
        A.trial_will_end(10, trial),
    ];
    assert_eq!(owes(&extended), ["trial_started"]);
}

#[test]
fn a_renewal_of_a_trial_is_at_its_end_and_its_payment_later_is_no_news_again() {
    let of_trial = |end: i64| Snapshot {
        period_start: Some(at(1)),
        period_end: Some(at(end)),
        ..trialing_until(end)
    };
    let announced = [A.created(1, of_trial(1000)), A.upcoming(400, 1000 + 3600)];
    let due_at = |facts: &[Fact]| {
        let notices = told(facts).standing().owed_since(&Customer::default().standing());
        notices.into_iter().find_map(|notice| match notice {
            Notice::RenewalUpcoming { due_at, .. } => Some(due_at.as_secs()),
            _ => None,
        })
    };
    assert_eq!(due_at(&announced), Some(1000));
    let converted = Snapshot {
        trial_end: Some(at(1000)),
        period_start: Some(at(1000)),
        ..Snapshot::of_status(Active)
    };
    for next in [
        A.updated(1000, of_trial(1000), converted),
        A.updated(500, of_trial(1000), of_trial(90_000)),
    ] {
        assert_eq!(due_at(&[&announced[..], &[next]].concat()), None);
    }
}

#[test]
fn a_renewal_is_no_news_once_it_has_happened_or_cannot() {
    let period = |start: i64| Snapshot {
        period_start: Some(at(start)),
        period_end: Some(at(start + 100)),
        ..Snapshot::of_status(Active)
    };
    let upcoming = A.upcoming(90, 101);
    assert_eq!(owes(&[A.created(1, period(1)), upcoming.clone()]), ["renewal_upcoming"]);
    let renewed = A.updated(101, period(1), period(101));
    assert_eq!(owes(&[A.created(1, period(1)), renewed, upcoming.clone()]), [""; 0]);
    let ended = [A.created(1, period(1)), A.deleted(95), upcoming];
    assert_eq!(owes(&ended), ["churn_alert", "subscription_canceled"]);
}

#[test]
fn only_a_card_that_came_after_the_checkout_and_after_another_is_new() {
    for (attached_at, expected) in [(0, 0), (1, 0), (3_601, 0), (3_602, 1)] {
        let facts = [card("pm0", -5), A.created(1, Active), card("pm1", attached_at)];
        assert_eq!(owes(&facts).len(), expected, "attached at {attached_at}");
    }
    // The first card of all is no news.
    assert_eq!(owes(&[A.created(1, Active), card("pm1", 9_000)]), [""; 0]);
    assert_eq!(owes(&[card("pm1", 2)]), [""; 0]);
}

#[test]
fn the_bank_is_not_asked_about_a_first_payment_nor_about_what_is_over() {
    let first = BILL.because("subscription_create");
    assert_eq!(owes(&[A.created(1, Incomplete), first.needs_action(10, 1)]), [""; 0]);
    assert_eq!(
        owes(&[A.created(1, Active), BILL.needs_action(10, 1)]),
        ["payment_action_required"]
    );
    assert_eq!(
        owes(&[A.created(1, Active), BILL.paid(20), BILL.needs_action(10, 1)]),
        [""; 0]
    );
    let ended = [A.deleted(50), BILL.needs_action(10, 1)];
    assert_eq!(owes(&ended), ["churn_alert", "subscription_canceled"]);
}

#[test]
fn of_two_living_subscriptions_the_younger_governs_whatever_its_name() {
    let (old, young) = (sub("Z"), sub("A"));
    let facts = [old.created(1, Active), young.created(100, Active)];
    assert_eq!(state(&facts).id, young.id());
    // A past-due one does not, however young, and neither does an ended one.
    for status in [PastDue, Canceled] {
        let facts = [old.created(1, Active), young.created(100, status)];
        assert_eq!(state(&facts).id, old.id());
    }
}

#[test]
fn a_date_to_end_on_comes_before_the_end_of_the_period() {
    let ending = Snapshot {
        cancel_at: Some(at(40)),
        cancel_at_period_end: true,
        period_end: Some(at(90)),
        ..Snapshot::of_status(Active)
    };
    assert_eq!(state(&[A.created(1, ending)]).ends_at(), Some(at(40)));
}

/// Returns a state with this status, in doubt since second 14 against the last certain status.
fn doubted(status: Status, last_certain: Status, cancel_at: i64) -> CustomerState {
    let mut state = told(&[A.created(1, status)]).state();
    let subscription = state.subscription.as_mut().unwrap();
    subscription.cancel_at = Some(at(cancel_at));
    subscription.doubt = Some(Doubted {
        since: at(14),
        last_certain: Some(last_certain),
    });
    state
}

#[test]
fn in_doubt_a_decision_holds_exactly_until_it_says() {
    let policy = Policy {
        doubt_secs: 3,
        ..Policy::default()
    };
    let turns = |state: &CustomerState, now| {
        let decision = access(state, &policy, at(now));
        let then = decision.then.map(|then| then.reason);
        (decision.reason, decision.valid_until.map(UnixSeconds::as_secs), then)
    };
    // The last certain status ends before the doubt does.
    let kinder_ends = doubted(Incomplete, Active, 16);
    assert_eq!(
        turns(&kinder_ends, 15),
        (Reason::Canceling, Some(16), Some(Reason::Incomplete))
    );
    assert_eq!(turns(&kinder_ends, 16), (Reason::Incomplete, None, None));
    // The likeliest status ends before the doubt does. Then the last certain one counts until the doubt is over.
    let likeliest_ends = doubted(Active, Status::from("on_sabbatical"), 16);
    assert_eq!(
        turns(&likeliest_ends, 15),
        (Reason::Canceling, Some(16), Some(Reason::Unknown))
    );
    assert_eq!(
        turns(&likeliest_ends, 16),
        (Reason::Unknown, Some(17), Some(Reason::Canceled))
    );
    assert_eq!(turns(&likeliest_ends, 17), (Reason::Canceled, None, None));
}

#[test]
fn a_change_that_joins_up_with_nothing_of_its_second_shows_that_another_was_lost() {
    // The change incomplete → active was lost. An update of a field that we do not read still shows the subscription
    // active.
    let lossy = [
        A.created(10, Status::Incomplete),
        A.updated(10, Status::Active, Status::Active),
    ];
    let found = state(&lossy);
    assert_eq!((found.status, found.gap), (Status::Active, true));
    let doubt = found.doubt.expect("it may have been the other way round");
    assert_eq!(doubt.since, at(10));

    // The same happens if the second itself returns to its start.
    let loop_and_stray = [
        A.created(10, Status::Active),
        A.updated(20, Status::Active, Status::Active),
        A.updated(20, Status::Unpaid, Status::Unpaid),
    ];
    let found = state(&loop_and_stray);
    assert_eq!((found.status, found.gap), (Status::Unpaid, true));

    // With the lost change added, nothing is in doubt.
    let whole = [
        A.created(10, Status::Incomplete),
        A.updated(10, Status::Active, Status::Active),
        A.updated(10, Status::Incomplete, Status::Active),
    ];
    let found = state(&whole);
    assert_eq!((found.status, found.gap, found.doubt), (Status::Active, false, None));
}

#[test]
fn what_a_notice_tells_of_happened_when_it_did_and_not_when_it_was_told() {
    let customer = told(&[
        card("pm0", 0),
        A.created(-9_000, Active),
        card("pm1", 20),
        BILL.failed(30, 1),
        BILL.paid(60),
        A.upcoming(70, 101),
    ]);
    let happened = |notices: Vec<Notice>| -> Vec<(String, Option<i64>)> {
        let at = |notice: &Notice| {
            (
                notice.kind().to_owned(),
                customer.happened_at(notice).map(UnixSeconds::as_secs),
            )
        };
        notices.iter().map(at).collect()
    };
    let before = told(&[A.created(1, Active), BILL.failed(30, 1)]).standing();
    let mut owed = happened(customer.standing().owed_since(&before));
    owed.sort();
    assert_eq!(
        owed,
        [
            ("card_updated".to_owned(), Some(20)),
            ("payment_recovered".to_owned(), Some(60)),
            // It is about the future.
            ("renewal_upcoming".to_owned(), None),
        ]
    );
    let failed = before.owed_since(&Customer::default().standing());
    assert_eq!(
        happened(failed),
        [
            ("payment_failed".to_owned(), Some(30)),
            ("payment_failed_alert".to_owned(), Some(30))
        ]
    );
    let unknown = Notice::CardUpdated {
        payment_method: PaymentMethodId::new("pm_unknown"),
        brand: "visa".to_owned(),
        last4: None,
    };
    assert_eq!(customer.happened_at(&unknown), None);
}
