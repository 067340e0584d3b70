use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{ACACIA, CLOVER, DAHLIA, OLD, event_json, parse, sample, subscription, subscription_json, unreadable};
use crate::{Before, CancellationDetails, Item, Subscription, SubscriptionStatus};

const UPDATED: &str = "customer.subscription.updated";

/// Reads a subscription with these further members and passes it to `look`.
fn read(more: &str, look: impl FnOnce(Subscription<'_>)) {
    let json = event_json(UPDATED, &subscription_json(more), "");
    look(subscription(parse(&json)).0);
}

#[test]
fn a_whole_subscription_is_read_from_the_oldest_and_the_newest_shape() {
    let expected = Subscription {
        id: "sub_1DunlinRowing00000000A1".into(),
        customer: "cus_DunlinMara0001".into(),
        status: SubscriptionStatus::Active,
        created: 1_767_258_000,
        start_date: Some(1_767_258_000),
        cancel_at_period_end: true,
        cancel_at: Some(1_773_565_200),
        canceled_at: Some(1_771_578_000),
        ended_at: None,
        trial_start: Some(1_767_258_000),
        trial_end: Some(1_768_467_600),
        current_period_start: Some(1_771_146_000),
        current_period_end: Some(1_773_565_200),
        items: vec![Item {
            price: "price_1DunlinTeamMonthly000001".into(),
            quantity: Some(3),
        }],
        has_more_items: false,
        pause_collection_behavior: None,
        pause_collection_resumes_at: None,
        paused_reason: None,
        schedule: None,
        is_discounted: false,
        latest_invoice: Some("in_1DunlinMarch0000000000A3".into()),
        default_payment_method: Some("pm_1DunlinVisa0000000000A1".into()),
        collection_method: Some("charge_automatically".into()),
        currency: Some("usd".into()),
        recurring_amount: Some(8_700),
        trial_end_behavior: Some("pause".into()),
        cancellation_details: CancellationDetails {
            reason: Some("cancellation_requested".into()),
            feedback: Some("unused".into()),
            comment: Some("Back in the spring".into()),
        },
        metadata: BTreeMap::from([("workspace".into(), "rowing-club".into())]),
    };
    for version in [OLD, DAHLIA] {
        let event = sample(version, "customer.subscription.updated.canceling");
        assert_eq!(subscription(event).0, expected);
    }
}

#[test]
fn each_step_of_its_life_has_its_status() {
    for (step, status) in [
        ("created", SubscriptionStatus::Trialing),
        ("trial_will_end", SubscriptionStatus::Trialing),
        ("paused", SubscriptionStatus::Paused),
        ("resumed", SubscriptionStatus::Active),
        ("updated", SubscriptionStatus::PastDue),
        ("deleted", SubscriptionStatus::Canceled),
    ] {
        for version in [OLD, ACACIA, CLOVER] {
            let event = sample(version, &format!("customer.subscription.{step}"));
            assert_eq!(subscription(event).0.status, status, "{version} {step}");
        }
    }
    let (deleted, before) = subscription(sample(CLOVER, "customer.subscription.deleted"));
    assert_eq!(deleted.ended_at, Some(1_772_442_000));
    assert_eq!(deleted.cancellation_details.reason.as_deref(), Some("payment_failed"));
    assert_eq!(before, Before::NotGiven);
}

#[test]
fn every_status_goes_there_and_back() {
    for name in [
        "incomplete",
        "incomplete_expired",
        "trialing",
        "active",
        "past_due",
        "unpaid",
        "canceled",
        "paused",
    ] {
        let status = SubscriptionStatus::parse(name);
        assert!(!matches!(status, SubscriptionStatus::Other(_)), "{name}");
        assert_eq!(status.as_str(), name);
    }
}

#[test]
fn an_unknown_status_is_kept_verbatim() {
    let object = r#"{"id":"sub_1","object":"subscription","customer":"cus_1","status":"Hibernating","created":1}"#;
    let json = event_json(UPDATED, object, "");
    let (now, _) = subscription(parse(&json));
    assert_eq!(now.status, SubscriptionStatus::Other(Cow::Borrowed("Hibernating")));
    assert_eq!(now.status.as_str(), "Hibernating");
}

#[test]
fn a_subscription_needs_only_its_id_customer_status_and_time() {
    read("", |now| {
        assert_eq!(now.items, []);
        assert_eq!(now.recurring_amount, None);
        assert!(!now.cancel_at_period_end);
        assert_eq!((now.current_period_start, now.current_period_end), (None, None));
        assert_eq!(now.cancellation_details, CancellationDetails::default());
    });
    for (object, text) in [
        (
            r#"{"object":"subscription","customer":"c","status":"s","created":1}"#,
            "`subscription.id` is missing",
        ),
        (
            r#"{"object":"subscription","id":"s","status":"s","created":1}"#,
            "`subscription.customer` is missing",
        ),
        (
            r#"{"object":"subscription","id":"s","customer":"c","created":1}"#,
            "`subscription.status` is missing",
        ),
        (
            r#"{"object":"subscription","id":"s","customer":"c","status":"s"}"#,
            "`subscription.created` is missing",
        ),
    ] {
        assert_eq!(unreadable(UPDATED, object, ""), text);
    }
}

#[test]
fn a_known_field_of_another_type_is_named_without_its_value() {
    for (more, path) in [
        (r#","cancel_at":"secret""#, "cancel_at"),
        (r#","cancel_at":-1"#, "cancel_at"),
        (r#","trial_end":253402300800"#, "trial_end"),
        (r#","cancel_at_period_end":1"#, "cancel_at_period_end"),
        (r#","items":[]"#, "items"),
        (r#","items":{"data":{}}"#, "items.data"),
        (r#","items":{"data":[{"price":1}]}"#, "items.data.price"),
        (r#","items":{"data":[{"price":"p","quantity":-1}]}"#, "items.data.quantity"),
        (r#","pause_collection":[]"#, "pause_collection"),
        (r#","pause_collection":{"behavior":1}"#, "pause_collection.behavior"),
        (r#","latest_invoice":"""#, "latest_invoice"),
        (r#","latest_invoice":{"object":"invoice"}"#, "latest_invoice"),
        (r#","default_payment_method":"a\u0000""#, "default_payment_method"),
        (r#","trial_settings":{"end_behavior":"x"}"#, "trial_settings.end_behavior"),
        (r#","cancellation_details":{"comment":{}}"#, "cancellation_details.comment"),
    ] {
        assert_eq!(
            unreadable(UPDATED, &subscription_json(more), ""),
            format!("`subscription.{path}` is not of the type or form that Stripe documents")
        );
    }
    assert_eq!(
        unreadable(UPDATED, &subscription_json(r#","items":{"data":[{}]}"#), ""),
        "`subscription.items.data.price` is missing"
    );
}

#[test]
fn unknown_fields_are_skipped_whatever_they_hold() {
    read(r#","new":{"x":[1,{"y":null}]},"newer":1e10"#, |now| {
        assert_eq!(now.id, "sub_1");
    });
}

#[test]
fn the_account_stands_in_for_a_customer_that_is_null() {
    for version in [CLOVER, DAHLIA] {
        let event = sample(version, "customer.subscription.updated.account");
        assert_eq!(event.customer(), Some("acct_1DunlinRowingClub1"));
    }
    read(r#","customer_account":"acct_1""#, |now| {
        assert_eq!(now.customer, "cus_1");
    });
}

#[test]
fn the_period_is_the_subscriptions_own_or_spans_those_of_its_items() {
    let items = r#","items":{"data":[
        {"price":"a","current_period_start":200,"current_period_end":300},
        {"price":"b","current_period_start":100,"current_period_end":250},
        {"price":"c"}]}"#;
    read(items, |now| {
        assert_eq!(now.current_period_start, Some(100));
        assert_eq!(now.current_period_end, Some(300));
    });
    let own = format!(r#"{items},"current_period_start":7,"current_period_end":8"#);
    read(&own, |now| {
        assert_eq!(now.current_period_start, Some(7));
        assert_eq!(now.current_period_end, Some(8));
    });
}

#[test]
fn items_are_sorted_and_named_by_price_or_plan() {
    let items = r#","items":{"data":[
        {"price":{"id":"price_b"},"quantity":2},
        {"price":"price_b","quantity":1},
        {"price":{"id":"price_c"},"plan":{"id":"other"},"quantity":null},
        {"plan":{"id":"gold"},"quantity":5},
        {"price":null,"plan":"basic"}]}"#;
    read(items, |now| {
        let items: Vec<_> = now.items.iter().map(|item| (item.price.as_ref(), item.quantity)).collect();
        assert_eq!(
            items,
            [
                ("basic", None),
                ("gold", Some(5)),
                ("price_b", Some(1)),
                ("price_b", Some(2)),
                ("price_c", None),
            ]
        );
    });
}

#[test]
fn the_recurring_amount_is_known_only_where_it_has_one_answer() {
    let monthly = r#""recurring":{"interval":"month","interval_count":1}"#;
    for (items, amount) in [
        (
            format!(
                r#"{{"price":{{"id":"a","unit_amount":2900,{monthly}}},"quantity":3}},
                   {{"plan":{{"id":"b","amount":-100,"interval":"month"}},"quantity":2}}"#
            ),
            Some(8_500),
        ),
        (r#"{"price":{"id":"a","unit_amount":2900},"quantity":0}"#.into(), Some(0)),
        // Metered.
        (r#"{"price":{"id":"a","unit_amount":2900}}"#.into(), None),
        // Tiered, or with a fraction.
        (r#"{"price":{"id":"a","unit_amount":null},"quantity":1}"#.into(), None),
        // Sold by the dozen.
        (
            r#"{"price":{"id":"a","unit_amount":5,"transform_quantity":{"divide_by":12,"round":"up"}},"quantity":1}"#.into(),
            None,
        ),
        // A month and a year have no common period.
        (
            format!(
                r#"{{"price":{{"id":"a","unit_amount":1,{monthly}}},"quantity":1}},
                   {{"plan":{{"id":"b","amount":1,"interval":"year"}},"quantity":1}}"#
            ),
            None,
        ),
        // The amount overflows.
        (
            r#"{"price":{"id":"a","unit_amount":9223372036854775807},"quantity":2}"#.into(),
            None,
        ),
        (
            r#"{"price":{"id":"a","unit_amount":1},"quantity":18446744073709551615}"#.into(),
            None,
        ),
        (r#"{"price":"a","quantity":1}"#.into(), None),
        (String::new(), None),
    ] {
        read(&format!(r#","items":{{"data":[{items}]}}"#), |now| {
            assert_eq!(now.recurring_amount, amount, "{items}");
        });
    }
}

#[test]
fn what_endive_added_is_read() {
    let more = r#","start_date":5,"schedule":"sub_sched_1","discounts":["di_1"],
        "pause_collection":{"behavior":"void","resumes_at":90},
        "status_details":{"paused":{"subscription":{"type":"pause_requested"}}},
        "cancellation_details":{"comment":null,"feedback":null,"feedback_option":"moved_away","reason":"cancellation_requested"},
        "items":{"data":[{"price":"price_1","quantity":1,"current_trial":{"start_date":1,"end_date":70}}],"has_more":true}"#;
    let json = event_json(UPDATED, &subscription_json(more), "");
    let (now, _) = subscription(parse(&json));
    assert_eq!(now.start_date, Some(5));
    assert_eq!(now.schedule.as_deref(), Some("sub_sched_1"));
    assert_eq!(now.paused_reason.as_deref(), Some("pause_requested"));
    assert_eq!(now.pause_collection_resumes_at, Some(90));
    assert_eq!(now.cancellation_details.feedback.as_deref(), Some("moved_away"));
    assert_eq!(now.trial_end, Some(70));
    assert!(now.is_discounted && now.has_more_items);
    assert_eq!(now.recurring_amount, None);
}

#[test]
fn what_was_called_otherwise_before_2019_is_read() {
    let json = r#"{"id":"sub_1","object":"subscription","customer":"cus_1","status":"active","start":7,"billing":"send_invoice"}"#;
    let json = event_json("customer.subscription.created", json, "");
    let (now, _) = subscription(parse(&json));
    assert_eq!((now.created, now.collection_method.as_deref()), (7, Some("send_invoice")));
    let json = r#"{"id":"in_1","object":"invoice","customer":"cus_1","currency":"eur","date":8,"billing":"send_invoice"}"#;
    let json = event_json("invoice.created", json, "");
    let invoice = super::invoice(parse(&json));
    assert_eq!(
        (invoice.created, invoice.collection_method.as_deref()),
        (8, Some("send_invoice"))
    );
}
