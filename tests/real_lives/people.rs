//! Matters for people: another payer, a dispute, a customer that is gone.

use serde_json::{Value, json};

use super::life::{ADMIN, DAY, Life, Told, created, deleted, in_every_version, in_every_version_with, iso, told};
use super::objects::{customer, ended, with};

const TRUSTED: (&str, &str) = ("DUNLIN_BINDING_TRUSTED", "subscription_metadata,client_reference_id");
const REBINDING: [(&str, &str); 2] = [TRUSTED, ("DUNLIN_BINDING_REBIND_WHEN_ENDED", "true")];

/// Makes tenant `a` of `cus_a`, whose subscription, if it has ended, ended twenty days ago.
fn known_payer(life: &Life, has_ended: bool) {
    let (began, ended_at) = (life.now - 60 * DAY, life.now - 20 * DAY);
    let first = life.shape.subscription("sub_1", "cus_a", "active", began);
    life.tenant("a");
    life.hear([created(&first, began)]);
    if has_ended {
        life.hear([deleted(&ended(&first, ended_at, None), ended_at)]);
        assert_eq!(life.sent("a"), ["churn_alert", "subscription_canceled"]);
    }
}

/// Lets them pay again through a link that makes another customer. Returns the subscription and the checkout.
fn pays_as_another(life: &Life) -> [Told; 2] {
    let second = life.shape.subscription("sub_2", "cus_2", "active", life.now - 60);
    let second = with(second, json!({"metadata": {"tenant_id": "a"}}));
    let checkout = json!({
        "id": "cs_1", "object": "checkout.session", "client_reference_id": "a", "created": life.now - 90, "customer": "cus_2",
        "livemode": false, "metadata": {}, "mode": "subscription", "payment_status": "paid", "status": "complete",
        "subscription": "sub_2",
    });
    [
        created(&second, life.now - 60),
        told("checkout.session.completed", &checkout, life.now - 59),
    ]
}

fn bound_to(life: &Life) -> Value {
    life.app.get("/api/v1/tenants/a").body["stripe_customer_id"].clone()
}

/// Checks that nobody was moved, and that the admin was told once.
fn check_told_only(life: &Life) {
    assert_eq!(bound_to(life), "cus_a");
    assert_eq!(life.fates("a", "payer_with_new_customer"), ["sent"]);
    let mail = life.mail_to(ADMIN, "Club a: payment from another Stripe customer");
    mail.says(&["as Stripe customer cus_2, but Club a is bound to cus_a"], &[]);
    let proposals = life.app.get("/api/v1/proposals").body["data"].clone();
    for proposal in proposals.as_array().unwrap() {
        assert_eq!(
            (&proposal["stripe_customer_id"], &proposal["state"]),
            (&json!("cus_2"), &json!("conflict"))
        );
    }
}

#[test]
fn who_pays_again_as_another_customer_is_for_our_admin() {
    for is_reversed in [false, true] {
        in_every_version_with(&[TRUSTED], |life| {
            known_payer(life, true);
            let mut events = pays_as_another(life);
            if is_reversed {
                events.reverse();
            }
            life.hear(events);
            check_told_only(life);
            assert_eq!(life.decision("a"), json!([false, "canceled", null, null]));
        });
    }
}

#[test]
fn who_pays_again_is_for_our_admin_too_where_no_source_is_trusted() {
    in_every_version(|life| {
        known_payer(life, true);
        life.hear(pays_as_another(life));
        check_told_only(life);
    });
}

#[test]
fn who_pays_again_is_served_where_that_is_wanted_and_nothing_of_the_old_customer_lives() {
    for is_reversed in [false, true] {
        in_every_version_with(&REBINDING, |life| {
            known_payer(life, true);
            let mut events = pays_as_another(life);
            if is_reversed {
                events.reverse();
            }
            life.hear(events);
            assert_eq!(bound_to(life), "cus_2");
            assert_eq!(life.decision("a"), json!([true, "active", null, null]));
            assert_eq!(life.access("a")["subscription"]["id"], "sub_2");
            assert_eq!(life.fates("a", "payer_with_new_customer"), [""; 0]);
            assert_eq!(life.became("a", "stripe_customer_id"), ["cus_2"]);
        });
    }
}

#[test]
fn a_tenant_whose_subscription_lives_is_not_moved_whoever_pays() {
    in_every_version_with(&REBINDING, |life| {
        known_payer(life, false);
        life.hear(pays_as_another(life));
        check_told_only(life);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.access("a")["subscription"]["id"], "sub_1");
    });
}

#[test]
fn a_tenant_is_moved_by_no_source_that_is_not_trusted() {
    in_every_version_with(&[("DUNLIN_BINDING_REBIND_WHEN_ENDED", "true")], |life| {
        known_payer(life, true);
        life.hear(pays_as_another(life));
        check_told_only(life);
    });
}

fn charge(status: &str) -> Value {
    json!({
        "id": "ch_1", "object": "charge", "amount": 4900, "amount_refunded": 0, "currency": "dkk", "customer": "cus_a",
        "livemode": false, "metadata": {}, "paid": true, "payment_intent": "pi_1", "refunded": false, "status": status,
    })
}

fn dispute(charge: &str, status: &str) -> Value {
    json!({
        "id": "du_1", "object": "dispute", "amount": 4900, "charge": charge, "currency": "dkk", "livemode": false, "metadata": {},
        "payment_intent": "pi_1", "reason": "fraudulent", "status": status,
    })
}

#[test]
fn a_dispute_is_for_our_admin_when_it_is_opened_and_when_it_is_closed() {
    in_every_version(|life| {
        let began = life.now - 30 * DAY;
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
        let refunded = with(charge("succeeded"), json!({"amount_refunded": 4900, "refunded": true}));
        life.tenant("a");
        life.hear([
            created(&subscription, began),
            told("charge.refunded", &refunded, life.now - 50),
            told("charge.dispute.created", &dispute("ch_1", "needs_response"), life.now - 40),
        ]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.sent("a"), ["dispute_alert"]);
        let opened = life.mail_to(ADMIN, "Club a: payment of DKK 49.00 disputed");
        opened.says(&["ch_1", "du_1", "fraudulent", "before the deadline"], &[]);
        let closed = told("charge.dispute.closed", &dispute("ch_1", "lost"), life.now - 10);
        // Events in between are for those who answer the dispute. A repeated event counts once.
        let between = told("charge.dispute.updated", &dispute("ch_1", "under_review"), life.now - 20);
        assert_eq!(life.outcome_of(between), "ignored");
        life.hear([closed.clone(), closed]);
        assert_eq!(life.sent("a"), ["dispute_alert", "dispute_alert"]);
        life.mail_to(ADMIN, "Club a: dispute closed (lost)");
        assert_eq!(life.mails_to("a@example.com").len(), 0);
    });
}

#[test]
fn a_warning_of_fraud_is_for_our_admin() {
    in_every_version(|life| {
        let began = life.now - 30 * DAY;
        let warning = json!({
            "id": "issfr_1", "object": "radar.early_fraud_warning", "actionable": true, "charge": "ch_1", "created": life.now,
            "fraud_type": "made_with_stolen_card", "livemode": false,
        });
        life.tenant("a");
        life.hear([
            created(&life.shape.subscription("sub_a", "cus_a", "active", began), began),
            told("charge.succeeded", &charge("succeeded"), began),
            told("radar.early_fraud_warning.created", &warning, life.now),
        ]);
        assert_eq!(life.sent("a"), ["early_fraud_warning_alert"]);
        life.mail_to(ADMIN, "Club a: payment reported as possibly fraudulent")
            .says(&["ch_1", "made_with_stolen_card"], &[]);
    });
}

#[test]
fn a_dispute_over_a_payment_of_nobody_that_is_known_names_the_payment() {
    in_every_version(|life| {
        let opened = told("charge.dispute.created", &dispute("ch_unknown", "needs_response"), life.now);
        life.hear([opened]);
        let mail = life
            .app
            .wait_for(std::time::Duration::from_secs(30), || life.mails_to(ADMIN).pop());
        mail.says(
            &["Dunlin: payment of DKK 49.00 disputed", "ch_unknown", "du_1", "fraudulent"],
            &[],
        );
        assert_eq!(life.mails_to(ADMIN).len(), 1);
    });
}

#[test]
fn a_customer_that_is_deleted_is_shown_as_that() {
    in_every_version(|life| {
        let began = life.now - 30 * DAY;
        life.tenant("a");
        life.hear([
            created(&life.shape.subscription("sub_a", "cus_a", "active", began), began),
            told("customer.created", &customer("cus_a", None), began),
        ]);
        let shown = || life.app.get("/api/v1/tenants/a").body["customer_deleted_at"].clone();
        assert_eq!(shown(), json!(null));
        let deleted_at = life.now - 60;
        life.hear([told("customer.deleted", &customer("cus_a", None), deleted_at)]);
        assert_eq!(shown(), iso(deleted_at));
        assert_eq!(life.became("a", "customer_deleted"), [iso(deleted_at)]);
        // An earlier event of the customer arrives late, and does not bring it back.
        let late = told("customer.updated", &customer("cus_a", None), deleted_at - 60);
        life.hear([late.was(json!({"balance": 100}))]);
        assert_eq!(shown(), iso(deleted_at));
    });
}

#[test]
fn a_tenant_of_whose_customer_nothing_was_heard_yet_is_not_moved() {
    in_every_version_with(&REBINDING, |life| {
        life.tenant("a");
        life.hear([told("customer.created", &customer("cus_a", None), life.now - 300)]);
        life.hear(pays_as_another(life));
        check_told_only(life);
        assert_eq!(life.decision("a"), json!([false, "no_subscription", null, null]));
    });
}

#[test]
fn a_dispute_that_is_heard_of_before_its_payment_is_told_all_the_same_and_its_end_is_the_tenants() {
    in_every_version(|life| {
        let began = life.now - 30 * DAY;
        life.tenant("a");
        life.hear([
            created(&life.shape.subscription("sub_a", "cus_a", "active", began), began),
            told("charge.dispute.created", &dispute("ch_1", "needs_response"), life.now - 40),
        ]);
        // The payment would take the place of a mail that has not gone out yet.
        life.app.wait_for(std::time::Duration::from_secs(30), || {
            (life.mails_to(ADMIN).len() == 1).then_some(())
        });
        life.mail_to(ADMIN, "Dunlin: payment of DKK 49.00 disputed");
        life.hear([
            told("charge.succeeded", &charge("succeeded"), began),
            told("charge.dispute.closed", &dispute("ch_1", "won"), life.now - 10),
        ]);
        assert_eq!(life.sent("a"), ["dispute_alert"]);
        life.mail_to(ADMIN, "Club a: dispute closed (won)");
    });
}
