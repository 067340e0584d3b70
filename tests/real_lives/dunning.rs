//! Payments that fail: the amounts owed, and the people told.

use serde_json::json;

use super::life::{ADMIN, DAY, created, in_every_version, in_every_version_with, iso, told, updated};
use super::objects::{in_status, over, with};

const FAILED: [&str; 2] = ["payment_failed", "payment_failed_alert"];

#[test]
fn a_first_debit_that_bounces_days_later_is_told_and_chased() {
    in_every_version(|life| {
        let began = life.now - 6 * DAY;
        let latest = json!({"latest_invoice": "in_a"});
        let subscription = with(life.shape.subscription("sub_a", "cus_a", "incomplete", began), latest);
        let of_checkout = json!({"billing_reason": "subscription_create", "created": began});
        let bill = |at| with(life.shape.invoice("in_a", "cus_a", "sub_a", at), of_checkout.clone());
        let untried = json!({"attempt_count": 0, "attempted": false, "next_payment_attempt": null});
        let mut events = vec![
            created(&subscription, began),
            told("invoice.finalized", &with(bill(began), untried), began),
            updated(
                &in_status(&subscription, "active"),
                began + 60,
                json!({"status": "incomplete"}),
            ),
        ];
        let past_due = updated(&in_status(&subscription, "past_due"), life.now, json!({"status": "active"}));
        let failed = told("invoice.payment_failed", &bill(life.now), life.now);
        life.tenant("a");
        life.hear(events.clone());
        let intent = json!({"id": "pi_1", "object": "payment_intent", "customer": "cus_a", "status": "processing"});
        assert_eq!(
            life.outcome_of(told("payment_intent.processing", &intent, began + 60)),
            "ignored"
        );
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.access("a")["dunning"], json!(null));
        events.extend([failed, past_due]);
        life.hear(events[3..].to_vec());
        let grace_end = iso(life.now + 14 * DAY);
        assert_eq!(
            life.decision("a"),
            json!([true, "payment_past_due", grace_end, "payment_grace_expired"])
        );
        let dunning = life.access("a")["dunning"].clone();
        assert_eq!(
            (&dunning["invoice_id"], &dunning["attempt_count"], &dunning["amount_due"]),
            (&json!("in_a"), &json!(1), &json!({"amount": 4900, "currency": "dkk"}))
        );
        assert_eq!(life.sent("a"), FAILED);
        let mail = life.mail_to("a@example.com", "Your payment of DKK 49.00 didn't go through");
        mail.says(&["https://invoice.stripe.com/i/acct_x/in_a", "We'll try again on"], &[]);
        life.mail_to(ADMIN, "Club a: payment of DKK 49.00 failed (attempt 1)");
    });
}

#[test]
fn a_first_debit_that_bounces_is_told_once_in_the_other_order_too() {
    in_every_version(|life| {
        let began = life.now - 6 * DAY;
        let subscription = life.shape.subscription("sub_a", "cus_a", "incomplete", began);
        let of_checkout = json!({"billing_reason": "subscription_create", "created": began});
        let bill = with(life.shape.invoice("in_a", "cus_a", "sub_a", life.now), of_checkout);
        life.tenant("a");
        life.hear([
            updated(&in_status(&subscription, "past_due"), life.now, json!({"status": "active"})),
            told("invoice.payment_failed", &bill, life.now),
            updated(
                &in_status(&subscription, "active"),
                began + 60,
                json!({"status": "incomplete"}),
            ),
            created(&subscription, began),
        ]);
        let grace_end = iso(life.now + 14 * DAY);
        assert_eq!(
            life.decision("a"),
            json!([true, "payment_past_due", grace_end, "payment_grace_expired"])
        );
        assert_eq!(life.sent("a"), FAILED);
    });
}

#[test]
fn a_checkout_whose_first_card_is_refused_is_told_to_nobody() {
    in_every_version_with(&[("DUNLIN_MAIL_HOLD_SECS", "4")], |life| {
        let began = life.now - 60;
        let subscription = life.shape.subscription("sub_a", "cus_a", "incomplete", began);
        let bill = with(
            life.shape.invoice("in_a", "cus_a", "sub_a", began),
            json!({"billing_reason": "subscription_create"}),
        );
        let paid = life.shape.paid(bill.clone(), life.now);
        life.tenant("a");
        life.hear([
            created(&subscription, began),
            told("invoice.payment_failed", &bill, began + 10),
        ]);
        assert_eq!(life.decision("a"), json!([false, "incomplete", null, null]));
        assert_eq!(life.sent("a"), [""; 0]);
        // The second card is accepted. The event of the active subscription comes first.
        life.hear([
            updated(&in_status(&subscription, "active"), life.now, json!({"status": "incomplete"})),
            told("invoice.paid", &paid, life.now),
        ]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.sent("a"), [""; 0]);
    });
}

#[test]
fn an_active_subscription_whose_unpaid_invoice_is_voided_is_for_our_admin() {
    in_every_version(|life| {
        let began = life.now - 4 * DAY;
        let cases = [
            ("a", "subscription_create", true),
            ("b", "subscription_cycle", true),
            // The invoice of a change that was not paid is voided as the change is reverted.
            ("c", "subscription_update", false),
        ];
        for (tenant, reason, is_told) in cases {
            life.tenant(tenant);
            let [subscription, customer, bill] = ["sub", "cus", "in"].map(|kind| format!("{kind}_{tenant}"));
            let bill = with(
                life.shape.invoice(&bill, &customer, &subscription, life.now - 300),
                json!({"billing_reason": reason, "next_payment_attempt": null}),
            );
            let subscription = life.shape.subscription(&subscription, &customer, "active", began);
            life.hear([
                created(&subscription, began),
                told("invoice.payment_failed", &bill, life.now - 300),
            ]);
            assert_eq!(life.sent(tenant), FAILED, "{tenant}");
            life.hear([told("invoice.voided", &with(bill, json!({"status": "void"})), life.now)]);
            // A renewal that failed makes it past due until Stripe says more.
            life.hear([updated(&subscription, life.now, json!({"latest_invoice": "in_other"}))]);
            assert_eq!(life.decision(tenant), json!([true, "active", null, null]), "{tenant}");
            let alerts = life.fates(tenant, "invoice_voided_alert");
            assert_eq!(alerts, vec!["sent"; usize::from(is_told)], "{tenant}");
            if is_told {
                let told = life.mail_to(ADMIN, &format!("Club {tenant}: unpaid invoice for DKK 49.00 voided"));
                told.says(&["although this invoice won't be paid", &format!("in_{tenant}")], &[]);
            }
        }
    });
}

#[test]
fn an_invoice_that_is_voided_without_a_failure_or_told_so_first_is_not_chased() {
    in_every_version(|life| {
        let began = life.now - 4 * DAY;
        life.tenant("a");
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
        let bill = life.shape.invoice("in_a", "cus_a", "sub_a", life.now - 300);
        let voided = told("invoice.voided", &with(bill.clone(), json!({"status": "void"})), life.now);
        life.hear([created(&subscription, began), voided]);
        assert_eq!(life.sent("a"), [""; 0]);
        life.hear([told("invoice.payment_failed", &bill, life.now - 300)]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.sent("a"), ["invoice_voided_alert"]);
    });
}

#[test]
fn what_is_asked_for_is_what_is_left_to_pay() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 40 * DAY;
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
        let bill = over(life.shape.invoice("in_a", "cus_a", "sub_a", life.now - 60), 49_000);
        let partly = |paid| {
            let left = json!({"amount_paid": paid, "amount_remaining": 49_000 - paid});
            with(bill.clone(), left)
        };
        life.hear([
            created(&subscription, began),
            told("invoice.payment_failed", &partly(30_000), life.now - 60),
        ]);
        let owed = || life.access("a")["dunning"]["amount_due"].clone();
        assert_eq!(owed(), json!({"amount": 19_000, "currency": "dkk"}));
        assert_eq!(life.sent("a"), FAILED);
        let mail = life.mail_to("a@example.com", "Your payment of DKK 190.00 didn't go through");
        mail.says(&["DKK 190.00"], &["490.00"]);
        life.mail_to(ADMIN, "payment of DKK 190.00 failed").says(&[], &["490.00"]);
        // Another part is paid.
        let more = told("invoice.updated", &partly(45_000), life.now - 30);
        life.hear([more.was(json!({"amount_paid": 30_000, "amount_remaining": 19_000}))]);
        assert_eq!(owed(), json!({"amount": 4_000, "currency": "dkk"}));
        // The rest is paid.
        life.hear([told("invoice.paid", &life.shape.paid(bill.clone(), life.now), life.now)]);
        assert_eq!(life.access("a")["dunning"], json!(null));
        assert_eq!(
            life.sent("a"),
            ["payment_failed", "payment_failed_alert", "payment_recovered"]
        );
    });
}

#[test]
fn of_two_versions_of_an_invoice_from_one_second_the_one_that_came_from_the_other_counts() {
    in_every_version_with(&[("DUNLIN_MAIL_HOLD_SECS", "4")], |life| {
        let began = life.now - 40 * DAY;
        let retried_at = life.now + 3 * DAY;
        let orders = [
            ("a", "evt_1AAA0failed", "evt_1ZZZ0updated", false),
            ("b", "evt_1ZZZ1failed", "evt_1AAA1updated", false),
            ("c", "evt_1AAA2failed", "evt_1ZZZ2updated", true),
            ("d", "evt_1ZZZ3failed", "evt_1AAA3updated", true),
        ];
        for (tenant, failed_id, updated_id, is_reversed) in orders {
            life.tenant(tenant);
            let [subscription, customer, bill] = ["sub", "cus", "in"].map(|kind| format!("{kind}_{tenant}"));
            let bill = life.shape.invoice(&bill, &customer, &subscription, life.now);
            let next = |at: Option<i64>| with(bill.clone(), json!({"attempt_count": 2, "next_payment_attempt": at}));
            let subscription = life.shape.subscription(&subscription, &customer, "active", began);
            let failed = told("invoice.payment_failed", &next(None), life.now).named(failed_id);
            let changed = told("invoice.updated", &next(Some(retried_at)), life.now);
            let changed = changed.was(json!({"next_payment_attempt": null})).named(updated_id);
            life.hear([created(&subscription, began)]);
            life.hear(if is_reversed { [changed, failed] } else { [failed, changed] });
            let dunning = life.access(tenant)["dunning"].clone();
            assert_eq!(dunning["next_payment_attempt"], iso(retried_at), "{tenant}");
        }
        for (tenant, ..) in orders {
            assert_eq!(life.sent(tenant), FAILED);
            let mails = life.mails_to(&format!("{tenant}@example.com"));
            assert_eq!(mails.len(), 1, "{mails:?}");
            mails[0].says(
                &["Your payment of DKK 49.00 failed again", "We'll try again on"],
                &["act now"],
            );
        }
    });
}

#[test]
fn of_three_versions_from_one_second_the_last_of_the_chain_counts_in_any_order() {
    in_every_version(|life| {
        let began = life.now - 40 * DAY;
        let (first, second) = (life.now + 3 * DAY, life.now + 5 * DAY);
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for (nth, order) in orders.iter().enumerate() {
            let tenant = format!("t{nth}");
            life.tenant(&tenant);
            let [subscription, customer, bill] = ["sub", "cus", "in"].map(|kind| format!("{kind}_{tenant}"));
            let bill = life.shape.invoice(&bill, &customer, &subscription, life.now);
            let next = |at: Option<i64>| with(bill.clone(), json!({"next_payment_attempt": at}));
            let changed = |to, from: Option<i64>| {
                told("invoice.updated", &next(Some(to)), life.now).was(json!({"next_payment_attempt": from}))
            };
            let chain = [
                told("invoice.payment_failed", &next(None), life.now),
                changed(first, None),
                changed(second, Some(first)),
            ];
            life.hear([created(
                &life.shape.subscription(&subscription, &customer, "active", began),
                began,
            )]);
            life.hear(order.map(|index| chain[index].clone()));
            let dunning = life.access(&tenant)["dunning"].clone();
            assert_eq!(dunning["next_payment_attempt"], iso(second), "{order:?}");
        }
    });
}

#[test]
fn an_invoice_that_cannot_be_made_final_is_for_our_admin_until_it_can() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 30 * DAY;
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
        let error = json!({"code": "customer_tax_location_invalid", "type": "invalid_request_error"});
        let tax = json!({"enabled": true, "status": "requires_location_inputs"});
        let draft = json!({
            "status": "draft", "attempt_count": 0, "attempted": false, "number": null, "hosted_invoice_url": null,
            "last_finalization_error": error, "automatic_tax": tax,
        });
        let bill = life.shape.invoice("in_a", "cus_a", "sub_a", life.now - 3600);
        let failed = told("invoice.finalization_failed", &with(bill.clone(), draft), life.now - 10);
        life.hear([created(&subscription, began), failed.clone(), failed]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.sent("a"), ["finalization_failed_alert"]);
        let told_admin = life.mail_to(ADMIN, "Club a: invoice for DKK 49.00 could not be finalized");
        told_admin.says(&["customer_tax_location_invalid", "in_a", "sub_a"], &[]);
        life.hear([told("invoice.finalized", &bill, life.now)]);
        assert_eq!(life.sent("a"), ["finalization_failed_alert"]);
    });
}

#[test]
fn an_invoice_that_is_made_final_within_the_hold_is_told_to_nobody() {
    in_every_version_with(&[("DUNLIN_MAIL_HOLD_SECS", "4")], |life| {
        life.tenant("a");
        let began = life.now - 30 * DAY;
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
        let bill = life.shape.invoice("in_a", "cus_a", "sub_a", life.now - 3600);
        let draft = with(bill.clone(), json!({"status": "draft", "attempt_count": 0}));
        life.hear([
            created(&subscription, began),
            told("invoice.finalization_failed", &draft, life.now - 10),
            told("invoice.finalized", &with(bill, json!({"attempt_count": 0})), life.now - 5),
        ]);
        assert_eq!(life.sent("a"), [""; 0]);
        assert_eq!(life.fates("a", "finalization_failed_alert").len(), 1);
    });
}

#[test]
fn an_invoice_made_by_hand_that_cannot_be_made_final_is_for_our_admin_too() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 30 * DAY;
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
        let error = json!({"code": "customer_tax_location_invalid", "type": "invalid_request_error"});
        let bill = with(
            life.shape.one_off("in_hand", "cus_a", life.now - 3600),
            json!({"status": "draft", "attempt_count": 0, "last_finalization_error": error}),
        );
        life.hear([
            created(&subscription, began),
            told("invoice.finalization_failed", &bill, life.now),
        ]);
        assert_eq!(life.sent("a"), ["finalization_failed_alert"]);
        life.mail_to(ADMIN, "could not be finalized").says(&["in_hand"], &["sub_a"]);
    });
}

#[test]
fn an_invoice_that_has_to_be_collected_outside_stripe_is_for_our_admin() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 30 * DAY;
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
        let bill = with(
            life.shape.invoice("in_a", "cus_a", "sub_a", life.now),
            json!({"attempt_count": 0, "attempted": false}),
        );
        life.hear([
            created(&subscription, began),
            told("invoice.payment_attempt_required", &bill, life.now),
        ]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.sent("a"), ["payment_attempt_required_alert"]);
        life.mail_to(ADMIN, "Club a: DKK 49.00 must be collected outside Stripe");
    });
}

#[test]
fn a_payment_that_fails_far_from_the_end_of_a_fixed_term_is_still_to_be_pressed_for() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 40 * DAY;
        let term = json!({"cancel_at": began + 365 * DAY, "canceled_at": began});
        let subscription = with(life.shape.subscription("sub_a", "cus_a", "active", began), term);
        let last = json!({"attempt_count": 4, "next_payment_attempt": null});
        let bill = with(life.shape.invoice("in_a", "cus_a", "sub_a", life.now), last);
        life.hear([created(&subscription, began), told("invoice.payment_failed", &bill, life.now)]);
        let grace_end = iso(life.now + 14 * DAY);
        assert_eq!(
            life.decision("a"),
            json!([true, "payment_past_due", grace_end, "payment_grace_expired"])
        );
        assert_eq!(life.sent("a"), FAILED);
        life.mail_to("a@example.com", "Please act now: DKK 49.00 is still unpaid");
    });
}

#[test]
fn an_active_subscription_whose_unpaid_invoice_is_given_up_is_for_our_admin_too() {
    in_every_version(|life| {
        life.tenant("a");
        let began = life.now - 4 * DAY;
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
        let bill = with(
            life.shape.invoice("in_a", "cus_a", "sub_a", life.now - 300),
            json!({"billing_reason": "subscription_create", "next_payment_attempt": null}),
        );
        let given_up = with(bill.clone(), json!({"status": "uncollectible"}));
        life.hear([
            created(&subscription, began),
            told("invoice.payment_failed", &bill, life.now - 300),
        ]);
        assert_eq!(life.sent("a"), FAILED);
        life.hear([told("invoice.marked_uncollectible", &given_up, life.now)]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        life.sent("a");
        let of_it = life.mails_to(ADMIN).into_iter().filter(|mail| mail.text.contains("in_a"));
        assert_eq!(of_it.count(), 2, "the failure, and that nobody collects it any more");
    });
}
