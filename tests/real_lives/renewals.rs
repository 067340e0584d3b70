//! Mails about what comes next: only if it comes, and with its true amount.

use serde_json::{Value, json};

use super::life::{DAY, Life, created, day, in_every_version, iso, told, updated};
use super::objects::{card, no_end, to_end, with};

/// Delivers the events of a subscription whose period ends in seven days and whose renewal is announced.
fn renewing(life: &Life, tenant: &str, amount: i64, change: impl Fn(Value) -> Value) -> i64 {
    let due_at = life.now + 7 * DAY;
    let [subscription, customer] = ["sub", "cus"].map(|kind| format!("{kind}_{tenant}"));
    let renewed = change(life.shape.subscription(&subscription, &customer, "active", due_at - 30 * DAY));
    life.tenant(tenant);
    life.hear([
        created(&renewed, due_at - 30 * DAY),
        told(
            "invoice.upcoming",
            &life.shape.upcoming(&customer, &subscription, due_at, amount),
            life.now,
        ),
    ]);
    due_at
}

fn trial(life: &Life, ends_at: i64, fields: Value) -> impl Fn(Value) -> Value {
    let shape = life.shape;
    move |one| {
        let policy = json!({"status": "trialing", "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}});
        let trial = shape.in_trial(with(one, policy), (ends_at - 30 * DAY, ends_at));
        with(trial, fields.clone())
    }
}

#[test]
fn a_trial_does_not_renew_and_without_a_card_there_is_something_to_do() {
    in_every_version(|life| {
        let ends_at = life.now + 7 * DAY;
        // Stripe attempts the payment an hour after the end, which may be on the next day.
        let ends_on = day(ends_at);
        renewing(life, "a", 4900, trial(life, ends_at, json!({})));
        assert_eq!(life.decision("a")[1], "trialing");
        assert_eq!(life.sent("a"), ["renewal_upcoming"]);
        let mail = life.mail_to("a@example.com", &format!("Your trial ends on {ends_on}"));
        mail.says(
            &["Please add them before then to continue for DKK 49.00"],
            &["renews", "don't need to do anything", "nothing for you to do"],
        );
        renewing(
            life,
            "b",
            4900,
            trial(life, ends_at, json!({"default_payment_method": "pm_b"})),
        );
        assert_eq!(life.sent("b"), ["renewal_upcoming"]);
        let mail = life.mail_to("b@example.com", &format!("Your trial ends on {ends_on}"));
        mail.says(
            &["we'll charge DKK 49.00. You don't need to do anything"],
            &["renews", "add them"],
        );
    });
}

#[test]
fn a_card_that_is_given_before_the_announcement_pays_for_what_follows_the_trial() {
    in_every_version(|life| {
        let ends_at = life.now + 7 * DAY;
        let given = card("pm_a", Some("cus_a"), "4242", life.now - DAY);
        life.hear([told("payment_method.attached", &given, life.now - DAY)]);
        renewing(life, "a", 4900, trial(life, ends_at, json!({})));
        life.sent("a");
        life.mail_to("a@example.com", "Your trial ends on")
            .says(&["we'll charge DKK 49.00"], &["add them"]);
    });
}

#[test]
fn nothing_is_announced_that_will_not_be_collected() {
    in_every_version(|life| {
        let set_at = life.now - DAY;
        let same = |one: Value| one;
        let due_at = renewing(life, "a", 0, same);
        renewing(life, "b", 4900, |one| to_end(&one, due_at, set_at));
        renewing(life, "c", 4900, |one| {
            with(one, json!({"cancel_at": due_at - DAY, "canceled_at": set_at}))
        });
        let pause = json!({"pause_collection": {"behavior": "void", "resumes_at": null}});
        renewing(life, "d", 4900, |one| with(one, pause.clone()));
        let canceled = json!({"cancel_at": due_at, "canceled_at": set_at});
        renewing(life, "e", 4900, trial(life, due_at, canceled));
        for tenant in ["a", "b", "c", "d", "e"] {
            assert_eq!(life.fates(tenant, "renewal_upcoming"), [""; 0], "{tenant}");
            for mail in life.mails_to(&format!("{tenant}@example.com")) {
                mail.says(&[], &["DKK 0.00", "renews", "we'll charge", "We'll charge"]);
            }
        }
        assert_eq!(life.app.notices("a"), [""; 0]);
    });
}

#[test]
fn a_renewal_that_will_be_collected_is_announced_as_it_will_be() {
    in_every_version(|life| {
        let due_at = renewing(life, "a", 3920, |one| with(one, json!({"default_payment_method": "pm_a"})));
        assert_eq!(life.sent("a"), ["renewal_upcoming"]);
        // A preview is due an hour after the period ends, like an invoice.
        let mail = life.mail_to("a@example.com", "Your subscription renews on");
        let words = format!("We'll charge DKK 39.20 on {}", day(due_at + 3600));
        mail.says(&[&words, "You don't need to do anything"], &[]);
        let by_invoice = json!({"collection_method": "send_invoice", "days_until_due": 30});
        renewing(life, "b", 4900, |one| with(one, by_invoice.clone()));
        assert_eq!(life.sent("b"), ["renewal_upcoming"]);
        life.mail_to("b@example.com", "Your subscription renews on")
            .says(&["We'll send you an invoice for DKK 49.00"], &["charge"]);
        // An end after the renewal does not prevent it.
        let later = json!({"cancel_at": due_at + 10 * DAY, "canceled_at": life.now - DAY});
        renewing(life, "c", 4900, |one| with(one, later.clone()));
        assert_eq!(life.fates("c", "renewal_upcoming"), ["sent"]);
    });
}

/// Checks a trial that ends in three days, and that is announced after its end was set in this way.
fn check_announced(life: &Life, tenant: &str, end: Value, is_told: bool) {
    let (began, trial_end) = (life.now - 11 * DAY, life.now + 3 * DAY);
    let [subscription, customer] = ["sub", "cus"].map(|kind| format!("{kind}_{tenant}"));
    let open = life.shape.subscription(&subscription, &customer, "trialing", began);
    let open = life.shape.in_trial(open, (began, trial_end));
    let set = with(open.clone(), end);
    life.tenant(tenant);
    life.hear([
        created(&open, began),
        updated(&set, life.now - 2 * DAY, no_end()),
        told("customer.subscription.trial_will_end", &set, life.now),
    ]);
    let expected = vec!["sent"; usize::from(is_told)];
    assert_eq!(life.fates(tenant, "trial_ending"), expected, "{tenant}");
    let scheduled = ["cancellation_scheduled", "cancellation_scheduled_alert"];
    let sent = life.sent(tenant);
    assert!(scheduled.iter().all(|kind| sent.contains(&(*kind).to_owned())), "{sent:?}");
    for mail in life.mails_to(&format!("{tenant}@example.com")) {
        mail.says(
            &[],
            if is_told {
                &[]
            } else {
                &["goes on", "continue automatically"]
            },
        );
    }
}

#[test]
fn who_canceled_their_trial_is_not_told_that_it_goes_on() {
    in_every_version(|life| {
        let (trial_end, set_at) = (life.now + 3 * DAY, life.now - 2 * DAY);
        check_announced(life, "a", json!({"cancel_at": trial_end, "canceled_at": set_at}), false);
        check_announced(life, "b", to_end(&json!({}), trial_end, set_at), false);
        for tenant in ["a", "b"] {
            assert_eq!(life.decision(tenant), json!([true, "canceling", iso(trial_end), "canceled"]));
        }
        // An end long after the trial does not concern it.
        let later = json!({"cancel_at": trial_end + 90 * DAY, "canceled_at": set_at});
        check_announced(life, "c", later, true);
    });
}

#[test]
fn who_takes_the_cancellation_of_their_trial_back_is_told_that_it_ends_soon_after_all() {
    in_every_version(|life| {
        let (trial_end, set_at) = (life.now + 3 * DAY, life.now - 2 * DAY);
        check_announced(life, "a", to_end(&json!({}), trial_end, set_at), false);
        let open = life.shape.subscription("sub_a", "cus_a", "trialing", life.now - 11 * DAY);
        let open = life.shape.in_trial(open, (life.now - 11 * DAY, trial_end));
        let was = json!({"cancel_at": trial_end, "canceled_at": set_at, "cancel_at_period_end": true});
        life.hear([updated(&open, life.now, was)]);
        assert_eq!(life.fates("a", "trial_ending"), ["sent"]);
        assert_eq!(life.fates("a", "cancellation_withdrawn"), ["sent"]);
    });
}
