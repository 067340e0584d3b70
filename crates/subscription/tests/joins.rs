//! Joins of invoices and cards: the order of reports does not change the result.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use subscription::EventId;
use subscription::facts::{Card, CardShown, Fact, Invoice, InvoiceStatus};
use subscription::testing::{at, card, invoice, told};

/// Checks the laws of a join for these values and for every join of two of them.
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
                        detached_at: None,
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
fn a_card_was_attached_when_that_was_first_told() {
    let customer = told(&[card("pm1", 12), card("pm1", 10), card("pm1", 14)]);
    let card = customer.cards().values().next().unwrap();
    assert_eq!((card.attached_at, card.shown.told_at), (Some(at(10)), at(14)));
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
