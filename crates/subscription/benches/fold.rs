//! The cost of computing where a customer stands.
#![allow(missing_docs, reason = "criterion's macros write public items")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use subscription::access::{Policy, access};
use subscription::facts::{
    Before, Cause, Change, Details, Fact, Facts, InvoiceCause, InvoiceFact, InvoiceStatus, Snapshot, SubscriptionFact, fold,
};
use subscription::{Customer, EventId, InvoiceId, Money, Status, SubscriptionId, UnixSeconds};

const PERIOD: i64 = 30 * 86_400;

fn change(nth: i64, before: Before, after: Status) -> SubscriptionFact {
    SubscriptionFact::Change(Change {
        event: EventId::new(format!("evt_{nth:04}")),
        // Every third change shares its second with the one before it.
        created: UnixSeconds::new(1_700_000_000 + (nth - i64::from(nth % 3 == 2)) * 100),
        cause: if before == Before::Nothing {
            Cause::Created
        } else {
            Cause::Updated
        },
        before,
        after: Snapshot::of_status(after),
        details: Details::default(),
        details_before: None,
    })
}

/// Returns the changes of a subscription that falls past due and recovers repeatedly.
fn changes(count: i64) -> impl Iterator<Item = SubscriptionFact> {
    let status = |nth: i64| if nth % 2 == 0 { Status::Active } else { Status::PastDue };
    (0..count).map(move |nth| {
        let before = match nth {
            0 => Before::Nothing,
            _ => Before::Known(Box::new(Snapshot::of_status(status(nth - 1)))),
        };
        change(nth, before, status(nth))
    })
}

fn invoice(month: i64, nth: i64, cause: InvoiceCause, status: InvoiceStatus) -> Fact {
    let told_at = UnixSeconds::new(1_700_000_000 + month * PERIOD + nth);
    Fact::Invoice {
        id: InvoiceId::new(format!("in_{month:04}")),
        fact: InvoiceFact {
            event: EventId::new(format!("evt_in_{month}_{nth}")),
            told_at,
            cause,
            status,
            subscription: Some(SubscriptionId::new("sub_1")),
            created: told_at,
            attempt_count: 1,
            paid_at: (status == InvoiceStatus::Paid).then_some(told_at),
            billing_reason: Some("subscription_cycle".to_owned()),
            collection_method: Some("charge_automatically".to_owned()),
            next_payment_attempt: None,
            amount_due: Money::new(4900, "eur"),
            hosted_invoice_url: None,
            number: None,
            ..InvoiceFact::default()
        },
    }
}

/// Returns a customer after a year: thirty facts about one subscription, and twelve invoices, the last one failed.
fn typical_customer() -> Customer {
    let mut customer = Customer::default();
    for fact in changes(30) {
        customer.learn(Fact::Subscription {
            id: SubscriptionId::new("sub_1"),
            fact,
        });
    }
    for month in 1..=11 {
        customer.learn(invoice(month, 0, InvoiceCause::Other, InvoiceStatus::Open));
        customer.learn(invoice(month, 1, InvoiceCause::Other, InvoiceStatus::Paid));
    }
    customer.learn(invoice(12, 1, InvoiceCause::PaymentFailed, InvoiceStatus::Open));
    customer
}

fn folding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fold");
    for count in [5, 50] {
        let mut facts = Facts::default();
        for fact in changes(count) {
            facts.insert(fact);
        }
        group.bench_with_input(BenchmarkId::from_parameter(count), &facts, |bench, facts| {
            bench.iter(|| fold(black_box(facts)));
        });
    }
    group.finish();
}

fn standing(criterion: &mut Criterion) {
    let customer = typical_customer();
    criterion.bench_function("standing", |bench| bench.iter(|| black_box(&customer).standing()));
}

fn deciding(criterion: &mut Criterion) {
    let state = typical_customer().state();
    let policy = Policy::default();
    let now = UnixSeconds::new(1_700_000_000 + 13 * PERIOD);
    criterion.bench_function("access", |bench| {
        bench.iter(|| access(black_box(&state), black_box(&policy), black_box(now)));
    });
}

criterion_group!(benches, folding, standing, deciding);
criterion_main!(benches);
