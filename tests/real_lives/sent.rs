//! Invoices that are sent for payment, rather than charged.

use serde_json::{Value, json};

use super::life::{ADMIN, DAY, Life, created, in_every_version, iso, told, updated};
use super::objects::{in_status, over, with};

/// A tenant who is sent invoices, and got one that is due at a given time.
struct Invoiced {
    subscription: Value,
    bill: Value,
    due_at: i64,
}

fn invoiced(life: &Life, tenant: &str, due_at: i64) -> Invoiced {
    let sent_at = due_at - 30 * DAY;
    let [subscription, customer, bill] = ["sub", "cus", "in"].map(|kind| format!("{kind}_{tenant}"));
    let by_invoice = json!({"collection_method": "send_invoice", "days_until_due": 30, "latest_invoice": bill});
    let bill = with(
        over(life.shape.invoice(&bill, &customer, &subscription, sent_at), 490_000),
        json!({
            "attempt_count": 0, "attempted": false, "collection_method": "send_invoice", "due_date": due_at,
            "next_payment_attempt": null,
        }),
    );
    let subscription = with(
        life.shape.subscription(&subscription, &customer, "active", sent_at),
        by_invoice,
    );
    life.tenant(tenant);
    life.hear([
        created(&subscription, sent_at),
        told("invoice.finalized", &bill, sent_at),
        told("invoice.sent", &bill, sent_at),
    ]);
    Invoiced {
        subscription,
        bill,
        due_at,
    }
}

#[test]
fn an_invoice_that_is_not_paid_by_its_due_date_is_told_and_chased() {
    in_every_version(|life| {
        // Stripe tells of the overdue invoice in one case, which needs its Automations, and not in the other.
        for (tenant, is_overdue_told) in [("a", true), ("b", false)] {
            let one = invoiced(life, tenant, life.now - 60);
            life.hear([updated(
                &in_status(&one.subscription, "past_due"),
                one.due_at,
                json!({"status": "active"}),
            )]);
            if is_overdue_told {
                life.hear([told("invoice.overdue", &one.bill, one.due_at)]);
            }
            let grace_end = iso(one.due_at + 14 * DAY);
            let decision = json!([true, "payment_past_due", grace_end, "payment_grace_expired"]);
            assert_eq!(life.decision(tenant), decision, "{tenant}");
            let dunning = life.access(tenant)["dunning"].clone();
            let shown = json!([
                dunning["invoice_id"],
                dunning["amount_due"]["amount"],
                dunning["action_required"]
            ]);
            assert_eq!(shown, json!([format!("in_{tenant}"), 490_000, "pay_invoice"]));
            assert_eq!(dunning["due_at"], iso(one.due_at));
            life.wait_until_sent(tenant, "invoice_overdue");
            assert_eq!(life.sent(tenant), ["invoice_overdue", "invoice_overdue_alert"]);
            let mail = life.mail_to(&format!("{tenant}@example.com"), "Invoice A-0001 is overdue");
            let pay_url = format!("https://invoice.stripe.com/i/acct_x/in_{tenant}");
            mail.says(&["The amount due is DKK 4,900.00", &pay_url], &[]);
            life.mail_to(ADMIN, &format!("Club {tenant}: invoice for DKK 4,900.00 is overdue"));
        }
    });
}

#[test]
fn who_is_suspended_for_a_sent_invoice_reads_what_is_owed_and_where_to_pay() {
    in_every_version(|life| {
        let one = invoiced(life, "a", life.now - 15 * DAY);
        life.hear([updated(
            &in_status(&one.subscription, "past_due"),
            one.due_at,
            json!({"status": "active"}),
        )]);
        assert_eq!(life.decision("a"), json!([false, "payment_grace_expired", null, null]));
        life.wait_until_sent("a", "access_suspended");
        let mail = life.mail_to("a@example.com", "Your access to Acme has been suspended");
        mail.says(
            &["DKK 4,900.00 is outstanding", "https://invoice.stripe.com/i/acct_x/in_a"],
            &[],
        );
        assert!(!life.sent("a").contains(&"payment_failed".to_owned()));
    });
}

#[test]
fn a_sent_invoice_that_is_not_due_yet_is_no_trouble_and_its_due_date_is_known_ahead() {
    in_every_version(|life| {
        let one = invoiced(life, "a", life.now + 5 * DAY);
        let due_at = iso(one.due_at);
        assert_eq!(life.decision("a"), json!([true, "active", due_at, "payment_past_due"]));
        assert_eq!(life.access("a")["dunning"], json!(null));
        assert_eq!(life.sent("a"), [""; 0]);
        life.hear([told("invoice.paid", &life.shape.paid(one.bill, life.now), life.now)]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.sent("a"), [""; 0]);
    });
}

#[test]
fn of_two_sent_invoices_the_one_that_has_been_due_longest_is_chased_and_what_is_left_of_it() {
    in_every_version(|life| {
        let one = invoiced(life, "a", life.now - 5 * DAY);
        let younger = json!({"id": "in_younger", "created": life.now - 20 * DAY, "due_date": life.now - DAY, "number": "A-0002"});
        let younger = with(one.bill.clone(), younger);
        let partly = with(one.bill.clone(), json!({"amount_paid": 90_000, "amount_remaining": 400_000}));
        life.hear([
            told("invoice.finalized", &younger, life.now - 20 * DAY),
            updated(
                &in_status(&one.subscription, "past_due"),
                one.due_at,
                json!({"status": "active"}),
            ),
            told("invoice.updated", &partly, life.now - 60),
        ]);
        let dunning = life.access("a")["dunning"].clone();
        let shown = json!([dunning["invoice_id"], dunning["amount_due"]["amount"], dunning["due_at"]]);
        assert_eq!(shown, json!(["in_a", 400_000, iso(one.due_at)]));
        let grace_end = iso(one.due_at + 14 * DAY);
        assert_eq!(
            life.decision("a"),
            json!([true, "payment_past_due", grace_end, "payment_grace_expired"])
        );
        life.app.wait_for(std::time::Duration::from_secs(30), || {
            (life.fates("a", "invoice_overdue") == ["sent", "sent"]).then_some(())
        });
        life.mail_to("a@example.com", "Invoice A-0002 is overdue");
    });
}
