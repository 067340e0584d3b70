//! Churn: the mails to sales about tenants who leave, or are going to.

use serde_json::{Value, json};

use super::life::{DAY, Life, SALES, created, day, deleted, in_every_version, in_every_version_with, iso, told, updated};
use super::objects::{ended, no_end, over, to_end, with};

const SET: [&str; 2] = ["cancellation_scheduled", "cancellation_scheduled_alert"];

/// Lets a tenant leave now who came a month ago with these fields.
fn left(life: &Life, tenant: &str, change: impl Fn(Value) -> Value) {
    let began = life.now - 30 * DAY;
    let [subscription, customer] = ["sub", "cus"].map(|kind| format!("{kind}_{tenant}"));
    let subscription = change(life.shape.subscription(&subscription, &customer, "active", began));
    life.tenant(tenant);
    life.hear([
        created(&subscription, began),
        deleted(&ended(&subscription, life.now, None), life.now),
    ]);
    assert_eq!(life.fates(tenant, "churn_alert"), ["sent"]);
}

#[test]
fn a_churn_alert_knows_the_whole_tenure_and_no_price_that_nobody_paid() {
    in_every_version(|life| {
        let start = life.now - 3 * 365 * DAY;
        left(life, "a", |one| life.shape.for_free(with(one, json!({"start_date": start}))));
        let churn = life.mail_to(SALES, "Churn: Club a");
        let since = format!("Customer since: {}", day(start));
        churn.says(&[&since, "Customer for: 1095 days"], &["DKK", "Price", "30 days"]);
        // Nothing lowers the price, and no payment is known.
        left(life, "b", |one| one);
        let churn = life.mail_to(SALES, "Churn: Club b");
        churn.says(&["Customer for: 30 days", "Price per period: DKK 49.00"], &["Last payment"]);
        // There are more items than the event shows.
        left(life, "c", |mut one| {
            one["items"]["has_more"] = json!(true);
            one
        });
        life.mail_to(SALES, "Churn: Club c").says(&[], &["DKK", "Price"]);
    });
}

#[test]
fn a_churn_alert_tells_the_last_payment_where_one_is_known() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 60 * DAY;
        let subscription = life
            .shape
            .for_free(life.shape.subscription("sub_a", "cus_a", "active", began));
        let paid = |id, at, amount| {
            let bill = over(life.shape.invoice(id, "cus_a", "sub_a", at), amount);
            told("invoice.paid", &life.shape.paid(bill, at), at)
        };
        life.hear([
            paid("in_second", life.now - 30 * DAY, 3920),
            created(&subscription, began),
            paid("in_first", began, 9900),
            deleted(&ended(&subscription, life.now, None), life.now),
        ]);
        assert_eq!(life.fates("a", "churn_alert"), ["sent"]);
        life.mail_to(SALES, "Churn: Club a")
            .says(&["Last payment: DKK 39.20"], &["99.00", "49.00"]);
    });
}

#[test]
fn who_leaves_after_a_change_of_subscriptions_was_a_customer_since_the_first() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 40 * DAY;
        let plus = life.shape.subscription("sub_plus", "cus_a", "active", began);
        let pro = life.shape.subscription("sub_pro", "cus_a", "active", life.now - 2 * DAY);
        life.hear([
            created(&plus, began),
            created(&pro, life.now - 2 * DAY),
            deleted(&ended(&plus, life.now - 2 * DAY + 60, None), life.now - 2 * DAY + 60),
            deleted(&ended(&pro, life.now, None), life.now),
        ]);
        assert_eq!(life.fates("a", "churn_alert"), ["sent"]);
        let since = format!("Customer since: {}", day(began));
        life.mail_to(SALES, "Churn: Club a")
            .says(&[&since, "Customer for: 40 days"], &[]);
    });
}

#[test]
fn items_that_are_not_all_told_are_shown_as_incomplete() {
    in_every_version(|life| {
        for (tenant, has_more) in [("a", true), ("b", false)] {
            life.tenant(tenant);
            let [subscription, customer] = ["sub", "cus"].map(|kind| format!("{kind}_{tenant}"));
            let mut subscription = life.shape.subscription(&subscription, &customer, "active", life.now - DAY);
            subscription["items"]["has_more"] = json!(has_more);
            life.hear([created(&subscription, life.now - DAY)]);
            assert_eq!(life.access(tenant)["subscription"]["items_incomplete"], has_more);
        }
    });
}

#[test]
fn shapes_from_before_2019_that_say_start_and_date_are_read() {
    in_every_version(|life| {
        life.tenant("a");
        let start = life.now - 10 * DAY;
        let mut subscription = life.shape.subscription("sub_a", "cus_a", "active", start);
        let fields = subscription.as_object_mut().unwrap();
        fields.remove("created");
        fields.insert("start".to_owned(), json!(start));
        let mut bill = life.shape.invoice("in_a", "cus_a", "sub_a", life.now);
        let fields = bill.as_object_mut().unwrap();
        let made = fields.remove("created").unwrap();
        fields.insert("date".to_owned(), made);
        life.hear([created(&subscription, start), told("invoice.payment_failed", &bill, life.now)]);
        assert_eq!(life.access("a")["dunning"]["invoice_id"], "in_a");
        assert_eq!(life.decision("a")[1], "payment_past_due");
    });
}

/// Returns an active subscription of two days, and the same with an end at its period's end, with these details of the
/// cancellation.
fn canceling(life: &Life, details: &Value) -> [Value; 2] {
    let began = life.now - 2 * DAY;
    let open = life.shape.subscription("sub_a", "cus_a", "active", began);
    let set = to_end(&open, began + 30 * DAY, life.now - 60);
    let set = with(set, json!({"cancellation_details": details}));
    [open, set]
}

fn survey(feedback: Option<&str>, comment: Option<&str>) -> Value {
    json!({"reason": "cancellation_requested", "feedback": feedback, "comment": comment})
}

#[test]
fn a_set_end_is_told_to_the_customer_and_to_sales_at_once_with_what_the_customer_said() {
    in_every_version(|life| {
        life.tenant("a");
        let [open, set] = canceling(life, &survey(Some("too_expensive"), Some("bye")));
        life.hear([created(&open, life.now - 2 * DAY), updated(&set, life.now - 60, no_end())]);
        let ends_at = life.now + 28 * DAY;
        assert_eq!(life.decision("a"), json!([true, "canceling", iso(ends_at), "canceled"]));
        assert_eq!(life.sent("a"), SET);
        let mail = life.mail_to("a@example.com", "Your Acme subscription ends on");
        let words = format!("will end on {}, as you requested", day(ends_at));
        mail.says(&[&words, "You'll keep full access until", "Changed your mind?"], &[]);
        let sales = life.mail_to(SALES, "Club a: subscription ends on");
        sales.says(&["Club a asked to end their subscription", "Too expensive", "bye"], &[]);
        // It ends as announced, and the end is told too, once.
        life.hear([deleted(&with(ended(&set, life.now, None), json!({})), life.now)]);
        assert_eq!(life.sent("a").len(), 4);
    });
}

#[test]
fn an_end_that_is_set_without_a_word_is_not_said_to_be_asked_for() {
    in_every_version(|life| {
        life.tenant("a");
        let [open, set] = canceling(life, &survey(None, None));
        // The events arrive in the other order.
        life.hear([updated(&set, life.now - 60, no_end()), created(&open, life.now - 2 * DAY)]);
        assert_eq!(life.sent("a"), SET);
        let mail = life.mail_to("a@example.com", "Your Acme subscription ends on");
        mail.says(&[], &["as you requested"]);
        life.mail_to(SALES, "Club a: subscription ends on")
            .says(&["We don't know who asked for that"], &["asked to end"]);
    });
}

#[test]
fn what_the_customer_answers_within_the_hold_is_in_the_one_mail_that_is_sent() {
    in_every_version_with(&[("DUNLIN_MAIL_CANCELLATION_HOLD_SECS", "4")], |life| {
        life.tenant("a");
        let [open, set] = canceling(life, &survey(None, None));
        let answered = with(set.clone(), json!({"cancellation_details": survey(Some("unused"), None)}));
        life.hear([
            created(&open, life.now - 2 * DAY),
            updated(&set, life.now - 60, no_end()),
            updated(&answered, life.now - 20, json!({"cancellation_details": survey(None, None)})),
        ]);
        assert_eq!(life.sent("a"), SET);
        life.mail_to("a@example.com", "ends on").says(&["as you requested"], &[]);
        life.mail_to(SALES, "ends on").says(&["Doesn't use it enough"], &[]);
    });
}

#[test]
fn an_end_that_is_taken_back_is_told_to_those_who_knew_of_it() {
    in_every_version(|life| {
        life.tenant("a");
        let [open, set] = canceling(life, &survey(None, None));
        let was = json!({"cancel_at": set["cancel_at"], "canceled_at": set["canceled_at"], "cancel_at_period_end": true});
        life.hear([created(&open, life.now - 2 * DAY), updated(&set, life.now - 60, no_end())]);
        assert_eq!(life.sent("a"), SET);
        life.hear([updated(&open, life.now - 30, was)]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        let withdrawn = ["cancellation_withdrawn", "cancellation_withdrawn_alert"];
        assert_eq!(life.sent("a"), [SET, withdrawn].concat());
        life.mail_to("a@example.com", "Your Acme subscription continues")
            .says(&[&day(life.now + 28 * DAY)], &[]);
        life.mail_to(SALES, "Club a: cancellation withdrawn");
        // An end that is set again is news again.
        let again = with(set, json!({"canceled_at": life.now - 10}));
        life.hear([updated(&again, life.now - 10, no_end())]);
        assert_eq!(life.fates("a", "cancellation_scheduled"), ["sent", "sent"]);
    });
}

#[test]
fn an_end_that_is_taken_back_within_the_hold_is_told_to_nobody() {
    in_every_version_with(&[("DUNLIN_MAIL_CANCELLATION_HOLD_SECS", "4")], |life| {
        let [open, set] = canceling(life, &survey(None, None));
        let was = json!({"cancel_at": set["cancel_at"], "canceled_at": set["canceled_at"], "cancel_at_period_end": true});
        let made = created(&open, life.now - 2 * DAY);
        let (set, unset) = (updated(&set, life.now - 60, no_end()), updated(&open, life.now - 30, was));
        life.tenant("a");
        life.hear([made, set, unset]);
        assert_eq!(life.sent("a"), [""; 0]);
        assert_eq!(life.fates("a", "cancellation_withdrawn"), ["superseded was_not_told"]);
    });
}

#[test]
fn the_only_subscription_that_serves_is_set_to_end_beside_one_given_up_as_unpaid() {
    in_every_version(|life| {
        life.tenant("a");
        let old = life.shape.subscription("sub_old", "cus_a", "active", life.now - 200 * DAY);
        let unpaid = with(old.clone(), json!({"status": "unpaid"}));
        let [open, set] = canceling(life, &survey(Some("unused"), None));
        life.hear([
            created(&old, life.now - 200 * DAY),
            updated(&unpaid, life.now - 100 * DAY, json!({"status": "active"})),
            created(&open, life.now - 2 * DAY),
            updated(&set, life.now - 60, no_end()),
        ]);
        let ends_at = iso(life.now + 28 * DAY);
        assert_eq!(life.decision("a")[1], "canceling");
        assert_eq!(life.decision("a")[2], ends_at);
        assert_eq!(life.fates("a", "cancellation_scheduled"), ["sent"]);
        assert_eq!(life.fates("a", "cancellation_scheduled_alert"), ["sent"]);
    });
}

#[test]
fn an_end_that_is_moved_is_told_as_it_is_now() {
    in_every_version(|life| {
        life.tenant("a");
        let [open, set] = canceling(life, &survey(None, None));
        let moved_to = life.now + 5 * DAY;
        let moved = json!({"cancel_at": moved_to, "cancel_at_period_end": false, "canceled_at": life.now - 10});
        let was = json!({"cancel_at": set["cancel_at"], "cancel_at_period_end": true, "canceled_at": set["canceled_at"]});
        life.hear([created(&open, life.now - 2 * DAY), updated(&set, life.now - 60, no_end())]);
        assert_eq!(life.sent("a"), SET);
        life.hear([updated(&with(set, moved), life.now - 10, was)]);
        assert_eq!(life.decision("a"), json!([true, "canceling", iso(moved_to), "canceled"]));
        assert_eq!(life.fates("a", "cancellation_scheduled"), ["sent", "sent"]);
        life.mail_to("a@example.com", &format!("Your Acme subscription ends on {}", day(moved_to)));
    });
}

#[test]
fn an_end_that_comes_within_the_hold_is_told_as_an_end_only() {
    in_every_version_with(&[("DUNLIN_MAIL_CANCELLATION_HOLD_SECS", "4")], |life| {
        life.tenant("a");
        let [open, set] = canceling(life, &survey(Some("unused"), None));
        let gone = ended(&set, life.now, None);
        let gone = with(gone, json!({"cancellation_details": survey(Some("unused"), None)}));
        life.hear([
            created(&open, life.now - 2 * DAY),
            updated(&set, life.now - 60, no_end()),
            deleted(&gone, life.now),
        ]);
        assert_eq!(life.sent("a"), ["churn_alert", "subscription_canceled"]);
        assert_eq!(life.fates("a", "cancellation_scheduled").len(), 1);
    });
}
