use std::collections::BTreeMap;

use super::{ACACIA, CLOVER, event_json, parse, sample, unreadable};
use crate::{Card, CheckoutSession, Customer, Event, Object, PaymentMethod};

fn payment_method(event: Event<'_>) -> PaymentMethod<'_> {
    match event.object {
        Object::PaymentMethod(method) => method,
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
fn a_detached_payment_method_names_no_customer() {
    assert_eq!(sample(CLOVER, "payment_method.detached").customer(), None);
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
            assert_eq!(event.object, Object::Customer(expected));
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
