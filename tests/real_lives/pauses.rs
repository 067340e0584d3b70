//! Paused subscriptions, and paused payments.

use serde_json::{Value, json};

use super::life::{DAY, Life, created, day, in_every_version, in_every_version_with, iso, told, updated};
use super::objects::{in_status, with};

#[test]
fn a_pause_of_collection_is_shown_and_told_while_access_stays() {
    in_every_version(|life| {
        let resumes_at = life.now + 90 * DAY;
        let began = life.now - 10 * DAY;
        for (tenant, behavior, resumes_at) in [
            ("a", "void", json!(resumes_at)),
            ("b", "keep_as_draft", json!(null)),
            ("c", "mark_uncollectible", json!(null)),
        ] {
            life.tenant(tenant);
            let [subscription, customer] = ["sub", "cus"].map(|kind| format!("{kind}_{tenant}"));
            let open = life.shape.subscription(&subscription, &customer, "active", began);
            let pause = json!({"behavior": behavior, "resumes_at": resumes_at});
            let paused = with(open.clone(), json!({"pause_collection": pause}));
            life.hear([
                created(&open, began),
                updated(&paused, life.now - 60, json!({"pause_collection": null})),
            ]);
            assert_eq!(life.decision(tenant), json!([true, "active", null, null]));
            let shown = life.access(tenant)["subscription"]["collection_paused"].clone();
            let until = resumes_at.as_i64().map(iso);
            assert_eq!(shown, json!({"behavior": behavior, "resumes_at": until}));
            assert_eq!(life.access(tenant)["subscription"]["paused"], json!(null));
            assert_eq!(life.became(tenant, "collection_paused"), [behavior]);
            assert_eq!(life.sent(tenant), ["subscription_paused"]);
            let address = format!("{tenant}@example.com");
            let mail = life.mail_to(&address, "Payments for your Acme subscription are paused");
            mail.says(&["You'll keep your access"], &[]);
            match resumes_at.as_i64() {
                Some(at) => mail.says(&[&format!("Payments will resume on {}", day(at))], &[]),
                None => mail.says(&[], &["will resume"]),
            }
            life.hear([updated(&open, life.now - 30, json!({"pause_collection": pause}))]);
            assert_eq!(life.sent(tenant), ["subscription_paused", "subscription_resumed"]);
            life.mail_to(&address, "Payments for your Acme subscription have resumed");
            assert_eq!(life.access(tenant)["subscription"]["collection_paused"], json!(null));
        }
    });
}

#[test]
fn a_pause_of_collection_that_is_moved_is_no_second_pause_and_told_backwards_no_other() {
    in_every_version(|life| {
        let began = life.now - 10 * DAY;
        let open = life.shape.subscription("sub_a", "cus_a", "active", began);
        let paused = |resumes_at: i64| {
            let pause = json!({"behavior": "void", "resumes_at": resumes_at});
            with(open.clone(), json!({"pause_collection": pause}))
        };
        let moved = json!({"pause_collection": {"resumes_at": life.now + DAY}});
        life.tenant("a");
        life.hear([
            updated(&paused(life.now + 50 * DAY), life.now - 30, moved),
            updated(&paused(life.now + DAY), life.now - 60, json!({"pause_collection": null})),
            created(&open, began),
        ]);
        let shown = life.access("a")["subscription"]["collection_paused"].clone();
        assert_eq!(shown["resumes_at"], iso(life.now + 50 * DAY));
        assert_eq!(life.sent("a"), ["subscription_paused"]);
    });
}

/// Lets a subscription be paused an hour ago, with this word for the reason.
fn paused(life: &Life, tenant: &str, reason: Option<&str>, trial: Option<(i64, i64)>) {
    let began = life.now - 40 * DAY;
    let [subscription, customer] = ["sub", "cus"].map(|kind| format!("{kind}_{tenant}"));
    let status = if trial.is_some() { "trialing" } else { "active" };
    let open = life.shape.subscription(&subscription, &customer, status, began);
    let open = match trial {
        Some(trial) => life.shape.in_trial(open, trial),
        None => open,
    };
    let details = reason.map(|reason| json!({"paused": {"subscription": {"type": reason}}}));
    let details: Value = details.map_or(json!({}), |details| json!({"status_details": details}));
    let stopped = with(in_status(&open, "paused"), details);
    let at = life.now - 3600;
    life.tenant(tenant);
    life.hear([
        created(&open, began),
        updated(&stopped, at, json!({"status": status})),
        told("customer.subscription.paused", &stopped, at),
    ]);
    assert_eq!(life.access(tenant)["subscription"]["status"], "paused");
}

#[test]
fn a_subscription_is_paused_for_the_reason_that_stripe_gives() {
    in_every_version(|life| {
        if !life.shape.is_endive() {
            return;
        }
        for (tenant, reason, code, shown, sent) in [
            (
                "a",
                "pause_requested",
                "paused_by_customer",
                "requested",
                "subscription_paused",
            ),
            (
                "b",
                "trial_end_without_payment_method",
                "paused_trial_ended",
                "trial_ended",
                "trial_expired",
            ),
            ("c", "other", "paused", "other", "subscription_paused"),
            ("d", "a_word_of_tomorrow", "paused", "other", "subscription_paused"),
        ] {
            paused(life, tenant, Some(reason), None);
            assert_eq!(life.decision(tenant), json!([false, code, null, null]), "{reason}");
            assert_eq!(life.access(tenant)["subscription"]["paused"], shown);
            assert_eq!(life.became(tenant, "paused"), [shown]);
            assert_eq!(life.sent(tenant), [sent], "{reason}");
        }
    });
}

#[test]
fn a_subscription_that_is_paused_for_a_payment_is_served_while_the_grace_lasts() {
    in_every_version(|life| {
        if !life.shape.is_endive() {
            return;
        }
        for (tenant, reason) in [("a", "first_payment_failure"), ("b", "final_payment_failure")] {
            let began = life.now - 40 * DAY;
            let failed_at = life.now - 3 * DAY;
            let [subscription, customer, bill] = ["sub", "cus", "in"].map(|kind| format!("{kind}_{tenant}"));
            let open = life.shape.subscription(&subscription, &customer, "active", began);
            let details = json!({"status": "paused", "status_details": {"paused": {"subscription": {"type": reason}}}});
            life.tenant(tenant);
            life.hear([
                created(&open, began),
                told(
                    "invoice.payment_failed",
                    &life.shape.invoice(&bill, &customer, &subscription, failed_at),
                    failed_at,
                ),
                updated(&in_status(&open, "past_due"), failed_at, json!({"status": "active"})),
                updated(&with(open, details), life.now - 60, json!({"status": "past_due"})),
            ]);
            let grace_end = iso(failed_at + 14 * DAY);
            let decision = json!([true, "paused_for_payment", grace_end, "payment_grace_expired"]);
            assert_eq!(life.decision(tenant), decision);
            assert_eq!(life.sent(tenant), ["payment_failed", "payment_failed_alert"]);
            // It resumes once it is paid.
            let open = life.shape.subscription(&subscription, &customer, "active", began);
            let paid = life.shape.invoice(&bill, &customer, &subscription, failed_at);
            life.hear([
                told("invoice.paid", &life.shape.paid(paid, life.now), life.now),
                updated(&open, life.now, json!({"status": "paused"})),
            ]);
            assert_eq!(life.decision(tenant), json!([true, "active", null, null]));
            assert_eq!(life.fates(tenant, "payment_recovered"), ["sent"]);
        }
    });
}

#[test]
fn a_pause_without_a_word_for_it_is_that_of_a_trial_that_has_ended_or_of_something_else() {
    in_every_version(|life| {
        let ended = (life.now - 40 * DAY, life.now - 3600);
        paused(life, "a", None, Some(ended));
        assert_eq!(life.decision("a"), json!([false, "paused_trial_ended", null, null]));
        assert_eq!(life.fates("a", "trial_expired"), ["sent"]);
        assert_eq!(life.fates("a", "subscription_paused"), [""; 0]);
        paused(life, "b", None, None);
        assert_eq!(life.decision("b"), json!([false, "paused", null, null]));
        assert_eq!(life.sent("b"), ["subscription_paused"]);
        life.mail_to("b@example.com", "Your Acme subscription is paused")
            .says(&["has been paused"], &["keep your access"]);
        // It resumes.
        let open = life.shape.subscription("sub_b", "cus_b", "active", life.now - 40 * DAY);
        life.hear([updated(&open, life.now, json!({"status": "paused"}))]);
        assert_eq!(life.sent("b"), ["subscription_paused", "subscription_resumed"]);
        assert_eq!(life.decision("b"), json!([true, "active", null, null]));
    });
}

/// Makes a subscription whose first payment failed, so that it was paused and never served.
fn paused_at_first(life: &Life) {
    let began = life.now - 3600;
    let begun = life.shape.subscription("sub_a", "cus_a", "incomplete", began);
    let details = json!({"paused": {"subscription": {"type": "first_payment_failure"}}});
    let bill = with(
        life.shape.invoice("in_a", "cus_a", "sub_a", began),
        json!({"billing_reason": "subscription_create"}),
    );
    life.tenant("a");
    life.hear([
        created(&begun, began),
        told("invoice.payment_failed", &bill, began + 10),
        updated(
            &with(in_status(&begun, "paused"), json!({"status_details": details})),
            life.now - 60,
            json!({"status": "incomplete"}),
        ),
    ]);
}

#[test]
fn who_was_never_served_is_not_served_by_a_pause_and_reads_of_no_suspension() {
    in_every_version(|life| {
        if !life.shape.is_endive() {
            return;
        }
        paused_at_first(life);
        assert_eq!(life.decision("a"), json!([false, "paused_for_payment", null, null]));
        // A notice that falls due by time comes after those owed at once, which this waits for.
        let failed = life.shape.invoice("in_b", "cus_b", "sub_b", life.now - 20 * DAY);
        life.tenant("b");
        life.hear([told("invoice.payment_failed", &failed, life.now - 20 * DAY)]);
        life.wait_until_sent("b", "access_suspended");
        assert_eq!(life.fates("a", "access_suspended"), [""; 0]);
    });
}

#[test]
fn where_a_pause_for_a_payment_has_no_grace_it_blocks_at_once() {
    in_every_version_with(&[("DUNLIN_ACCESS_GRACE_WHILE_PAUSED", "false")], |life| {
        if !life.shape.is_endive() {
            return;
        }
        paused(life, "a", Some("final_payment_failure"), None);
        assert_eq!(life.decision("a"), json!([false, "paused_for_payment", null, null]));
        life.wait_until_sent("a", "access_suspended");
    });
}

#[test]
fn a_trial_of_an_item_alone_is_the_subscriptions() {
    in_every_version(|life| {
        if !life.shape.is_endive() {
            return;
        }
        let (began, end) = (life.now - 5 * DAY, life.now + 9 * DAY);
        let trial = life.shape.subscription("sub_a", "cus_a", "trialing", began);
        let trial = life.shape.in_trial(trial, (began, end));
        let of_item = with(trial, json!({"trial_start": null, "trial_end": null}));
        life.tenant("a");
        life.hear([created(&of_item, began)]);
        let overrun = iso(end + DAY);
        assert_eq!(life.decision("a"), json!([true, "trialing", overrun, "trial_expired"]));
    });
}
