//! Histories of subscriptions that went wrong elsewhere, with a focus on notices that fall due by time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use subscription::Status::{Active, PastDue, Trialing};
use subscription::access::{Policy, Reason, access};
use subscription::facts::{Fact, ProfileBefore, ProfileVersion, Schedule, Snapshot, SubscriptionFact};
use subscription::notices::{Notice, Superseded};
use subscription::testing::{SubscriptionBuilder, at, card, invoice, permutations, sub, told};
use subscription::{EventId, PaymentMethodId, UnixSeconds};

const A: SubscriptionBuilder = sub("A").begun(1);
const DAY: i64 = 86_400;
/// The end of the tests' cards, which are valid to the end of December 2031.
const CARD_ENDS: i64 = 1_956_528_000;

/// Returns the change with this payment method as the subscription's own.
fn paid_with(mut fact: Fact, method: Option<&str>) -> Fact {
    let Fact::Subscription {
        fact: SubscriptionFact::Change(change),
        ..
    } = &mut fact
    else {
        panic!("it names no card");
    };
    change.details.default_payment_method = method.map(PaymentMethodId::new);
    fact
}

/// Returns the fact that the card was detached at `secs`.
fn detached(name: &str, secs: i64) -> Fact {
    let mut fact = card(name, secs);
    let Fact::Card { card, .. } = &mut fact else {
        panic!("it is a card");
    };
    (card.attached_at, card.detached_at) = (None, Some(at(secs)));
    card.shown.event = EventId::new(format!("evt_{name}_detached_{secs}"));
    fact
}

fn default_card(name: Option<&str>, was: Option<&str>, secs: i64) -> Fact {
    Fact::Profile(ProfileVersion {
        told_at: at(secs),
        event: EventId::new(format!("evt_customer_{secs}")),
        default_payment_method: name.map(PaymentMethodId::new),
        before: Some(ProfileBefore {
            default_payment_method: was.map(PaymentMethodId::new),
        }),
        is_deleted: false,
    })
}

fn ending(cancel_at: Option<i64>, at_period_end: bool, period_end: i64) -> Snapshot {
    Snapshot {
        cancel_at: cancel_at.map(at),
        cancel_at_period_end: at_period_end,
        canceled_at: Some(at(1000)),
        period_end: Some(at(period_end)),
        ..Snapshot::of_status(Active)
    }
}

/// Returns the cards with an expiry warning and the days before their end. The order of the facts must not matter.
fn warned(facts: &[Fact]) -> Vec<(String, u8)> {
    let of = |order: &[Fact]| {
        let due = told(order).standing().due_between(at(0), at(i64::MAX));
        let mut warned: Vec<_> = due
            .into_iter()
            .filter_map(|notice| match notice {
                Notice::CardExpiring(card) => Some((card.payment_method.as_str().to_owned(), card.days)),
                _ => None,
            })
            .collect();
        warned.sort();
        warned
    };
    let first = of(facts);
    for order in permutations(facts) {
        assert_eq!(of(&order), first, "{order:#?}");
    }
    first
}

fn both_of(card: &str) -> Vec<(String, u8)> {
    [7, 30].map(|days| (card.to_owned(), days)).to_vec()
}

#[test]
fn who_leaves_before_their_card_expires_is_not_asked_for_a_new_one() {
    let facts = |after: Snapshot| {
        let open = paid_with(A.created(1, Active), Some("pm1"));
        let set = paid_with(A.updated(1000, Active, after), Some("pm1"));
        [card("pm1", 0), open, set]
    };
    let month = CARD_ENDS + 20 * DAY;
    for (why, after, is_warned) in [
        (
            "in flexible billing a date alone is set",
            ending(Some(CARD_ENDS - DAY), false, month),
            false,
        ),
        ("at the end of the period", ending(None, true, CARD_ENDS - DAY), false),
        ("both", ending(Some(CARD_ENDS - DAY), true, CARD_ENDS - DAY), false),
        (
            "a second before the card's end",
            ending(Some(CARD_ENDS - 1), false, month),
            false,
        ),
        (
            "it is still to pay when the card is not good any more",
            ending(Some(CARD_ENDS + DAY), false, month),
            true,
        ),
        ("no end at all", ending(None, false, month), true),
    ] {
        let expected = if is_warned { both_of("pm1") } else { Vec::new() };
        assert_eq!(warned(&facts(after)), expected, "{why}");
    }
}

#[test]
fn nothing_rings_for_a_card_that_outlives_its_subscription() {
    let set = ending(Some(CARD_ENDS - DAY), false, CARD_ENDS + DAY);
    let open = paid_with(A.created(1, Active), Some("pm1"));
    let set_then = paid_with(A.updated(1000, Active, set.clone()), Some("pm1"));
    let standing = told(&[card("pm1", 0), open.clone(), set_then.clone()]).standing();
    assert_eq!(standing.next_due_from(at(0)), None);
    // The warning falls due once the end is taken back.
    let unset = paid_with(A.updated(2000, set, Active), Some("pm1"));
    let standing = told(&[card("pm1", 0), open, set_then, unset]).standing();
    assert_eq!(standing.next_due_from(at(0)), Some(at(CARD_ENDS - 30 * DAY)));
    assert_eq!(
        standing.next_due_from(at(CARD_ENDS - 30 * DAY + 1)),
        Some(at(CARD_ENDS - 7 * DAY))
    );
}

#[test]
fn a_schedule_that_ends_the_subscription_first_spares_the_card_too() {
    let plan = |ends_at: Option<i64>, secs| Fact::Schedule {
        id: A.id(),
        schedule: Schedule {
            told_at: at(secs),
            event: EventId::new(format!("evt_plan_{secs}")),
            ends_at: ends_at.map(at),
        },
    };
    let open = paid_with(A.created(1, Active), Some("pm1"));
    let planned = [card("pm1", 0), open, plan(Some(CARD_ENDS - DAY), 50)];
    assert_eq!(warned(&planned), []);
    let released = [&planned[..], &[plan(None, 60)]].concat();
    assert_eq!(warned(&released), both_of("pm1"));
}

#[test]
fn a_card_that_was_removed_is_not_warned_of_and_the_one_that_pays_is() {
    // The subscription names the other card. Both expire on the same day, so only the name tells them apart.
    let named = paid_with(A.created(1, Active), Some("pm_own"));
    let added = [named, card("pm_own", 0), card("pm_gone", 20)];
    assert_eq!(warned(&added), both_of("pm_own"));
    let removed = [&added[..], &[detached("pm_gone", 30)]].concat();
    assert_eq!(warned(&removed), both_of("pm_own"));
}

#[test]
fn where_nobody_names_a_card_the_newest_that_is_still_there_pays() {
    let unnamed = paid_with(A.created(1, Active), None);
    let added = [unnamed, card("pm_own", 0), card("pm_gone", 20)];
    assert_eq!(warned(&added), both_of("pm_gone"));
    let removed = [&added[..], &[detached("pm_gone", 30)]].concat();
    assert_eq!(warned(&removed), both_of("pm_own"));
    let none = [&removed[..], &[detached("pm_own", 40)]].concat();
    assert_eq!(warned(&none), []);
}

#[test]
fn the_customers_default_pays_until_it_is_removed_and_a_named_card_before_it() {
    let unnamed = paid_with(A.created(1, Active), None);
    let default = default_card(Some("pm_default"), None, 10);
    let cards = [card("pm_default", 0), card("pm_newest", 20)];
    let facts = [&[unnamed, default.clone()], &cards[..]].concat();
    assert_eq!(warned(&facts), both_of("pm_default"));
    let removed = [&facts[..], &[detached("pm_default", 30)]].concat();
    assert_eq!(warned(&removed), both_of("pm_newest"));
    let changed = [&facts[..], &[default_card(Some("pm_newest"), Some("pm_default"), 40)]].concat();
    assert_eq!(warned(&changed), both_of("pm_newest"));
    let named = paid_with(A.created(1, Active), Some("pm_newest"));
    assert_eq!(warned(&[&[named, default], &cards[..]].concat()), both_of("pm_newest"));
}

#[test]
fn a_card_that_is_removed_after_it_was_warned_of_is_not_told_of_any_more() {
    let named = paid_with(A.created(1, Active), Some("pm1"));
    let facts = [named, card("pm1", 0)];
    let first = told(&facts).standing().due_between(at(0), at(CARD_ENDS - 10 * DAY)).remove(0);
    let now = at(CARD_ENDS - 10 * DAY);
    assert!(told(&facts).standing().still_owes(&first, now).is_ok());
    let removed = [&facts[..], &[detached("pm1", CARD_ENDS - 11 * DAY)]].concat();
    let answer = told(&removed).standing().still_owes(&first, now);
    assert_eq!(answer.err(), Some(Superseded::NoLongerTrue));
}

#[test]
fn an_invoice_left_open_long_ago_suspends_nobody_for_the_renewal_of_today() {
    let now = 95 * DAY;
    let upgrade = invoice("in_upgrade").of("A").made(5 * DAY).because("subscription_update");
    let cycle = invoice("in_cycle").of("A").made(30 * DAY).because("subscription_cycle");
    let renewal = invoice("in_now").of("A").made(now).because("subscription_cycle");
    let facts = [
        A.created(1, Active),
        upgrade.failed(5 * DAY, 1),
        A.updated(5 * DAY, Active, PastDue),
        cycle.paid(30 * DAY),
        A.updated(30 * DAY, PastDue, Active),
        renewal.failed(now, 1),
        A.updated(now + 5, Active, PastDue),
    ];
    let suspended_at = |facts: &[Fact]| {
        let standing = told(facts).standing();
        let decision = access(&standing.state, &Policy::default(), at(now + 10));
        assert_eq!(decision.reason, Reason::PaymentPastDue);
        assert_eq!(decision.valid_until, standing.next_due_from(at(0)));
        standing.next_due_from(at(0))
    };
    let grace_end = Some(at(now + 14 * DAY));
    assert_eq!(suspended_at(&facts[..6]), grace_end, "before the subscription says so itself");
    assert_eq!(suspended_at(&facts), grace_end);
    let reversed: Vec<Fact> = facts.iter().rev().cloned().collect();
    assert_eq!(suspended_at(&reversed), grace_end);
    // If the old debt was never settled, the period of owing is the same.
    let never_over = [&facts[..3], &facts[5..6]].concat();
    let decision = access(&told(&never_over).state(), &Policy::default(), at(now + 10));
    assert_eq!((decision.allowed, decision.reason), (false, Reason::PaymentGraceExpired));
}

#[test]
fn of_several_subscriptions_the_moment_that_is_promised_is_the_last_ones() {
    let b = sub("B").begun(20);
    let ending_at = |end: i64| Snapshot {
        cancel_at: Some(at(end)),
        canceled_at: Some(at(500)),
        ..Snapshot::of_status(Active)
    };
    let trial = Snapshot {
        trial_end: Some(at(3 * DAY)),
        ..Snapshot::of_status(Trialing)
    };
    let bill = invoice("in1").of("A").made(30).because("subscription_cycle");
    let promise = |facts: &[Fact]| {
        let promised: Vec<_> = permutations(facts)
            .iter()
            .map(|order| {
                let decision = access(&told(order).state(), &Policy::default(), at(1000));
                let until = decision.valid_until.map(UnixSeconds::as_secs);
                (decision.reason, until, decision.then.map(|then| then.reason))
            })
            .collect();
        assert!(promised.windows(2).all(|two| two[0] == two[1]), "{promised:?}");
        promised[0]
    };
    let both = [
        A.created(1, Active),
        A.updated(600, Active, ending_at(9 * DAY)),
        b.created(20, Active),
        b.updated(700, Active, ending_at(5 * DAY)),
    ];
    assert_eq!(promise(&both), (Reason::Canceling, Some(9 * DAY), Some(Reason::Canceled)));
    // A subscription that owes a payment gives access until its grace ends. The trial gives none by then.
    let owing = [A.created(1, Active), bill.failed(900, 1), b.created(20, trial)];
    let (reason, until, _) = promise(&owing);
    assert_eq!((reason, until), (Reason::PaymentPastDue, Some(900 + 14 * DAY)));
}

#[test]
fn a_term_is_told_from_an_end_that_the_customer_set_early() {
    const YEAR: i64 = 365 * DAY;
    let period_of = |(start, end): (i64, i64)| Snapshot {
        period_start: Some(at(start)),
        period_end: Some(at(end)),
        ..Snapshot::of_status(Active)
    };
    let (first, last) = ((1, 30 * DAY), (YEAR - 30 * DAY, YEAR));
    for (what, period, set_at, end, is_term) in [
        ("made with it", first, Some(1), YEAR, true),
        (
            "made with it, and Stripe does not say when it was set",
            first,
            None,
            YEAR,
            true,
        ),
        ("a single period, made with its end", first, Some(2), 30 * DAY, true),
        ("set by the merchant's code after the checkout", first, Some(21), YEAR, true),
        ("the same, in its last period", last, Some(21), YEAR, true),
        ("canceled in the portal at once", first, Some(21), 30 * DAY, false),
        ("a date that is set a day later", first, Some(DAY), YEAR, false),
    ] {
        let ending = Snapshot {
            cancel_at: Some(at(end)),
            canceled_at: set_at.map(at),
            ..period_of(period)
        };
        let facts = [A.created(1, period_of(first)), A.updated(2 * DAY, period_of(period), ending)];
        for order in permutations(&facts) {
            let state = told(&order).state();
            assert_eq!(state.subscription.unwrap().is_fixed_term(), is_term, "{what}");
        }
    }
}
