//! Cards: the card that pays, and when a new one is news.

use serde_json::{Value, json};

use super::life::{DAY, Life, Told, created, in_every_version, told, updated};
use super::objects::{card, customer, in_status, with};

fn attached(id: &str, last4: &str, at: i64) -> Told {
    told("payment_method.attached", &card(id, Some("cus_a"), last4, at), at)
}

/// Returns the subscription, with these fields, and the events of a tenant of forty days who pays with a card ending in
/// 5555.
fn paying(life: &Life, fields: Value) -> (Value, Vec<Told>) {
    let began = life.now - 40 * DAY;
    let subscription = with(life.shape.subscription("sub_a", "cus_a", "active", began), fields);
    life.tenant("a");
    let events = vec![attached("pm_own", "5555", began - 5), created(&subscription, began)];
    (subscription, events)
}

#[test]
fn a_spare_card_is_no_news_while_the_subscription_names_another() {
    for is_reversed in [false, true] {
        in_every_version(|life| {
            let (_, mut events) = paying(life, json!({"default_payment_method": "pm_own"}));
            events.push(attached("pm_spare", "1881", life.now - 10));
            if is_reversed {
                events.reverse();
            }
            life.hear(events);
            assert_eq!(life.app.notices("a"), [""; 0]);
        });
    }
}

#[test]
fn a_card_that_takes_over_is_news_by_its_own_name() {
    in_every_version(|life| {
        let (subscription, events) = paying(life, json!({"default_payment_method": "pm_own"}));
        life.hear(events);
        let taken_over = with(subscription, json!({"default_payment_method": "pm_new"}));
        life.hear([
            attached("pm_new", "1881", life.now - 10),
            updated(&taken_over, life.now, json!({"default_payment_method": "pm_own"})),
        ]);
        assert_eq!(life.sent("a"), ["card_updated"]);
        let mail = life.mail_to("a@example.com", "Your payment details have been updated");
        mail.says(&["From now on, we'll charge your Visa card ending in 1881"], &["5555"]);
    });
}

#[test]
fn where_the_subscription_names_none_the_customers_default_pays() {
    in_every_version(|life| {
        let (_, mut events) = paying(life, json!({}));
        let default = |id, at, was: &str| {
            let was = json!({"invoice_settings": {"default_payment_method": was}});
            told("customer.updated", &customer("cus_a", Some(id)), at).was(was)
        };
        let first = told("customer.created", &customer("cus_a", Some("pm_own")), life.now - 40 * DAY);
        events.extend([first, attached("pm_spare", "1881", life.now - 20)]);
        life.hear(events);
        assert_eq!(life.app.notices("a"), [""; 0], "it is not the default");
        life.hear([default("pm_spare", life.now - 10, "pm_own")]);
        assert_eq!(life.sent("a"), ["card_updated"]);
        life.mail_to("a@example.com", "payment details").says(&["1881"], &[]);
    });
}

#[test]
fn where_nobody_names_any_the_newest_card_pays() {
    in_every_version(|life| {
        let (_, mut events) = paying(life, json!({}));
        events.push(attached("pm_new", "1881", life.now - 20));
        life.hear(events);
        assert_eq!(life.sent("a"), ["card_updated"]);
        life.mail_to("a@example.com", "payment details").says(&["1881"], &[]);
    });
}

#[test]
fn the_first_card_of_a_checkout_is_no_news_though_it_comes_minutes_after_the_subscription() {
    for is_reversed in [false, true] {
        in_every_version(|life| {
            let began = life.now - 2 * 3600;
            let begun = life.shape.subscription("sub_a", "cus_a", "incomplete", began);
            let begun = with(begun, json!({"latest_invoice": "in_a"}));
            let bill = life.shape.invoice("in_a", "cus_a", "sub_a", began);
            let bill = with(bill, json!({"billing_reason": "subscription_create", "attempt_count": 0}));
            let active = with(in_status(&begun, "active"), json!({"default_payment_method": "pm_a"}));
            let was = json!({"status": "incomplete", "default_payment_method": null});
            let mut events = vec![
                created(&begun, began),
                attached("pm_a", "4242", began + 150),
                told("invoice.paid", &life.shape.paid(bill, began + 151), began + 151),
                updated(&active, began + 151, was),
            ];
            if is_reversed {
                events.reverse();
            }
            life.tenant("a");
            life.hear(events);
            assert_eq!(life.decision("a"), json!([true, "active", null, null]));
            assert_eq!(life.app.notices("a"), [""; 0]);
            // The second card is news.
            let changed = with(active, json!({"default_payment_method": "pm_b"}));
            life.hear([
                attached("pm_b", "1881", life.now - 10),
                updated(&changed, life.now - 10, json!({"default_payment_method": "pm_a"})),
            ]);
            assert_eq!(life.sent("a"), ["card_updated"]);
        });
    }
}

#[test]
fn a_first_card_that_was_refused_and_the_second_of_the_same_checkout_are_no_news() {
    in_every_version(|life| {
        let began = life.now - 300;
        let begun = life.shape.subscription("sub_a", "cus_a", "incomplete", began);
        let active = with(in_status(&begun, "active"), json!({"default_payment_method": "pm_b"}));
        let was = json!({"status": "incomplete", "default_payment_method": null});
        life.tenant("a");
        life.hear([
            created(&begun, began),
            attached("pm_a", "0002", began + 100),
            attached("pm_b", "4242", began + 200),
            updated(&active, began + 210, was),
        ]);
        assert_eq!(life.app.notices("a"), [""; 0]);
    });
}

#[test]
fn the_first_card_of_a_trial_is_no_news() {
    in_every_version(|life| {
        let began = life.now - 5 * DAY;
        let trial = life.shape.subscription("sub_a", "cus_a", "trialing", began);
        let trial = life.shape.in_trial(trial, (began, began + 14 * DAY));
        life.tenant("a");
        life.hear([created(&trial, began), attached("pm_a", "4242", life.now - DAY)]);
        assert_eq!(life.app.notices("a"), ["trial_started"]);
    });
}

/// Checks the words about payment in the mail about a trial's end, once these cards are detached.
fn check_trial_after(life: &Life, detached: &[Told], is_paid_for: bool) {
    let (began, end) = (life.now - 11 * DAY, life.now + 3 * DAY);
    let trial = life.shape.subscription("sub_a", "cus_a", "trialing", began);
    let trial = life.shape.in_trial(trial, (began, end));
    life.tenant("a");
    life.hear([created(&trial, began), attached("pm_own", "1111", began + 5)]);
    life.hear(detached.to_vec());
    life.hear([told("customer.subscription.trial_will_end", &trial, life.now)]);
    assert_eq!(life.sent("a"), ["trial_ending"]);
    let mail = life.mail_to("a@example.com", "Your trial ends on");
    let (converts, asks) = ("will then continue automatically", "please add them before then");
    if is_paid_for {
        mail.says(&[converts], &[asks]);
    } else {
        mail.says(&[asks], &[converts]);
    }
}

#[test]
fn a_detached_card_pays_nothing_whoever_is_said_to_have_had_it() {
    in_every_version(|life| check_trial_after(life, &[], true));
    let gone = |life: &Life| {
        let nobodys = card("pm_own", None, "1111", life.now - 11 * DAY);
        told("payment_method.detached", &nobodys, life.now - 60)
    };
    in_every_version(|life| {
        check_trial_after(life, &[gone(life).was(json!({"customer": "cus_a"}))], false);
    });
    // The card belongs to nobody, and the event does not say to whom it belonged, but Dunlin knows.
    in_every_version(|life| check_trial_after(life, &[gone(life)], false));
}

#[test]
fn a_card_that_is_added_and_removed_again_leaves_the_other_one_paying() {
    in_every_version(|life| {
        let spare = card("pm_gone", None, "2222", life.now - DAY);
        let events = [
            attached("pm_gone", "2222", life.now - DAY),
            told("payment_method.detached", &spare, life.now - 60).was(json!({"customer": "cus_a"})),
        ];
        check_trial_after(life, &events, true);
    });
}

#[test]
fn a_card_that_was_there_before_is_news_when_it_takes_over_by_name() {
    in_every_version(|life| {
        let (subscription, mut events) = paying(life, json!({"default_payment_method": "pm_own"}));
        events.push(attached("pm_old", "1111", life.now - 41 * DAY));
        life.hear(events);
        assert_eq!(life.app.notices("a"), [""; 0]);
        let changed = with(subscription, json!({"default_payment_method": "pm_old"}));
        life.hear([updated(&changed, life.now, json!({"default_payment_method": "pm_own"}))]);
        assert_eq!(life.sent("a"), ["card_updated"]);
        life.mail_to("a@example.com", "payment details").says(&["1111"], &["5555"]);
    });
}
