//! Grace: the time for which a tenant who owes is served.

use serde_json::{Value, json};

use super::life::{DAY, Life, Told, created, day, in_every_version, iso, told, updated};
use super::objects::{in_status, no_end, over, to_end, with};

/// Returns the events of an upgrade whose invoice failed three months ago and stayed open, with renewals paid since.
fn left_open_long_ago(life: &Life) -> Vec<Told> {
    let began = life.now - 95 * DAY;
    let latest = |status, invoice: &str| {
        let subscription = life.shape.subscription("sub_a", "cus_a", status, began);
        with(subscription, json!({"latest_invoice": invoice}))
    };
    let upgrade = with(
        over(life.shape.invoice("in_upgrade", "cus_a", "sub_a", began + 5 * DAY), 1500),
        json!({"billing_reason": "subscription_update", "next_payment_attempt": null}),
    );
    let cycle = life.shape.invoice("in_cycle", "cus_a", "sub_a", began + 30 * DAY);
    vec![
        created(&latest("active", "in_first"), began),
        told("invoice.payment_failed", &upgrade, began + 5 * DAY),
        updated(
            &latest("past_due", "in_upgrade"),
            began + 5 * DAY,
            json!({"status": "active", "latest_invoice": "in_first"}),
        ),
        told("invoice.paid", &life.shape.paid(cycle, began + 30 * DAY), began + 30 * DAY),
        updated(
            &latest("active", "in_cycle"),
            began + 30 * DAY,
            json!({"status": "past_due", "latest_invoice": "in_upgrade"}),
        ),
    ]
}

#[test]
fn the_payment_grace_has_nothing_to_do_with_an_invoice_that_was_left_open_long_ago() {
    for is_reversed in [false, true] {
        in_every_version(|life| {
            life.tenant("a");
            let mut events = left_open_long_ago(life);
            if is_reversed {
                events.reverse();
            }
            life.hear(events);
            assert_eq!(life.decision("a"), json!([true, "active", null, null]));
            let renewal = life.shape.invoice("in_now", "cus_a", "sub_a", life.now);
            life.hear([told("invoice.payment_failed", &renewal, life.now)]);
            let grace_end = iso(life.now + 14 * DAY);
            let decision = json!([true, "payment_past_due", grace_end, "payment_grace_expired"]);
            assert_eq!(life.decision("a"), decision);
            assert_eq!(life.access("a")["dunning"]["invoice_id"], "in_now");
            let subscription = life.shape.subscription("sub_a", "cus_a", "past_due", life.now - 95 * DAY);
            life.hear([updated(&subscription, life.now, json!({"status": "active"}))]);
            assert_eq!(life.decision("a"), decision);
            life.sent("a");
            let mail = life.mail_to("a@example.com", "Your payment of DKK 49.00 didn't go through");
            mail.says(&["You'll keep full access until", &day(life.now + 14 * DAY)], &[]);
        });
    }
}

/// Lets a renewal fail this many days ago, with a subscription that has been past due since.
fn owing_since(life: &Life, days: i64) {
    let (began, failed_at) = (life.now - 50 * DAY, life.now - days * DAY);
    let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
    life.tenant("a");
    life.hear([
        created(&subscription, began),
        told(
            "invoice.payment_failed",
            &life.shape.invoice("in_a", "cus_a", "sub_a", failed_at),
            failed_at,
        ),
        updated(&in_status(&subscription, "past_due"), failed_at, json!({"status": "active"})),
    ]);
}

#[test]
fn a_payment_that_has_been_owed_for_twenty_days_blocks_and_is_told() {
    in_every_version(|life| {
        owing_since(life, 20);
        assert_eq!(life.decision("a"), json!([false, "payment_grace_expired", null, null]));
        life.wait_until_sent("a", "access_suspended");
        let mail = life.mail_to("a@example.com", "Your access to Acme has been suspended");
        mail.says(&["DKK 49.00 is outstanding", "https://invoice.stripe.com/i/acct_x/in_a"], &[]);
    });
}

#[test]
fn another_failure_within_the_same_spell_of_owing_does_not_lengthen_the_grace() {
    in_every_version(|life| {
        owing_since(life, 10);
        let second = life.shape.invoice("in_b", "cus_a", "sub_a", life.now - 60);
        life.hear([told("invoice.payment_failed", &second, life.now - 60)]);
        let grace_end = iso(life.now + 4 * DAY);
        assert_eq!(
            life.decision("a"),
            json!([true, "payment_past_due", grace_end, "payment_grace_expired"])
        );
        assert_eq!(life.access("a")["dunning"]["invoice_id"], "in_b");
    });
}

#[test]
fn a_second_spell_of_owing_has_a_grace_of_its_own() {
    in_every_version(|life| {
        owing_since(life, 20);
        let (paid_at, failed_at) = (life.now - 15 * DAY, life.now - 3 * DAY);
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", life.now - 50 * DAY);
        let first = life.shape.invoice("in_a", "cus_a", "sub_a", life.now - 20 * DAY);
        let second = life.shape.invoice("in_b", "cus_a", "sub_a", failed_at);
        life.hear([
            told("invoice.paid", &life.shape.paid(first, paid_at), paid_at),
            updated(&subscription, paid_at, json!({"status": "past_due"})),
            updated(&in_status(&subscription, "past_due"), failed_at, json!({"status": "active"})),
            told("invoice.payment_failed", &second, failed_at),
        ]);
        let grace_end = iso(life.now + 11 * DAY);
        assert_eq!(
            life.decision("a"),
            json!([true, "payment_past_due", grace_end, "payment_grace_expired"])
        );
    });
}

/// Lets a payment fail two days ago, and then an end be set in this way a day ago.
fn canceled_while_past_due(life: &Life, tenant: &str, end: Value) {
    let (began, failed_at, set_at) = (life.now - 27 * DAY, life.now - 2 * DAY, life.now - DAY);
    let [subscription, customer, bill] = ["sub", "cus", "in"].map(|kind| format!("{kind}_{tenant}"));
    let subscription = life.shape.subscription(&subscription, &customer, "active", began);
    let subscription = with(subscription, json!({"latest_invoice": bill}));
    let past_due = in_status(&subscription, "past_due");
    let bill = life
        .shape
        .invoice(&bill, &customer, past_due["id"].as_str().unwrap(), failed_at);
    life.tenant(tenant);
    life.hear([
        created(&subscription, began),
        told("invoice.payment_failed", &bill, failed_at),
        updated(&past_due, failed_at, json!({"status": "active"})),
        updated(&with(past_due, end), set_at, no_end()),
    ]);
}

#[test]
fn a_set_end_is_not_forgotten_while_a_payment_is_past_due() {
    in_every_version(|life| {
        let ends_at = life.now + 3 * DAY;
        let set_at = life.now - DAY;
        let flexible = json!({"cancel_at": ends_at, "canceled_at": set_at});
        for (tenant, end) in [("a", to_end(&json!({}), ends_at, set_at)), ("b", flexible)] {
            canceled_while_past_due(life, tenant, end);
            let decision = json!([true, "payment_past_due", iso(ends_at), "canceled"]);
            assert_eq!(life.decision(tenant), decision, "{tenant}");
            assert_eq!(
                life.sent(tenant),
                [
                    "cancellation_scheduled",
                    "cancellation_scheduled_alert",
                    "payment_failed",
                    "payment_failed_alert"
                ]
            );
            let [subscription, customer, bill] = ["sub", "cus", "in"].map(|kind| format!("{kind}_{tenant}"));
            let second = json!({"attempt_count": 2, "next_payment_attempt": null});
            let second = with(life.shape.invoice(&bill, &customer, &subscription, life.now), second);
            life.hear([told("invoice.payment_failed", &second, life.now)]);
            life.sent(tenant);
            let mail = life.mail_to(&format!("{tenant}@example.com"), "DKK 49.00 is still unpaid");
            let ends = format!(
                "Your subscription ends on {}, as planned. This amount is still due.",
                day(ends_at)
            );
            mail.says(&[&ends], &["does not end", "keep your subscription", "act now"]);
        }
    });
}

#[test]
fn of_the_grace_and_a_set_end_the_earlier_counts() {
    in_every_version(|life| {
        let end = json!({"cancel_at": life.now + 40 * DAY, "canceled_at": life.now - DAY});
        canceled_while_past_due(life, "a", end);
        let grace_end = iso(life.now + 12 * DAY);
        assert_eq!(
            life.decision("a"),
            json!([true, "payment_past_due", grace_end, "payment_grace_expired"])
        );
    });
}
