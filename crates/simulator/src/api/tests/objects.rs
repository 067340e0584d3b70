//! Objects as they are at every moment.

use super::*;

#[test]
fn every_object_is_shown_as_it_is_at_every_moment() {
    let mut shown = 0;
    for seed in 0..40 {
        let life = Lifecycle::from_seed(seed);
        let stripe = FakeStripe::new(false);
        stripe.tell(&life.events);
        for event in life.events.iter().step_by(7) {
            stripe.set_now(event.created);
            let truth = life.truth_at(event.created);
            shown += agrees(&stripe, &truth);
        }
    }
    assert!(shown > 500, "{shown}");
}

#[test]
fn what_has_not_happened_yet_is_not_there() {
    let life = Lifecycle::from_seed(3);
    let stripe = FakeStripe::new(false);
    stripe.tell(&life.events);
    stripe.set_now(life.events[0].created - 1);
    assert_eq!(
        code(&stripe, &format!("/v1/customers/{}", life.customer)),
        (404, "resource_missing".into())
    );
    assert!(ids(&found(&stripe, "/v1/events")).is_empty());
}

#[test]
fn within_a_second_the_clock_can_stop_between_two_changes() {
    let stopped = (0..200).find_map(|seed| {
        let life = Lifecycle::from_seed(seed);
        let updates: Vec<_> = life.events.iter().filter_map(subscription_of).collect();
        let (first, second) = updates
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
            .find(|(a, b)| a.0.created == b.0.created && a.1.id == b.1.id && a.1 != b.1)?;
        let stripe = FakeStripe::new(false);
        stripe.tell(&life.events);
        let is_now = |after: &Event<'_>, told: &Subscription<'_>| {
            stripe.set_now_after(&after.id);
            let json = found(&stripe, &format!("/v1/subscriptions/{}", told.id)).to_string();
            Subscription::parse(json.as_bytes()).unwrap().object == *told
        };
        Some(is_now(first.0, first.1) && is_now(second.0, second.1))
    });
    assert_eq!(stopped, Some(true));
}

fn subscription_of<'a>(event: &'a Event<'static>) -> Option<(&'a Event<'static>, &'a Subscription<'static>)> {
    match &event.object {
        Object::Subscription { now, .. } => Some((event, now)),
        _ => None,
    }
}

#[test]
fn a_payment_that_waits_for_its_cardholder_shows_it() {
    let mut statuses = BTreeSet::new();
    for seed in 0..60 {
        let life = Lifecycle::from_seed(seed);
        let stripe = FakeStripe::new(false);
        stripe.tell(&life.events);
        for event in &life.events {
            let Object::Invoice { now: invoice, .. } = &event.object else {
                continue;
            };
            let Some(id) = invoice.id.as_deref() else { continue };
            stripe.set_now_after(&event.id);
            let paths = "expand[]=payments.data.payment.payment_intent&expand[]=parent.subscription_details.subscription";
            let shown = found(&stripe, &format!("/v1/invoices/{id}?{paths}"));
            let intent = &shown["payments"]["data"][0]["payment"]["payment_intent"];
            if event.kind == EventKind::InvoicePaymentActionRequired {
                assert_eq!(intent["status"], "requires_action", "seed {seed}, {id}");
            }
            statuses.extend(intent["status"].as_str().map(str::to_owned));
            let listed = found(&stripe, "/v1/payment_intents?limit=100");
            let is_listed = listed["data"].as_array().unwrap().contains(intent);
            assert_eq!(is_listed, !intent.is_null(), "seed {seed}, {id}");
            if let Some(subscription) = invoice.subscription.as_deref() {
                let expanded = &shown["parent"]["subscription_details"]["subscription"];
                assert_eq!(expanded["id"], subscription, "seed {seed}, {id}");
            }
        }
    }
    let all = [
        "canceled",
        "requires_action",
        "requires_confirmation",
        "requires_payment_method",
        "succeeded",
    ];
    assert_eq!(statuses.iter().collect::<Vec<_>>(), all);
}

#[test]
fn only_what_can_be_expanded_is() {
    let (stripe, lives) = lived(1..2);
    let subscription = lives[0].truth().subscriptions.into_keys().next().unwrap();
    let url = format!("/v1/subscriptions/{subscription}");
    let shown = found(&stripe, &format!("{url}?expand[]=customer&expand[]=latest_invoice"));
    assert_eq!(
        (&shown["customer"]["object"], &shown["latest_invoice"]["object"]),
        (&"customer".into(), &"invoice".into())
    );
    assert_eq!(get(&stripe, &format!("{url}?expand[]=status")).0, 400);
    let listed = found(&stripe, "/v1/subscriptions?status=all&expand[]=data.customer");
    assert_eq!(listed["data"][0]["customer"]["id"], lives[0].customer.as_str());
}
