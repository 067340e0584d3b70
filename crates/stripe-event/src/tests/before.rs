use super::{ACACIA, BASIL, CLOVER, DAHLIA, OLD, event_json, parse, sample, subscription, subscription_json, unreadable};
use crate::{Before, CancellationDetails, Item, Subscription, SubscriptionStatus};

const UPDATED: &str = "customer.subscription.updated";
const MALFORMED: &str = "is not of the type or form that Stripe documents";

fn was(before: Before<Subscription<'_>>) -> Subscription<'_> {
    match before {
        Before::Was(before) => before,
        Before::NotGiven => panic!("no previous attributes"),
    }
}

/// Reads a subscription with these further members, changed from `previous`, and passes both versions to `look`.
fn read(more: &str, previous: &str, look: impl FnOnce(Subscription<'_>, Subscription<'_>)) {
    let previous = format!(r#","previous_attributes":{previous}"#);
    let json = event_json(UPDATED, &subscription_json(more), &previous);
    let (now, before) = subscription(parse(&json));
    look(now, was(before));
}

#[test]
fn only_the_changed_status_differs() {
    for version in [OLD, "2023-10-16", "2024-06-20", ACACIA, BASIL, CLOVER, DAHLIA] {
        let (now, before) = subscription(sample(version, UPDATED));
        assert_eq!(now.status, SubscriptionStatus::PastDue);
        let expected = Subscription {
            status: SubscriptionStatus::Active,
            ..now
        };
        assert_eq!(was(before), expected, "{version}");
    }
}

#[test]
fn a_renewal_had_the_earlier_period_wherever_the_version_puts_it() {
    for version in [OLD, "2023-10-16", "2024-06-20", ACACIA, BASIL, CLOVER, DAHLIA] {
        let event = sample(version, "customer.subscription.updated.renewed");
        let (now, before) = subscription(event);
        assert_eq!(now.current_period_start, Some(1_771_146_000));
        let expected = Subscription {
            current_period_start: Some(1_768_467_600),
            current_period_end: Some(1_771_146_000),
            latest_invoice: Some("in_1DunlinFebruary0000000A2".into()),
            ..now
        };
        assert_eq!(was(before), expected, "{version}");
    }
}

#[test]
fn what_was_not_set_before_is_none_again() {
    for version in [OLD, ACACIA, CLOVER] {
        let event = sample(version, "customer.subscription.updated.canceling");
        let (now, before) = subscription(event);
        let expected = Subscription {
            cancel_at_period_end: false,
            cancel_at: None,
            canceled_at: None,
            cancellation_details: CancellationDetails::default(),
            ..now
        };
        assert_eq!(was(before), expected, "{version}");
    }
}

#[test]
fn absent_means_unchanged_and_null_means_not_set() {
    let more = r#","canceled_at":50,"cancel_at":60"#;
    read(more, r#"{"canceled_at":null}"#, |now, before| {
        let expected = Subscription {
            canceled_at: None,
            ..now
        };
        assert_eq!(before.cancel_at, Some(60));
        assert_eq!(before, expected);
    });
    read(more, r#"{"canceled_at":40}"#, |_, before| {
        assert_eq!(before.canceled_at, Some(40));
    });
    read("", r#"{"canceled_at":40}"#, |now, before| {
        assert_eq!((now.canceled_at, before.canceled_at), (None, Some(40)));
    });
}

#[test]
fn a_change_of_something_unread_changes_nothing() {
    for previous in [
        "{}",
        r#"{"metadata":{"plan":null}}"#,
        r#"{"items":{}}"#,
        r#"{"items":{"url":"/v1/subscription_items"}}"#,
    ] {
        let more = r#","items":{"data":[{"price":"a"}]}"#;
        read(more, previous, |now, before| assert_eq!(now, before));
    }
}

#[test]
fn every_field_can_be_what_changed() {
    let [earlier, now] = [("1", "false"), ("2", "true")].map(|(n, flag)| {
        format!(
            r#"{{"object":"subscription","id":"sub_{n}","customer":"cus_{n}","status":"status_{n}","created":1{n},
                "cancel_at_period_end":{flag},"cancel_at":2{n},"canceled_at":3{n},"ended_at":4{n},"trial_start":5{n},
                "trial_end":6{n},"current_period_start":7{n},"current_period_end":8{n},
                "items":{{"data":[{{"price":{{"id":"price_{n}","unit_amount":{n}}},"quantity":{n}}}]}},
                "pause_collection":{{"behavior":"behavior_{n}"}},"latest_invoice":"in_{n}",
                "default_payment_method":"pm_{n}","collection_method":"method_{n}","currency":"xx{n}",
                "trial_settings":{{"end_behavior":{{"missing_payment_method":"missing_{n}"}}}},
                "cancellation_details":{{"reason":"reason_{n}","feedback":"feedback_{n}","comment":"comment_{n}"}}}}"#
        )
    });
    let json = event_json(UPDATED, &earlier, "");
    let (expected, _) = subscription(parse(&json));
    let json = event_json(UPDATED, &now, &format!(r#","previous_attributes":{earlier}"#));
    let (now, before) = subscription(parse(&json));
    assert_eq!(was(before), expected);
    assert_ne!(now, expected);
}

#[test]
fn without_previous_attributes_nothing_is_said_of_before() {
    for more in ["", r#","previous_attributes":null"#] {
        let json = event_json(UPDATED, &subscription_json(""), more);
        assert_eq!(subscription(parse(&json)).1, Before::NotGiven);
    }
    let (_, before) = subscription(sample(CLOVER, "customer.subscription.created"));
    assert_eq!(before, Before::NotGiven);
}

#[test]
fn items_are_replaced_whole_with_their_periods() {
    let now = r#","items":{"data":[
        {"price":"b","quantity":2,"current_period_start":200,"current_period_end":300},
        {"price":"a","quantity":1,"current_period_start":210,"current_period_end":290}]}"#;
    let previous = r#"{"items":{"data":[
        {"price":"b","quantity":1,"current_period_start":100,"current_period_end":200}]}}"#;
    read(now, previous, |now, before| {
        assert_eq!(now.items.len(), 2);
        assert_eq!(
            before.items,
            [Item {
                price: "b".into(),
                quantity: Some(1),
            }]
        );
        assert_eq!(before.current_period_start, Some(100));
        assert_eq!(before.current_period_end, Some(200));
    });
}

#[test]
fn items_without_periods_leave_the_subscriptions_own() {
    let now = r#","current_period_start":1,"current_period_end":2,"items":{"data":[{"price":"a","quantity":2}]}"#;
    let previous = r#"{"items":{"data":[{"price":"a","quantity":1}]},"current_period_end":9}"#;
    read(now, previous, |_, before| {
        assert_eq!(before.current_period_start, Some(1));
        assert_eq!(before.current_period_end, Some(9));
        assert_eq!(before.items[0].quantity, Some(1));
    });
}

#[test]
fn a_nested_hash_holds_only_its_changed_keys() {
    let now = r#","cancellation_details":{"reason":"cancellation_requested","feedback":"unused","comment":"bye"}"#;
    let previous = r#"{"cancellation_details":{"feedback":null,"comment":"hm"}}"#;
    read(now, previous, |_, before| {
        let expected = CancellationDetails {
            reason: Some("cancellation_requested".into()),
            feedback: None,
            comment: Some("hm".into()),
        };
        assert_eq!(before.cancellation_details, expected);
    });
    let now = r#","trial_settings":{"end_behavior":{"missing_payment_method":"pause"}}"#;
    let previous = r#"{"trial_settings":{"end_behavior":{"missing_payment_method":"cancel"}}}"#;
    read(now, previous, |now, before| {
        assert_eq!(now.trial_end_behavior.as_deref(), Some("pause"));
        assert_eq!(before.trial_end_behavior.as_deref(), Some("cancel"));
    });
}

#[test]
fn a_pause_that_began_was_null_and_one_that_ended_was_a_hash() {
    let paused = r#","pause_collection":{"behavior":"void","resumes_at":null}"#;
    read(paused, r#"{"pause_collection":null}"#, |now, before| {
        assert_eq!(now.pause_collection_behavior.as_deref(), Some("void"));
        assert_eq!(before.pause_collection_behavior, None);
    });
    let previous = r#"{"pause_collection":{"behavior":"keep_as_draft","resumes_at":null}}"#;
    for running in [r#","pause_collection":null"#, ""] {
        read(running, previous, |now, before| {
            assert_eq!(now.pause_collection_behavior, None);
            assert_eq!(before.pause_collection_behavior.as_deref(), Some("keep_as_draft"));
        });
    }
    let previous = r#"{"pause_collection":{"resumes_at":1}}"#;
    read(paused, previous, |now, before| {
        assert_eq!(before.pause_collection_behavior, now.pause_collection_behavior);
        assert_eq!(before.pause_collection_resumes_at, Some(1));
    });
}

#[test]
fn previous_attributes_that_make_no_sense_make_the_object_unreadable() {
    for (previous, text) in [
        ("[]", format!("`previous_attributes` {MALFORMED}")),
        (r#""status""#, format!("`previous_attributes` {MALFORMED}")),
        (r#"{"status":1}"#, format!("`subscription.status` {MALFORMED}")),
        (
            r#"{"cancellation_details":1}"#,
            format!("`subscription.cancellation_details` {MALFORMED}"),
        ),
        (r#"{"items":{"data":[1]}}"#, format!("`subscription.items.data` {MALFORMED}")),
        (r#"{"customer":null}"#, "`subscription.customer` is missing".to_owned()),
    ] {
        let more = format!(r#","previous_attributes":{previous}"#);
        assert_eq!(unreadable(UPDATED, &subscription_json(""), &more), text);
    }
}
