//! The stored form of facts and of what is joined from them. Rows of earlier versions must still be read.

use serde::{Serialize, de::DeserializeOwned};
use subscription::facts::{
    Before, Card, CardShown, Cause, Change, CustomerProfile, Details, Dispute, Facts, Folded, Invoice, InvoiceCause, InvoiceFact,
    InvoiceStatus, Item, ProfileBefore, ProfileVersion, Read, Renewal, Schedule, Snapshot, SubscriptionFact,
};
use subscription::{ChargeId, EventId, InvoiceId, Money, PaymentMethodId, Status, UnixSeconds};

/// Checks that a value is stored as this JSON and read from it.
fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, stored: &str) {
    assert_eq!(serde_json::to_string(value).ok().as_deref(), Some(stored));
    assert_eq!(serde_json::from_str::<T>(stored).ok().as_ref(), Some(value));
}

const fn at(secs: i64) -> UnixSeconds {
    UnixSeconds::new(secs)
}

fn change(event: &str, created: i64, before: Before, after: Snapshot) -> SubscriptionFact {
    SubscriptionFact::Change(Change {
        event: EventId::new(event),
        created: at(created),
        cause: Cause::Updated,
        before,
        after,
        details: Details::default(),
        details_before: None,
    })
}

fn whole() -> Snapshot {
    Snapshot {
        status: Status::PastDue,
        cancel_at_period_end: true,
        cancel_at: Some(at(4)),
        canceled_at: Some(at(3)),
        trial_end: Some(at(2)),
        period_start: Some(at(1)),
        period_end: Some(at(4)),
        items: vec![Item {
            price: "price_1".to_owned(),
            quantity: Some(2),
        }],
        pause_collection: Some("void".to_owned()),
        latest_invoice: Some(InvoiceId::new("in_1")),
    }
}

#[test]
fn facts_about_a_subscription_are_stored_by_their_kind() {
    check(
        &change("evt_1", 7, Before::Nothing, Snapshot::of_status(Status::Active)),
        concat!(
            r#"{"kind":"change","event":"evt_1","created":7,"cause":"updated","before":"nothing","#,
            r#""after":{"status":"active","cancel_at_period_end":false,"items":[]},"details":{}}"#,
        ),
    );
    check(
        &change(
            "evt_1",
            7,
            Before::Known(Box::new(whole())),
            Snapshot::of_status(Status::from("on_sabbatical")),
        ),
        concat!(
            r#"{"kind":"change","event":"evt_1","created":7,"cause":"updated","before":{"known":{"status":"past_due","#,
            r#""cancel_at_period_end":true,"cancel_at":4,"canceled_at":3,"trial_end":2,"period_start":1,"period_end":4,"#,
            r#""items":[{"price":"price_1","quantity":2}],"pause_collection":"void","latest_invoice":"in_1"}},"#,
            r#""after":{"status":"on_sabbatical","cancel_at_period_end":false,"items":[]},"details":{}}"#,
        ),
    );
    check(
        &SubscriptionFact::Read(Read {
            not_before: at(7),
            not_after: at(9),
            snapshot: Snapshot::of_status(Status::Canceled),
            details: Details {
                ended_at: Some(at(6)),
                is_discounted: true,
                ..Details::default()
            },
        }),
        concat!(
            r#"{"kind":"read","not_before":7,"not_after":9,"snapshot":{"status":"canceled","cancel_at_period_end":false,"#,
            r#""items":[]},"details":{"ended_at":6,"is_discounted":true}}"#,
        ),
    );
    check(
        &SubscriptionFact::Renewal(Renewal {
            due_at: at(9),
            announced_at: at(7),
            event: EventId::new("evt_1"),
            amount: Money::new(4900, "EUR"),
        }),
        r#"{"kind":"renewal","due_at":9,"announced_at":7,"event":"evt_1","amount":{"amount":4900,"currency":"eur"}}"#,
    );
}

#[test]
fn a_baseline_keeps_the_sum_of_changes_and_where_the_fold_stood() {
    let (active, past_due) = (Snapshot::of_status(Status::Active), Snapshot::of_status(Status::PastDue));
    let facts: Facts = [
        change("evt_1", 7, Before::Unknown, active.clone()),
        change("evt_2", 8, Before::Known(Box::new(active)), past_due),
    ]
    .into_iter()
    .collect();
    let compacted = facts.compacted(at(8));
    let baseline: Vec<SubscriptionFact> = compacted.iter().collect();
    check(
        &baseline,
        concat!(
            r#"[{"kind":"baseline","through":8,"folded":{"snapshot":{"status":"past_due","cancel_at_period_end":false,"items":[]},"#,
            r#""status_since":8,"owing_since":8,"collection_paused_since":null,"doubt":null,"gap":false},"is_settled":false,"#,
            r#""sum":[[{"status":"active","cancel_at_period_end":false,"items":[]},-1],"#,
            r#"[{"status":"past_due","cancel_at_period_end":false,"items":[]},1]],"details":{},"past_due_at":8,"#,
            r#""announced_trial_ends":[],"served_since":7}]"#,
        ),
    );
}

#[test]
fn a_folded_subscription_of_an_earlier_version_is_read() {
    let stored =
        r#"{"snapshot":{"status":"active","cancel_at_period_end":false,"items":[]},"status_since":7,"doubt":null,"gap":false}"#;
    let folded: Option<Folded> = serde_json::from_str(stored).ok();
    assert_eq!(
        folded.map(|folded| (folded.status_since, folded.owing_since)),
        Some((at(7), None))
    );
}

#[test]
fn what_is_joined_is_stored_as_its_newest_version_and_what_is_left_of_others() {
    let failed = InvoiceFact {
        event: EventId::new("evt_1"),
        told_at: at(7),
        cause: InvoiceCause::PaymentFailed,
        status: InvoiceStatus::Open,
        attempt_count: 1,
        amount_due: Money::new(4900, "eur"),
        due_date: Some(at(9)),
        ..InvoiceFact::default()
    };
    check(
        &Invoice::from(failed),
        concat!(
            r#"{"subscription":null,"seen":["open"],"failures":{"attempt":1,"first_at":7,"last_at":7},"#,
            r#""action_required_attempt":null,"payment":null,"shown":{"rank":1,"attempt_count":1,"told_at":7,"event":"evt_1","#,
            r#""created":0,"amount_due":{"amount":4900,"currency":"eur"},"due_date":9}}"#,
        ),
    );
    check(
        &Card {
            attached_at: Some(at(7)),
            detached_at: None,
            shown: CardShown {
                told_at: at(7),
                event: EventId::new("evt_1"),
                brand: "visa".to_owned(),
                last4: Some("4242".to_owned()),
                exp_month: Some(12),
                exp_year: Some(2031),
            },
        },
        concat!(
            r#"{"attached_at":7,"shown":{"told_at":7,"event":"evt_1","brand":"visa","last4":"4242","#,
            r#""exp_month":12,"exp_year":2031}}"#,
        ),
    );
    check(
        &CustomerProfile::from(ProfileVersion {
            told_at: at(7),
            event: EventId::new("evt_1"),
            default_payment_method: Some(PaymentMethodId::new("pm_2")),
            before: Some(ProfileBefore {
                default_payment_method: Some(PaymentMethodId::new("pm_1")),
            }),
            is_deleted: false,
        }),
        concat!(
            r#"{"replacements":{"pm_2":7},"versions":[{"told_at":7,"event":"evt_1","default_payment_method":"pm_2","#,
            r#""before":{"default_payment_method":"pm_1"}}]}"#,
        ),
    );
    check(
        &Schedule {
            told_at: at(7),
            event: EventId::new("evt_1"),
            ends_at: Some(at(9)),
        },
        r#"{"told_at":7,"event":"evt_1","ends_at":9}"#,
    );
    check(
        &Dispute {
            is_closed: false,
            told_at: at(7),
            event: EventId::new("evt_1"),
            charge: ChargeId::new("ch_1"),
            amount: None,
            reason: Some("fraudulent".to_owned()),
            status: None,
            is_warning: true,
        },
        concat!(
            r#"{"is_closed":false,"told_at":7,"event":"evt_1","charge":"ch_1","amount":null,"reason":"fraudulent","#,
            r#""status":null,"is_warning":true}"#,
        ),
    );
}
