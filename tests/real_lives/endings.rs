//! Subscriptions that end: the reasons, and the people told.

use serde_json::{Value, json};

use super::life::{DAY, Life, SALES, created, deleted, in_every_version, in_every_version_with, told, updated};
use super::objects::{ended, in_status, with};

const CLOSED: [&str; 2] = ["churn_alert", "subscription_canceled"];
const REQUESTED: Option<&str> = Some("cancellation_requested");

/// Lets a tenant's subscription of ninety days end a moment ago, with these fields.
fn lived_and_ended(life: &Life, tenant: &str, reason: Option<&str>, lived: &Value, at_end: Value) {
    let began = life.now - 90 * DAY;
    let [subscription, customer] = ["sub", "cus"].map(|kind| format!("{kind}_{tenant}"));
    let subscription = with(
        life.shape.subscription(&subscription, &customer, "active", began),
        lived.clone(),
    );
    let gone = with(ended(&subscription, life.now - 5, reason), at_end);
    life.tenant(tenant);
    life.hear([created(&subscription, began), deleted(&gone, life.now - 5)]);
    assert_eq!(life.sent(tenant), CLOSED, "{tenant}");
    assert_eq!(life.decision(tenant), json!([false, "canceled", null, null]));
}

/// Checks the words of the mail to the customer, and of the one to sales.
fn check_words(life: &Life, tenant: &str, to_customer: &str, to_sales: &str) {
    let closing = life.mail_to(&format!("{tenant}@example.com"), "Your Acme subscription has ended");
    closing.says(&[to_customer], &[]);
    let churn = life.mail_to(SALES, &format!("Churn: Club {tenant}"));
    churn.says(&[&format!("Reason: {to_sales}")], &[]);
    if to_sales != "Canceled on request" {
        closing.says(&[], &["as you requested", "As you asked"]);
        churn.says(&[], &["Canceled on request", "(canceled)"]);
    }
}

#[test]
fn an_end_that_nobody_asked_for_is_not_told_as_asked_for() {
    in_every_version(|life| {
        let plain = "Your Acme subscription has ended. Thank you";
        let term = json!({"cancel_at": life.now - 5, "canceled_at": life.now - 90 * DAY});
        let (open, none) = (json!({}), || json!({}));
        lived_and_ended(life, "term", None, &term, none());
        check_words(life, "term", "has reached the end of its term", "End of term");
        lived_and_ended(life, "policy", Some("canceled_by_retention_policy"), &open, none());
        check_words(life, "policy", plain, "Removed by Stripe's retention policy");
        lived_and_ended(life, "none", None, &open, none());
        check_words(life, "none", plain, "Unknown");
        // Stripe gives the same reason if the merchant did it.
        lived_and_ended(life, "bare", REQUESTED, &open, none());
        check_words(life, "bare", plain, "Unknown");
        let blank = json!({"cancellation_details": {"comment": " ", "feedback": null, "reason": "cancellation_requested"}});
        lived_and_ended(life, "blank", REQUESTED, &open, blank);
        check_words(life, "blank", plain, "Unknown");
    });
}

#[test]
fn an_end_that_the_customer_explained_is_told_as_they_requested() {
    in_every_version(|life| {
        let open = json!({});
        let asked = json!({"cancellation_details":
            {"comment": "see you", "feedback": "too_expensive", "reason": "cancellation_requested"}});
        lived_and_ended(life, "a", REQUESTED, &open, asked);
        check_words(life, "a", "has ended, as you requested", "Canceled on request");
        life.mail_to(SALES, "Churn: Club a (canceled)")
            .says(&["Too expensive", "see you"], &[]);
        let option = json!({"cancellation_details":
            {"comment": null, "feedback": null, "feedback_option": "moved_to_paper", "reason": null}});
        lived_and_ended(life, "b", None, &open, option);
        check_words(life, "b", "has ended, as you requested", "Canceled on request");
        life.mail_to(SALES, "Churn: Club b (canceled)").says(&["moved to paper"], &[]);
    });
}

#[test]
fn an_end_for_a_payment_is_told_as_that_whatever_else_is_said() {
    in_every_version(|life| {
        let open = json!({});
        let unpaid = "We didn't receive payment for your Acme subscription, so it has ended.";
        lived_and_ended(life, "a", Some("payment_failed"), &open, json!({}));
        check_words(life, "a", unpaid, "Payment failed");
        let asked = json!({"cancellation_details": {"comment": null, "feedback": "unused", "reason": "payment_failed"}});
        lived_and_ended(life, "b", Some("payment_failed"), &open, asked);
        check_words(life, "b", unpaid, "Payment failed");
        lived_and_ended(life, "c", Some("payment_disputed"), &open, json!({}));
        check_words(life, "c", "was disputed with the bank", "Payment disputed");
        // The attempts to collect its last invoice failed, and Stripe says that somebody asked for the end.
        life.tenant("d");
        let began = life.now - 90 * DAY;
        let subscription = life.shape.subscription("sub_d", "cus_d", "active", began);
        let bill = life.shape.invoice("in_d", "cus_d", "sub_d", life.now - 9 * DAY);
        life.hear([
            created(&subscription, began),
            told("invoice.payment_failed", &bill, life.now - 9 * DAY),
            deleted(&ended(&subscription, life.now, REQUESTED), life.now),
        ]);
        assert_eq!(life.fates("d", "churn_alert"), ["sent"]);
        check_words(life, "d", unpaid, "Payment failed");
        life.mail_to(SALES, "Churn: Club d (payment failed)")
            .says(&["Failed attempts: 1"], &[]);
    });
}

/// Lets a trial and its subscription end ten seconds ago.
fn ended_with_trial(life: &Life, tenant: &str, reason: Option<&str>, fields: Value) {
    let (began, trial_end) = (life.now - 14 * DAY, life.now - 10);
    let [subscription, customer] = ["sub", "cus"].map(|kind| format!("{kind}_{tenant}"));
    let policy = json!({"trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}});
    let subscription = with(life.shape.subscription(&subscription, &customer, "trialing", began), policy);
    let trial = with(life.shape.in_trial(subscription, (began, trial_end)), fields);
    life.tenant(tenant);
    life.hear([
        created(&trial, began),
        deleted(&ended(&trial, life.now - 10, reason), life.now - 10),
    ]);
    assert_eq!(life.decision(tenant), json!([false, "canceled", null, null]));
    assert_eq!(life.sent(tenant), CLOSED, "{tenant}");
}

#[test]
fn a_trial_that_ends_without_a_card_is_told_as_that() {
    in_every_version(|life| {
        let ended_so = "Your Acme trial ended without payment details, so your subscription has ended.";
        for (tenant, reason) in [("a", None), ("b", REQUESTED)] {
            ended_with_trial(life, tenant, reason, json!({}));
            check_words(life, tenant, ended_so, "Trial ended without payment details");
            life.mail_to(SALES, &format!("Churn: Club {tenant} (trial ended)"));
        }
        // A trial with a card, or with an end that was set while it lasted, did not end for want of a card.
        let plain = "Your Acme subscription has ended. Thank you";
        ended_with_trial(life, "c", None, json!({"default_payment_method": "pm_c"}));
        check_words(life, "c", plain, "Unknown");
        let set = json!({"cancel_at": life.now - 10, "cancel_at_period_end": true, "canceled_at": life.now - 2 * DAY});
        ended_with_trial(life, "d", REQUESTED, set);
        check_words(life, "d", plain, "Unknown");
    });
}

#[test]
fn who_changes_to_another_subscription_is_not_told_that_theirs_has_ended() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 40 * DAY;
        let plus = life.shape.subscription("sub_plus", "cus_a", "active", began);
        let pro = life.shape.subscription("sub_pro", "cus_a", "active", life.now - 100);
        life.hear([
            created(&plus, began),
            created(&pro, life.now - 100),
            deleted(&ended(&plus, life.now - 40, REQUESTED), life.now - 40),
        ]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.access("a")["subscription"]["id"], "sub_pro");
        assert_eq!(life.sent("a"), [""; 0]);
        // Payment of the new subscription has not begun, but the end of the old one does not mean that the customer
        // leaves.
        let past_due = in_status(&pro, "past_due");
        life.hear([updated(&past_due, life.now - 30, json!({"status": "active"}))]);
        assert_eq!(life.sent("a"), [""; 0]);
        // Once the new subscription ends too, the customer has left, and that is told once.
        life.hear([deleted(&ended(&past_due, life.now, None), life.now)]);
        assert_eq!(life.sent("a"), CLOSED);
        life.mail_to(SALES, "Churn: Club a").says(&["sub_pro"], &["sub_plus"]);
    });
}

#[test]
fn a_replacement_within_the_hold_takes_the_closing_mails_away_and_one_after_it_does_not() {
    let replaced = |life: &Life| {
        let began = life.now - 40 * DAY;
        let plus = life.shape.subscription("sub_plus", "cus_a", "active", began);
        life.tenant("a");
        life.hear([
            created(&plus, began),
            deleted(&ended(&plus, life.now - 40, REQUESTED), life.now - 40),
        ]);
        let pro = life.shape.subscription("sub_pro", "cus_a", "active", life.now - 20);
        created(&pro, life.now - 20)
    };
    in_every_version_with(&[("DUNLIN_MAIL_HOLD_SECS", "4")], |life| {
        life.hear([replaced(life)]);
        assert_eq!(life.fates("a", "subscription_canceled"), ["superseded replaced"]);
        assert_eq!(life.fates("a", "churn_alert"), ["superseded replaced"]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
    });
    in_every_version(|life| {
        let pro = replaced(life);
        assert_eq!(life.sent("a"), CLOSED);
        life.hear([pro]);
        assert_eq!(life.sent("a"), CLOSED);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
    });
}

#[test]
fn a_checkout_that_was_only_begun_replaces_nothing() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 40 * DAY;
        let plus = life.shape.subscription("sub_plus", "cus_a", "active", began);
        let begun = life.shape.subscription("sub_pro", "cus_a", "incomplete", life.now - 100);
        life.hear([
            created(&plus, began),
            created(&begun, life.now - 100),
            deleted(&ended(&plus, life.now - 40, None), life.now - 40),
        ]);
        assert_eq!(life.sent("a"), CLOSED);
    });
}

#[test]
fn a_term_that_was_cut_short_and_an_end_that_was_set_later_have_not_run_their_term() {
    in_every_version(|life| {
        let plain = "Your Acme subscription has ended. Thank you";
        let began = life.now - 90 * DAY;
        let term = json!({"cancel_at": life.now + 275 * DAY, "canceled_at": began});
        lived_and_ended(life, "a", None, &term, json!({}));
        check_words(life, "a", plain, "Unknown");
        let set_later = json!({"cancel_at": life.now - 5, "canceled_at": began + 30 * DAY});
        lived_and_ended(life, "b", None, &set_later, json!({}));
        check_words(life, "b", plain, "Unknown");
    });
}

#[test]
fn who_has_nothing_left_but_a_subscription_given_up_as_unpaid_has_left() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 200 * DAY;
        let old = life.shape.subscription("sub_old", "cus_a", "active", began);
        let new = life.shape.subscription("sub_new", "cus_a", "active", life.now - 90 * DAY);
        life.hear([
            created(&old, began),
            updated(&in_status(&old, "unpaid"), life.now - 100 * DAY, json!({"status": "active"})),
            created(&new, life.now - 90 * DAY),
            deleted(&ended(&new, life.now, REQUESTED), life.now),
        ]);
        assert_eq!(life.decision("a")[0], false);
        assert_eq!(life.fates("a", "subscription_canceled"), ["sent"]);
        assert_eq!(life.fates("a", "churn_alert"), ["sent"]);
    });
}
