//! The choice of the subscription that serves a tenant, and the time until which it does.

use serde_json::{Value, json};

use super::life::{ADMIN, DAY, Life, Told, created, day, in_every_version, iso, told, updated};
use super::objects::{in_status, no_end, over, priced, to_end, with};

/// Returns the events, oldest first, of a base plan that is given up as unpaid beside an active add-on.
fn base_given_up_beside_add_on(life: &Life, base_made: i64, add_on_made: i64) -> Vec<Told> {
    let base = life.shape.subscription("sub_base", "cus_a", "active", base_made);
    let add_on = priced(
        life.shape.subscription("sub_add_on", "cus_a", "active", add_on_made),
        "price_add_on",
    );
    let past_due = in_status(&base, "past_due");
    let bill = over(life.shape.invoice("in_base", "cus_a", "sub_base", life.now - 9 * DAY), 15_000);
    vec![
        created(&base, base_made),
        created(&add_on, add_on_made),
        told("invoice.payment_failed", &bill, life.now - 9 * DAY),
        updated(&past_due, life.now - 9 * DAY, json!({"status": "active"})),
        updated(&in_status(&base, "unpaid"), life.now - 100, json!({"status": "past_due"})),
    ]
}

#[test]
fn an_add_on_keeps_access_and_shows_its_price_and_our_admin_hears_that_the_base_plan_was_given_up() {
    for (base_made, add_on_made) in [(60, 5), (40, 60)] {
        in_every_version(|life| {
            life.tenant("a");
            let events = base_given_up_beside_add_on(life, life.now - base_made * DAY, life.now - add_on_made * DAY);
            life.hear(events);
            assert_eq!(life.decision("a"), json!([true, "active", null, null]));
            let access = life.access("a");
            let item = json!([{"price": "price_add_on", "quantity": 1}]);
            assert_eq!(
                (&access["subscription"]["id"], &access["subscription"]["items"]),
                (&json!("sub_add_on"), &item)
            );
            let all: Vec<Value> = access["subscriptions"].as_array().unwrap().clone();
            let statuses: Vec<Value> = all.iter().map(|one| json!([one["id"], one["status"]])).collect();
            assert_eq!(statuses, [json!(["sub_add_on", "active"]), json!(["sub_base", "unpaid"])]);
            assert_eq!(access["dunning"]["amount_due"], json!({"amount": 15_000, "currency": "dkk"}));
            let sent = life.sent("a");
            assert_eq!(sent, ["payment_failed", "payment_failed_alert", "subscription_unpaid_alert"]);
            let told = life.mail_to(ADMIN, "Club a: a subscription was marked unpaid");
            told.says(
                &[
                    "sub_base",
                    "DKK 150.00",
                    "They still have access through another subscription",
                ],
                &[],
            );
        });
    }
}

#[test]
fn a_base_plan_given_up_beside_an_add_on_comes_to_the_same_in_the_other_order() {
    in_every_version(|life| {
        life.tenant("a");
        let mut events = base_given_up_beside_add_on(life, life.now - 60 * DAY, life.now - 5 * DAY);
        events.reverse();
        life.hear(events);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.access("a")["subscription"]["id"], "sub_add_on");
        assert_eq!(life.fates("a", "subscription_unpaid_alert"), ["sent"]);
    });
}

#[test]
fn a_base_plan_given_up_with_nothing_beside_it_blocks_and_is_no_alert() {
    in_every_version(|life| {
        life.tenant("a");
        let mut events = base_given_up_beside_add_on(life, life.now - 60 * DAY, life.now - 5 * DAY);
        events.remove(1);
        life.hear(events);
        assert_eq!(life.decision("a"), json!([false, "unpaid", null, null]));
        life.wait_until_sent("a", "access_suspended");
        assert_eq!(life.sent("a"), ["access_suspended", "payment_failed", "payment_failed_alert"]);
        let suspended = life.mail_to("a@example.com", "suspended");
        suspended.says(
            &["DKK 150.00 is outstanding", "https://invoice.stripe.com/i/acct_x/in_base"],
            &[],
        );
    });
}

/// Returns the events of an older subscription that goes on, and a younger one that is set to end at this time.
fn duplicate_set_to_end(life: &Life, tenant: &str, ends_at: i64) -> [Told; 3] {
    let (main, duplicate, customer) = (
        format!("sub_main_{tenant}"),
        format!("sub_dup_{tenant}"),
        format!("cus_{tenant}"),
    );
    let (began, made) = (life.now - 40 * DAY, ends_at - 30 * DAY);
    let main = life.shape.subscription(&main, &customer, "active", life.now - 10 * DAY);
    let main = with(main, json!({"created": began, "start_date": began}));
    let duplicate = life.shape.subscription(&duplicate, &customer, "active", made);
    [
        created(&main, began),
        created(&duplicate, made),
        updated(&to_end(&duplicate, ends_at, life.now - 600), life.now - 600, no_end()),
    ]
}

#[test]
fn of_two_subscriptions_the_one_that_goes_on_speaks_for_the_tenant() {
    in_every_version(|life| {
        let cases = [("a", DAY, false), ("b", -5, false), ("c", DAY, true), ("d", -5, true)];
        for (tenant, ends_in, is_reversed) in cases {
            life.tenant(tenant);
            let mut events = duplicate_set_to_end(life, tenant, life.now + ends_in);
            if is_reversed {
                events.reverse();
            }
            life.hear(events);
            assert_eq!(life.decision(tenant), json!([true, "active", null, null]), "{tenant}");
            let main = format!("sub_main_{tenant}");
            assert_eq!(life.access(tenant)["subscription"]["id"], main);
            let shown = life.app.get(&format!("/api/v1/tenants/{tenant}")).body;
            let shown = (&shown["subscription_status"], &shown["stripe_subscription_id"]);
            assert_eq!(shown, (&json!("active"), &json!(main)));
            if !is_reversed {
                assert_eq!(life.sent(tenant), [""; 0], "they do not leave");
            }
        }
    });
}

#[test]
fn of_two_subscriptions_that_are_set_to_end_the_later_end_counts_and_is_told() {
    in_every_version(|life| {
        life.tenant("a");
        let later = life.now + 20 * DAY;
        let mut events = duplicate_set_to_end(life, "a", life.now + DAY).to_vec();
        let main = life.shape.subscription("sub_main_a", "cus_a", "active", life.now - 10 * DAY);
        let began = life.now - 40 * DAY;
        let main = with(main, json!({"created": began, "start_date": began}));
        events.push(updated(&to_end(&main, later, life.now - 60), life.now - 60, no_end()));
        life.hear(events);
        assert_eq!(life.decision("a"), json!([true, "canceling", iso(later), "canceled"]));
        assert_eq!(life.access("a")["subscription"]["ends_at"], iso(later));
        assert_eq!(life.sent("a"), ["cancellation_scheduled", "cancellation_scheduled_alert"]);
        let told = life.mail_to("a@example.com", "Your Acme subscription ends on");
        told.says(&[&day(later)], &[]);
    });
}

#[test]
fn a_fixed_term_is_an_end_that_nobody_asked_for_and_nobody_paid_ahead() {
    in_every_version(|life| {
        let began = life.now - 5 * DAY;
        let ends_at = began + 365 * DAY;
        // Stripe notes the time at which it was set, which is its creation.
        for (tenant, canceled_at) in [("a", json!(null)), ("b", json!(began)), ("c", json!(began + 20))] {
            life.tenant(tenant);
            let (id, customer) = (format!("sub_{tenant}"), format!("cus_{tenant}"));
            let term = life.shape.subscription(&id, &customer, "active", began);
            let term = with(term, json!({"cancel_at": ends_at, "canceled_at": canceled_at}));
            life.hear([created(&term, began)]);
            assert_eq!(life.decision(tenant), json!([true, "canceling", iso(ends_at), "canceled"]));
            let message = life.access(tenant)["reason"]["message"].clone();
            assert_eq!(message, "The subscription is set to end, and is served until then.");
            assert_eq!(life.sent(tenant), [""; 0]);
        }
        // The same date, set a day later, is news.
        life.tenant("d");
        let open = life.shape.subscription("sub_d", "cus_d", "active", began);
        let set = json!({"cancel_at": ends_at, "canceled_at": began + DAY});
        let set = updated(&with(open.clone(), set), began + DAY, no_end());
        life.hear([created(&open, began), set]);
        assert_eq!(life.decision("d"), json!([true, "canceling", iso(ends_at), "canceled"]));
        assert_eq!(life.sent("d"), ["cancellation_scheduled", "cancellation_scheduled_alert"]);
    });
}

/// Returns the schedule of `sub_a`, which ends at this time in this way.
fn schedule(status: &str, end_behavior: &str, ends_at: i64) -> Value {
    let is_released = status == "released";
    let held = if is_released { json!(null) } else { json!("sub_a") };
    let released = if is_released { json!("sub_a") } else { json!(null) };
    json!({
        "id": "sub_sched_1", "object": "subscription_schedule", "created": ends_at - 60 * DAY, "customer": "cus_a",
        "end_behavior": end_behavior, "livemode": false, "metadata": {}, "released_subscription": released, "status": status,
        "subscription": held, "phases": [
            {"start_date": ends_at - 60 * DAY, "end_date": ends_at - 30 * DAY},
            {"start_date": ends_at - 30 * DAY, "end_date": ends_at},
        ],
    })
}

#[test]
fn a_schedule_that_ends_its_subscription_sets_an_end_until_it_lets_go() {
    in_every_version(|life| {
        life.tenant("a");
        let (began, ends_at) = (life.now - 40 * DAY, life.now + 20 * DAY);
        let subscription = life.shape.subscription("sub_a", "cus_a", "active", began);
        let planned = |kind, status, end, at| told(kind, &schedule(status, end, ends_at), at);
        life.hear([
            planned("subscription_schedule.updated", "active", "cancel", life.now - 50),
            created(&subscription, began),
        ]);
        assert_eq!(life.decision("a"), json!([true, "canceling", iso(ends_at), "canceled"]));
        assert_eq!(life.access("a")["subscription"]["ends_at"], iso(ends_at));
        assert_eq!(life.access("a")["subscription"]["cancel_at"], json!(null));
        // It is told late: it is older than the end.
        life.hear([planned("subscription_schedule.created", "active", "release", life.now - 60)]);
        assert_eq!(life.decision("a"), json!([true, "canceling", iso(ends_at), "canceled"]));
        life.hear([planned("subscription_schedule.released", "released", "cancel", life.now - 40)]);
        assert_eq!(life.decision("a"), json!([true, "active", null, null]));
        assert_eq!(life.became("a", "cancel_at"), [json!(iso(ends_at)), json!(null)]);
    });
}
