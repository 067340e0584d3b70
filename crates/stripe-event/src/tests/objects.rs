use std::collections::BTreeMap;

use super::{ACACIA, CLOVER, event_json, parse, sample, unreadable};
use crate::{Before, Card, CheckoutSession, Customer, Event, Object, PaymentMethod};

fn payment_method(event: Event<'_>) -> PaymentMethod<'_> {
    match event.object {
        Object::PaymentMethod { now, .. } => now,
        other => panic!("not a payment method: {other:?}"),
    }
}

#[test]
fn a_payment_method_shows_its_card() {
    for version in [ACACIA, CLOVER] {
        let event = sample(version, "payment_method.attached");
        assert_eq!(event.customer(), Some("cus_DunlinMara0001"));
        assert_eq!(event.object_id(), Some("pm_1DunlinVisa0000000000A1"));
        let expected = PaymentMethod {
            id: "pm_1DunlinVisa0000000000A1".into(),
            customer: Some("cus_DunlinMara0001".into()),
            kind: "card".into(),
            card: Some(Card {
                brand: "visa".into(),
                last4: "4242".into(),
                exp_month: 11,
                exp_year: 2029,
            }),
            created: 1_767_257_940,
        };
        assert_eq!(payment_method(event), expected);
    }
}

#[test]
fn a_detached_payment_method_is_of_the_customer_that_it_was_detached_from() {
    let detached = sample(CLOVER, "payment_method.detached");
    assert_eq!(detached.customer(), Some("cus_DunlinMara0001"));
    assert_eq!(payment_method(detached).customer, None);
}

#[test]
fn what_a_customer_was_before_is_told() {
    let Object::Customer { now, before } = sample(CLOVER, "customer.updated").object else {
        panic!("not a customer");
    };
    let expected = Customer {
        default_payment_method: None,
        ..now
    };
    assert_eq!(before, Before::Was(expected));
}

#[test]
fn a_dispute_and_a_warning_name_a_charge_and_no_customer() {
    let dispute = r#"{"object":"dispute","id":"du_1","charge":"ch_1","amount":4900,"currency":"eur","status":"lost"}"#;
    let json = event_json("charge.dispute.closed", dispute, "");
    let event = parse(&json);
    assert_eq!((event.customer(), event.object_id()), (None, Some("du_1")));
    assert!(
        matches!(event.object, Object::Dispute(dispute) if dispute.charge == "ch_1" && dispute.status.as_deref() == Some("lost"))
    );
    let warning = r#"{"object":"radar.early_fraud_warning","id":"issfr_1","charge":{"id":"ch_2"},"fraud_type":"misc"}"#;
    let json = event_json("radar.early_fraud_warning.created", warning, "");
    assert!(matches!(parse(&json).object, Object::EarlyFraudWarning(warning) if warning.charge == "ch_2"));
    let charge = r#"{"object":"charge","id":"ch_1","customer":"cus_1"}"#;
    let json = event_json("charge.refunded", charge, "");
    assert_eq!(parse(&json).customer(), Some("cus_1"));
}

#[test]
fn a_schedule_ends_its_subscription_only_where_it_says_so() {
    for (status, end_behavior, ends_at) in [
        ("active", "cancel", Some(90)),
        ("active", "release", None),
        ("released", "cancel", None),
    ] {
        let object = format!(
            r#"{{"object":"subscription_schedule","id":"sub_sched_1","customer":"cus_1","subscription":"sub_1",
                "status":"{status}","end_behavior":"{end_behavior}","phases":[{{"end_date":50}},{{"end_date":90}}]}}"#
        );
        let json = event_json("subscription_schedule.updated", &object, "");
        let Object::SubscriptionSchedule(schedule) = parse(&json).object else {
            panic!("not a schedule");
        };
        assert_eq!(schedule.ends_at, ends_at, "{status}, {end_behavior}");
    }
}

#[test]
fn a_payment_method_need_not_be_a_card() {
    let object = r#"{"object":"payment_method","id":"pm_1","type":"sepa_debit","sepa_debit":{"last4":"3000"},
        "customer":null,"customer_account":"acct_1","created":1}"#;
    let json = event_json("payment_method.attached", object, "");
    let method = payment_method(parse(&json));
    assert_eq!((method.kind.as_ref(), method.card), ("sepa_debit", None));
    assert_eq!(method.customer.as_deref(), Some("acct_1"));
}

#[test]
fn a_card_that_makes_no_sense_is_unreadable() {
    for (card, text) in [
        (r#"{"brand":"visa"}"#, "`payment_method.card.last4` is missing"),
        (
            r#"{"brand":"visa","last4":"4242","exp_month":300,"exp_year":2029}"#,
            "`payment_method.card.exp_month` is not of the type or form that Stripe documents",
        ),
        ("1", "`payment_method.card` is not of the type or form that Stripe documents"),
    ] {
        let object = format!(r#"{{"object":"payment_method","id":"pm_1","type":"card","created":1,"card":{card}}}"#);
        assert_eq!(unreadable("payment_method.updated", &object, ""), text);
    }
}

#[test]
fn a_checkout_session_ties_customer_and_subscription_to_a_reference() {
    for version in [ACACIA, CLOVER] {
        let event = sample(version, "checkout.session.completed");
        assert_eq!(event.customer(), Some("cus_DunlinMara0001"));
        let expected = CheckoutSession {
            id: "cs_test_a1DunlinRowingClubCheckoutSession00000000000000000001".into(),
            customer: Some("cus_DunlinMara0001".into()),
            subscription: Some("sub_1DunlinRowing00000000A1".into()),
            client_reference_id: Some("rowing-club".into()),
            mode: Some("subscription".into()),
            metadata: BTreeMap::new(),
        };
        assert_eq!(event.object, Object::CheckoutSession(expected));
    }
}

#[test]
fn a_customer_is_its_own_customer() {
    for version in [ACACIA, CLOVER] {
        for kind in ["customer.updated", "customer.deleted"] {
            let event = sample(version, kind);
            assert_eq!(event.customer(), Some("cus_DunlinMara0001"));
            assert_eq!(event.object_id(), event.customer());
            let expected = Customer {
                id: "cus_DunlinMara0001".into(),
                email: Some("mara@rowing.example.com".into()),
                name: Some("Mara Fenwick".into()),
                default_payment_method: Some("pm_1DunlinVisa0000000000A1".into()),
                metadata: BTreeMap::from([("workspace".into(), "rowing-club".into())]),
            };
            assert!(matches!(&event.object, Object::Customer { now, .. } if *now == expected));
        }
    }
}

#[test]
fn an_object_without_an_id_is_unreadable() {
    for (kind, object) in [
        ("payment_method.attached", "payment_method"),
        ("checkout.session.completed", "checkout.session"),
        ("customer.created", "customer"),
    ] {
        let json = format!(r#"{{"object":"{object}"}}"#);
        assert_eq!(unreadable(kind, &json, ""), format!("`{object}.id` is missing"));
    }
}
