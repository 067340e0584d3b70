//! What holds for every customer, whatever Stripe delivers and in whatever order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]
#![allow(clippy::print_stdout, reason = "how much was tried is part of the result")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use subscription::*;
use support::{
    at, deliver, facts_of, invoice, keys,
    lifecycle::{Lifecycle, lifecycle},
    owed_along,
    random::Random,
    sub, told, trialing_until,
};

/// Lifecycles tried; a failure names its seed.
const LIFECYCLES: u64 = 400;
const ORDERS_EACH: u64 = 5;

/// The same deliveries as they might arrive: at least once, and out of order. An even number shuffles them, an odd one
/// delays some by a little and a few by a lot.
fn scrambled(facts: &[Fact], random: &mut Random, order: u64) -> Vec<Fact> {
    let mut arriving: Vec<(u64, &Fact)> = Vec::new();
    for (sent, fact) in (0..).zip(facts) {
        let repeats = u64::from(random.percent(20));
        for _ in 0..=repeats {
            let delay = match random.below(10) {
                0 => random.below(60),
                _ => random.below(3),
            };
            arriving.push((sent + delay, fact));
        }
    }
    if order.is_multiple_of(2) {
        random.shuffle(&mut arriving);
    } else {
        arriving.sort_by_key(|(arrival, _)| *arrival);
    }
    arriving.into_iter().map(|(_, fact)| fact.clone()).collect()
}

/// The invoices whose failure was delivered before any word of their payment, and were paid.
fn seen_failed_then_paid(deliveries: &[Fact]) -> BTreeSet<InvoiceId> {
    let mut failed = BTreeSet::new();
    let mut paid = BTreeSet::new();
    let mut recovered = BTreeSet::new();
    for delivery in deliveries {
        let Fact::Invoice { id, fact } = delivery else { continue };
        let is_dunned = fact.subscription.is_some() && fact.billing_reason.as_deref() != Some("subscription_create");
        if fact.cause == InvoiceCause::PaymentFailed && is_dunned && !paid.contains(id) {
            failed.insert(id.clone());
        }
        if fact.status == InvoiceStatus::Paid {
            paid.insert(id.clone());
            if failed.contains(id) {
                recovered.insert(id.clone());
            }
        }
    }
    recovered
}

fn count<'a>(owed: impl IntoIterator<Item = &'a String>) -> BTreeMap<&'a str, usize> {
    let mut counted = BTreeMap::new();
    for key in owed {
        *counted.entry(key.as_str()).or_default() += 1;
    }
    counted
}

struct Truth {
    life: Lifecycle,
    standing: Standing,
    owed: Vec<String>,
}

fn truth_of(seed: u64) -> Truth {
    let life = lifecycle(seed);
    let owed = owed_along(&life.facts).concat();
    let standing = told(&life.facts).standing();
    Truth { life, standing, owed }
}

fn check_order(seed: u64, truth: &Truth, order: u64) {
    let mut random = Random::from_seed(seed ^ (order << 32));
    let deliveries = scrambled(&truth.life.facts, &mut random, order);
    let mut customer = Customer::default();
    let owed = deliver(&mut customer, &deliveries).concat();
    let which = format!("seed {seed}, order {order}");

    assert_eq!(customer.standing(), truth.standing, "{which}");
    for key in &owed {
        assert!(truth.owed.contains(key), "{which}: {key} was never owed in truth");
    }
    let counted = count(&owed);
    for (id, end) in &truth.life.ends {
        let expected = (end.status == Status::Canceled).then_some(&1);
        for kind in ["subscription_canceled", "churn_alert"] {
            assert_eq!(
                counted.get(format!("{kind}:{id}").as_str()),
                expected,
                "{which}: {kind} of {id}"
            );
        }
    }
    let recovered: BTreeSet<String> = seen_failed_then_paid(&deliveries)
        .iter()
        .map(|invoice| format!("payment_recovered:{invoice}"))
        .collect();
    for (key, times) in counted.iter().filter(|(key, _)| key.starts_with("payment_recovered")) {
        assert!(recovered.contains(*key) && *times == 1, "{which}: {key}, {times} times");
    }
    for key in &recovered {
        assert!(counted.contains_key(key.as_str()), "{which}: {key} is missing");
    }
    for key in keys(&truth.standing.owed_since(&Customer::default().standing())) {
        assert!(counted.contains_key(key.as_str()), "{which}: {key} stands and was never owed");
    }
}

#[test]
fn in_true_order_every_lifecycle_ends_as_stripe_has_it() {
    let (mut facts, mut notices) = (0, BTreeMap::<String, u64>::new());
    for seed in 0..LIFECYCLES {
        let truth = truth_of(seed);
        for (id, end) in &truth.life.ends {
            let found = &truth.standing.subscriptions[id];
            assert_eq!(found.status, end.status, "seed {seed}, {id}");
            assert!(found.doubt.is_none() && !found.gap, "seed {seed}, {id}");
        }
        assert_eq!(truth.standing.subscriptions.len(), truth.life.ends.len(), "seed {seed}");
        for (key, times) in count(&truth.owed) {
            // A warning may come up again when its reason does, and is then the same row of the outbox.
            let is_closing = !key.starts_with("renewal_upcoming");
            assert!(times == 1 || !is_closing, "seed {seed}: {key}, {times} times");
        }
        facts += truth.life.facts.len();
        for key in &truth.owed {
            *notices.entry(key.split(':').next().unwrap().to_owned()).or_default() += 1;
        }
    }
    println!("{LIFECYCLES} lifecycles, {facts} facts, {notices:?}");
    assert_eq!(notices.len(), 11, "a kind of notice is missing: {notices:?}");
}

#[test]
fn no_order_of_delivery_ends_elsewhere_or_owes_what_the_true_one_does_not() {
    for seed in 0..LIFECYCLES {
        let truth = truth_of(seed);
        for order in 0..ORDERS_EACH {
            check_order(seed, &truth, order);
        }
    }
}

#[test]
fn a_read_of_every_subscription_makes_up_for_what_was_never_delivered() {
    for seed in 0..LIFECYCLES {
        let truth = truth_of(seed);
        let mut random = Random::from_seed(!seed);
        let mut deliveries = scrambled(&truth.life.facts, &mut random, seed);
        deliveries.retain(|_| random.percent(70));
        let mut customer = Customer::default();
        let mut owed = deliver(&mut customer, &deliveries).concat();
        let reads: Vec<Fact> = truth
            .life
            .ends
            .iter()
            .map(|(id, end)| read(id, end, truth.life.over_at))
            .collect();
        owed.extend(deliver(&mut customer, &reads).concat());
        let after = customer.standing();
        for (id, end) in &truth.life.ends {
            let found = &after.subscriptions[id];
            assert_eq!(found.status, end.status, "seed {seed}, {id}");
            assert!(found.doubt.is_none() && !found.gap, "seed {seed}, {id}: {found:#?}");
        }
        // What was lost turns up after all: nothing that closes is told again.
        owed.extend(deliver(&mut customer, &truth.life.facts).concat());
        let counted = count(&owed);
        for (id, end) in &truth.life.ends {
            let expected = (end.status == Status::Canceled).then_some(&1);
            assert_eq!(
                counted.get(format!("churn_alert:{id}").as_str()),
                expected,
                "seed {seed}, {id}"
            );
        }
    }
}

/// An API read that began after all this was over.
fn read(id: &SubscriptionId, snapshot: &Snapshot, over_at: i64) -> Fact {
    Fact::Subscription {
        id: id.clone(),
        fact: SubscriptionFact::Read(Read {
            not_before: at(over_at + 1),
            not_after: at(over_at + 4),
            snapshot: snapshot.clone(),
        }),
    }
}

#[test]
fn naive_rules_are_caught() {
    let (mut orders, mut last_wrong, mut watermark_wrong) = (0_u32, 0_u32, 0_u32);
    for seed in 0..LIFECYCLES {
        let life = lifecycle(seed);
        for order in 0..ORDERS_EACH {
            let deliveries = scrambled(&life.facts, &mut Random::from_seed(seed ^ (order << 32)), order);
            let mut last: BTreeMap<&SubscriptionId, &Status> = BTreeMap::new();
            let mut newest: BTreeMap<&SubscriptionId, &Change> = BTreeMap::new();
            for (id, change) in deliveries.iter().filter_map(as_change) {
                last.insert(id, &change.after.status);
                if newest.get(id).is_none_or(|known| change.created >= known.created) {
                    newest.insert(id, change);
                }
            }
            let is_wrong = |id: &SubscriptionId, status: &Status| life.ends[id].status != *status;
            orders += 1;
            last_wrong += u32::from(last.iter().any(|(id, status)| is_wrong(id, status)));
            watermark_wrong += u32::from(newest.iter().any(|(id, change)| is_wrong(id, &change.after.status)));
        }
    }
    println!("of {orders}: last arrival {last_wrong} wrong, watermark {watermark_wrong} wrong");
    assert!(last_wrong > orders / 4, "{last_wrong} of {orders}");
    assert!(watermark_wrong > orders / 50, "{watermark_wrong} of {orders}");
}

fn as_change(fact: &Fact) -> Option<(&SubscriptionId, &Change)> {
    match fact {
        Fact::Subscription {
            id,
            fact: SubscriptionFact::Change(change),
        } => Some((id, change)),
        Fact::Subscription { .. } | Fact::Invoice { .. } | Fact::Card { .. } => None,
    }
}

/// Facts that need not be true together, or at all: what a confused or hostile sender might say.
mod anything {
    use proptest::{collection::vec, option, sample::select};

    use super::*;

    const WORDS: [&str; 9] = [
        "incomplete",
        "incomplete_expired",
        "trialing",
        "active",
        "past_due",
        "unpaid",
        "canceled",
        "paused",
        "on_sabbatical",
    ];

    fn moment() -> impl Strategy<Value = UnixSeconds> {
        (10..16_i64).prop_map(at)
    }

    fn snapshot() -> impl Strategy<Value = Snapshot> {
        let ends = (
            any::<bool>(),
            option::of(moment()),
            option::of(moment()),
            option::of(moment()),
        );
        (select(&WORDS), ends, option::of(1..3_u64)).prop_map(|(word, (at_end, cancel_at, trial_end, period), quantity)| Snapshot {
            cancel_at_period_end: at_end,
            cancel_at,
            trial_end,
            period_start: period,
            period_end: period.map(|start| start.plus_secs(3)),
            items: vec![Item {
                price: "price_1".to_owned(),
                quantity,
            }],
            ..Snapshot::of_status(Status::from(word))
        })
    }

    pub(super) fn subscription_fact() -> impl Strategy<Value = SubscriptionFact> {
        let causes = [
            Cause::Created,
            Cause::TrialWillEnd,
            Cause::Note,
            Cause::Updated,
            Cause::Deleted,
        ];
        let before = prop_oneof![
            Just(Before::Nothing),
            Just(Before::Unknown),
            snapshot().prop_map(|snapshot| Before::Known(Box::new(snapshot))),
        ];
        let change = (moment(), select(causes.to_vec()), before, snapshot(), option::of(moment()));
        let change = change.prop_map(|(created, cause, before, after, begun)| {
            SubscriptionFact::Change(Change {
                event: EventId::new("evt"),
                created,
                cause,
                before,
                after,
                details: Details {
                    created: begun,
                    cancellation_comment: begun.map(|_| "too \"dear\" – 😀".to_owned()),
                    ..Details::default()
                },
            })
        });
        let read = (moment(), 0..4_i64, snapshot()).prop_map(|(not_before, width, snapshot)| {
            SubscriptionFact::Read(Read {
                not_before,
                not_after: not_before.plus_secs(width),
                snapshot,
            })
        });
        let renewal = (moment(), moment()).prop_map(|(due_at, announced_at)| {
            SubscriptionFact::Renewal(Renewal {
                due_at,
                announced_at,
                event: EventId::new("evt"),
                amount: Money::new(4900, "eur"),
            })
        });
        prop_oneof![6 => change, 1 => read, 1 => renewal]
    }

    fn invoice_fact() -> impl Strategy<Value = InvoiceFact> {
        let causes = [
            InvoiceCause::PaymentFailed,
            InvoiceCause::PaymentActionRequired,
            InvoiceCause::Other,
        ];
        let statuses = [
            InvoiceStatus::Draft,
            InvoiceStatus::Open,
            InvoiceStatus::Uncollectible,
            InvoiceStatus::Deleted,
            InvoiceStatus::Void,
            InvoiceStatus::Paid,
        ];
        let of = option::weighted(0.8, select(&["sub_1", "sub_2"]));
        let reason = option::of(select(&["subscription_create", "subscription_cycle", "manual"]));
        let when = (moment(), moment(), option::of(moment()));
        (select(causes.to_vec()), select(statuses.to_vec()), of, reason, when, 0..4_u32).prop_map(
            |(cause, status, of, reason, (told_at, created, paid_at), attempt_count)| InvoiceFact {
                event: EventId::new("evt"),
                told_at,
                cause,
                status,
                subscription: of.map(SubscriptionId::new),
                created,
                attempt_count,
                paid_at,
                billing_reason: reason.map(str::to_owned),
                collection_method: None,
                next_payment_attempt: paid_at,
                amount_due: Money::new(4900, "eur"),
                hosted_invoice_url: None,
                number: None,
            },
        )
    }

    fn card() -> impl Strategy<Value = Card> {
        (option::of(moment()), moment(), select(&["visa", "sepa_debit"])).prop_map(|(attached_at, told_at, brand)| Card {
            attached_at,
            shown: CardShown {
                told_at,
                event: EventId::new("evt"),
                brand: brand.to_owned(),
                last4: None,
                exp_month: None,
                exp_year: None,
            },
        })
    }

    fn fact() -> impl Strategy<Value = Fact> {
        let of = select(&["sub_1", "sub_2"]).prop_map(SubscriptionId::new);
        let bill = select(&["in_1", "in_2", "in_3"]).prop_map(InvoiceId::new);
        prop_oneof![
            5 => (of, subscription_fact()).prop_map(|(id, fact)| Fact::Subscription { id, fact }),
            3 => (bill, invoice_fact()).prop_map(|(id, fact)| Fact::Invoice { id, fact }),
            1 => card().prop_map(|card| Fact::Card { id: PaymentMethodId::new("pm_1"), card }),
        ]
    }

    /// Up to a dozen facts, each by an event of its own.
    pub(super) fn facts() -> impl Strategy<Value = Vec<Fact>> {
        vec(fact(), 0..12).prop_map(|facts| {
            let is_read = |fact: &Fact| {
                matches!(
                    fact,
                    Fact::Subscription {
                        fact: SubscriptionFact::Read(_),
                        ..
                    }
                )
            };
            let named = facts.into_iter().enumerate().map(|(nth, fact)| {
                if is_read(&fact) {
                    fact
                } else {
                    support::as_event(fact, &format!("evt_{}", (nth * 7) % 12))
                }
            });
            named.collect()
        })
    }

    /// The same facts twice: as they are, and shuffled with some of them repeated.
    pub(super) fn facts_and_their_redelivery() -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
        facts().prop_flat_map(|facts| {
            let repeats = vec(0..facts.len().max(1), 0..6);
            let shuffled = repeats.prop_flat_map({
                let facts = facts.clone();
                move |repeats| {
                    let again = repeats.iter().filter_map(|&nth| facts.get(nth)).cloned();
                    let all: Vec<Fact> = facts.iter().cloned().chain(again).collect();
                    Just(all).prop_shuffle()
                }
            });
            (Just(facts), shuffled)
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_repetition_changes_a_customer((facts, redelivered) in anything::facts_and_their_redelivery()) {
        let (once, again) = (told(&facts), told(&redelivered));
        prop_assert_eq!(&again, &once);
        prop_assert_eq!(again.standing(), once.standing());
    }

    #[test]
    fn telling_everything_again_owes_nothing(facts in anything::facts()) {
        let mut customer = told(&facts);
        let owed = deliver(&mut customer, &facts).concat();
        prop_assert!(owed.is_empty(), "{:?}", owed);
    }

    #[test]
    fn a_subscription_that_has_ended_is_never_anything_else(mut facts in anything::facts()) {
        let ended = sub("sub_1");
        facts.insert(facts.len() / 2, ended.deleted(12));
        let mut customer = Customer::default();
        let mut has_ended = false;
        for fact in facts {
            has_ended |= fact == ended.deleted(12);
            customer.learn(fact);
            let standing = customer.standing();
            let status = standing.subscriptions.get(&ended.id()).map(|state| &state.status);
            prop_assert!(!has_ended || status.is_some_and(Status::is_terminal), "{:?}", status);
        }
    }

    #[test]
    fn the_subscriptions_own_last_word_stands_against_every_older_invoice(mut facts in anything::facts()) {
        // Everything else was said before second 20.
        let spoken = sub("sub_1");
        facts.push(spoken.updated(20, Status::Paused, Status::Active));
        let told_facts = facts_of(spoken, &facts);
        let stated = fold(&told_facts).unwrap().snapshot.status;
        let standing = told(&facts).standing();
        prop_assert_eq!(&standing.subscriptions[&spoken.id()].status, &stated);
    }

    #[test]
    fn access_never_outlives_its_own_deadline(facts in anything::facts(), now in 10..100_i64) {
        let state = told(&facts).state();
        let policy = Policy { payment_grace_secs: 9, trial_overrun_secs: 5, doubt_secs: 3 };
        let decision = access(&state, &policy, at(now));
        match (decision.valid_until, decision.then) {
            (None, None) => {
                let much_later = access(&state, &policy, at(now + 1_000_000));
                prop_assert_eq!(much_later, decision);
            }
            (Some(until), Some(then)) => {
                prop_assert!(until > at(now));
                let before = access(&state, &policy, until.plus_secs(-1));
                prop_assert_eq!((before.allowed, before.reason), (decision.allowed, decision.reason));
                let after = access(&state, &policy, until);
                prop_assert_eq!((after.allowed, after.reason), (then.allowed, then.reason));
            }
            (until, then) => prop_assert!(false, "{:?} but {:?}", until, then),
        }
    }

    #[test]
    fn whatever_is_stored_is_read_back_as_it_was(facts in anything::facts()) {
        let customer = told(&facts);
        for fact in &facts {
            match fact {
                Fact::Subscription { fact, .. } => survives_json(fact),
                Fact::Card { card, .. } => survives_json(card),
                Fact::Invoice { fact, .. } => survives_json(&Invoice::from(fact.clone())),
            }
        }
        customer.invoices().values().for_each(survives_json);
        customer.cards().values().for_each(survives_json);
        survives_json(&customer.state());
        let standing = customer.standing();
        standing.owed_since(&Customer::default().standing()).iter().for_each(survives_json);
    }
}

fn survives_json<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    let back: T = serde_json::from_str(&json).unwrap();
    assert_eq!(&back, value, "{json}");
}

#[test]
fn every_notice_and_every_state_on_the_way_is_read_back_as_it_was() {
    let mut kinds = BTreeSet::new();
    for seed in 0..150 {
        let mut customer = Customer::default();
        let mut before = customer.standing();
        for fact in lifecycle(seed).facts {
            customer.learn(fact);
            let after = customer.standing();
            survives_json(&after.state);
            for notice in after.owed_since(&before) {
                survives_json(&notice);
                kinds.insert(notice.kind());
            }
            before = after;
        }
    }
    assert_eq!(kinds.len(), 11, "{kinds:?}");
}

/// Checks the laws of a join over these and over every join of two of them.
fn check_join_laws<T: Clone + PartialEq + std::fmt::Debug>(atoms: &[T], join: impl Fn(T, T) -> T) {
    let join = |a: &T, b: &T| join(a.clone(), b.clone());
    let pairs = atoms
        .iter()
        .enumerate()
        .flat_map(|(i, a)| atoms[i + 1..].iter().map(move |b| (a, b)));
    let elements: Vec<T> = atoms.iter().cloned().chain(pairs.map(|(a, b)| join(a, b))).collect();
    for a in &elements {
        assert_eq!(join(a, a), *a, "idempotent");
        for b in &elements {
            let ab = join(a, b);
            assert_eq!(ab, join(b, a), "commutative");
            assert_eq!(join(&ab, a), ab, "absorbs what it is made of");
            for c in atoms {
                assert_eq!(join(&ab, c), join(a, &join(b, c)), "associative: {a:#?} {b:#?} {c:#?}");
            }
        }
    }
}

#[test]
fn what_is_told_of_an_invoice_is_joined_whatever_the_order() {
    let bill = invoice("in1").of("A").made(5).because("subscription_cycle");
    let one_off = invoice("in1").made(6);
    let atoms: Vec<Invoice> = [
        bill.draft(10),
        bill.open(12),
        one_off.open(12),
        bill.failed(11, 1),
        bill.failed(12, 2),
        bill.needs_action(12, 2),
        bill.uncollectible(14),
        bill.voided(15),
        bill.paid(15),
        bill.paid(16),
        one_off.paid(14),
        bill.over(100).paid(16),
    ]
    .into_iter()
    .map(|fact| match fact {
        Fact::Invoice { fact, .. } => Invoice::from(fact),
        other => panic!("{other:?} is not about an invoice"),
    })
    .collect();
    check_join_laws(&atoms, Invoice::join);
}

#[test]
fn what_is_told_of_a_card_is_joined_whatever_the_order() {
    let mut atoms = Vec::new();
    for attached_at in [None, Some(at(10)), Some(at(12))] {
        for told_at in [10, 12] {
            for event in ["evt_1", "evt_2"] {
                for last4 in [None, Some("4242".to_owned())] {
                    atoms.push(Card {
                        attached_at,
                        shown: CardShown {
                            told_at: at(told_at),
                            event: EventId::new(event),
                            brand: "visa".to_owned(),
                            last4,
                            exp_month: None,
                            exp_year: None,
                        },
                    });
                }
            }
        }
    }
    check_join_laws(&atoms, Card::join);
}

#[test]
fn an_invoice_moves_only_forward_and_a_payment_wins_over_a_contradiction() {
    let bill = invoice("in1").of("A");
    let status = |facts: &[Fact]| {
        let customer = told(facts);
        let invoice = &customer.invoices()[&bill.id()];
        (invoice.status(), invoice.is_contradictory())
    };
    assert_eq!(status(&[bill.open(10), bill.draft(11)]), (InvoiceStatus::Open, false));
    assert_eq!(
        status(&[bill.uncollectible(10), bill.open(11)]),
        (InvoiceStatus::Uncollectible, false)
    );
    assert_eq!(status(&[bill.paid(12), bill.uncollectible(10)]), (InvoiceStatus::Paid, false));
    assert_eq!(
        status(&[bill.voided(12), bill.uncollectible(10)]),
        (InvoiceStatus::Void, false)
    );
    assert_eq!(status(&[bill.voided(13), bill.paid(12)]), (InvoiceStatus::Paid, true));
}

const A: support::Sub = sub("A").begun(1);

/// The effective status of subscription A, and whether an invoice alone vouches for it.
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
    // The retry of an older invoice changes nothing, nor does an invoice of no subscription.
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

#[test]
fn a_renewal_is_announced_while_it_will_come_before_the_end() {
    let ends_at = |secs| Snapshot {
        cancel_at: Some(at(secs)),
        ..Snapshot::of_status(Status::Active)
    };
    for (end, expected) in [(90, 0), (100, 0), (101, 1), (900, 1)] {
        let deliveries = [A.created(1, ends_at(end)), A.upcoming(50, 100)];
        assert_eq!(
            owed_along(&deliveries).concat().len(),
            expected,
            "ends at {end}, renews at 100"
        );
    }
}
