//! Facts that need not agree, or be true at all, as a confused or hostile sender might produce them.

use proptest::{collection::vec, option, prelude::*, sample::select};
use subscription::facts::{
    Before, Card, CardShown, Cause, Change, Details, Dispute, Fact, InvoiceCause, InvoiceFact, InvoiceStatus, Item, ProfileBefore,
    ProfileVersion, Read, Renewal, Schedule, Snapshot, SubscriptionFact,
};
use subscription::testing::{as_event, at};
use subscription::{ChargeId, DisputeId, EventId, InvoiceId, Money, PaymentMethodId, Status, SubscriptionId, UnixSeconds};

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

pub(crate) fn snapshot() -> impl Strategy<Value = Snapshot> {
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
        canceled_at: cancel_at.map(|at| at.plus_secs(-1)),
        pause_collection: quantity.filter(|&many| many > 1).map(|_| "void".to_owned()),
        items: vec![Item {
            price: "price_1".to_owned(),
            quantity,
        }],
        ..Snapshot::of_status(Status::from(word))
    })
}

fn details(begun: Option<UnixSeconds>) -> Details {
    Details {
        created: begun,
        ended_at: begun.map(|begun| begun.plus_secs(3)),
        cancellation_comment: begun.map(|_| "too \"dear\" – 😀".to_owned()),
        collection_method: begun
            .filter(|begun| begun.as_secs() % 3 == 0)
            .map(|_| "send_invoice".to_owned()),
        paused_reason: begun
            .filter(|begun| begun.as_secs() % 2 == 0)
            .map(|_| "final_payment_failure".to_owned()),
        default_payment_method: begun
            .filter(|begun| begun.as_secs() % 4 == 0)
            .map(|_| PaymentMethodId::new("pm_1")),
        ..Details::default()
    }
}

pub(crate) fn subscription_fact() -> impl Strategy<Value = SubscriptionFact> {
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
    let begun = (option::of(moment()), option::of(moment()));
    let change = (moment(), select(causes.to_vec()), before, snapshot(), begun);
    let change = change.prop_map(|(created, cause, before, after, (begun, was))| {
        SubscriptionFact::Change(Change {
            event: EventId::new("evt"),
            created,
            cause,
            before,
            after,
            details: details(begun),
            details_before: was.map(|was| Box::new(details(Some(was)))),
        })
    });
    let read = (moment(), 0..4_i64, snapshot(), option::of(moment())).prop_map(|(not_before, width, snapshot, begun)| {
        SubscriptionFact::Read(Read {
            not_before,
            not_after: not_before.plus_secs(width),
            snapshot,
            details: details(begun),
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
        InvoiceCause::FinalizationFailed,
        InvoiceCause::PaymentAttemptRequired,
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
            collection_method: paid_at.filter(|at| at.as_secs() % 2 == 0).map(|_| "send_invoice".to_owned()),
            next_payment_attempt: paid_at,
            amount_due: Money::new(4900, "eur"),
            amount_remaining: Some(i64::from(attempt_count)),
            due_date: paid_at,
            ..InvoiceFact::default()
        },
    )
}

fn card() -> impl Strategy<Value = Card> {
    (option::of(moment()), moment(), select(&["visa", "sepa_debit"])).prop_map(|(attached_at, told_at, brand)| Card {
        attached_at,
        detached_at: attached_at.filter(|at| at.as_secs() % 5 == 0),
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

fn profile() -> impl Strategy<Value = ProfileVersion> {
    let method = || option::of(select(&["pm_1", "pm_2"])).prop_map(|id| id.map(PaymentMethodId::new));
    (moment(), method(), option::of(method()), any::<bool>()).prop_map(|(told_at, default_payment_method, before, is_deleted)| {
        ProfileVersion {
            told_at,
            event: EventId::new("evt"),
            default_payment_method,
            before: before.map(|default_payment_method| ProfileBefore { default_payment_method }),
            is_deleted,
        }
    })
}

fn dispute() -> impl Strategy<Value = Dispute> {
    (moment(), any::<bool>(), any::<bool>()).prop_map(|(told_at, is_closed, is_warning)| Dispute {
        is_closed,
        told_at,
        event: EventId::new("evt"),
        charge: ChargeId::new("ch_1"),
        amount: None,
        reason: None,
        status: is_closed.then(|| "won".to_owned()),
        is_warning,
    })
}

fn schedule() -> impl Strategy<Value = Schedule> {
    (moment(), option::of(moment())).prop_map(|(told_at, ends_at)| Schedule {
        told_at,
        event: EventId::new("evt"),
        ends_at,
    })
}

fn fact() -> impl Strategy<Value = Fact> {
    let of = select(&["sub_1", "sub_2"]).prop_map(SubscriptionId::new);
    let planned = select(&["sub_1", "sub_2"]).prop_map(SubscriptionId::new);
    let bill = select(&["in_1", "in_2", "in_3"]).prop_map(InvoiceId::new);
    prop_oneof![
        5 => (of, subscription_fact()).prop_map(|(id, fact)| Fact::Subscription { id, fact }),
        3 => (bill, invoice_fact()).prop_map(|(id, fact)| Fact::Invoice { id, fact }),
        1 => (select(&["pm_1", "pm_2"]), card()).prop_map(|(id, card)| Fact::Card { id: PaymentMethodId::new(id), card }),
        1 => profile().prop_map(Fact::Profile),
        1 => (planned, schedule()).prop_map(|(id, schedule)| Fact::Schedule { id, schedule }),
        1 => dispute().prop_map(|dispute| Fact::Dispute { id: DisputeId::new("du_1"), dispute }),
    ]
}

/// Returns up to a dozen facts, each from its own event.
pub(crate) fn facts() -> impl Strategy<Value = Vec<Fact>> {
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
                as_event(fact, &format!("evt_{}", (nth * 7) % 12))
            }
        });
        named.collect()
    })
}

/// Returns the same facts twice: as they are, and shuffled with some of them repeated.
pub(crate) fn facts_and_their_redelivery() -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
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
