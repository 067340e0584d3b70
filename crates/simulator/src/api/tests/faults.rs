//! Faults, scripted and at random.

use super::*;

#[test]
fn faults_are_met_in_their_order_and_only_where_they_are_scripted() {
    let (stripe, lives) = lived(1..2);
    let url = format!("/v1/customers/{}", lives[0].customer);
    let faults = stripe.faults();
    let limited = Fault::RateLimited {
        retry_after_secs: Some(7),
    };
    for fault in [
        limited,
        Fault::ServerError,
        Fault::Forbidden,
        Fault::Unauthorized,
        Fault::Locked,
    ] {
        faults.once(Endpoint::Customer, fault);
    }
    assert_eq!(get(&stripe, "/v1/customers").0, 200);
    let reply = stripe.answer(&asked("GET", &url), KEY);
    assert!(reply.headers.contains(&("Retry-After", "7".to_owned())), "{reply:?}");
    let rest: Vec<u16> = (0..5).map(|_| get(&stripe, &url).0).collect();
    assert_eq!((reply.status, rest), (429, vec![500, 403, 401, 429, 200]));
    faults.everywhere(&Fault::OtherAccount);
    assert_eq!(code(&stripe, &url), (404, "resource_missing".into()));
    assert!(ids(&found(&stripe, "/v1/customers")).is_empty());
    faults.clear();
    assert_eq!(get(&stripe, &url).0, 200);
}

#[test]
fn faults_at_random_follow_from_their_seed() {
    let (stripe, _) = lived(1..2);
    let odds = Odds {
        rate_limited: 0.2,
        server_error: 0.2,
        ..Odds::default()
    };
    let drawn = || {
        stripe.faults().at_random(5, odds);
        (0..200).map(|_| get(&stripe, "/v1/customers").0).collect::<Vec<_>>()
    };
    let statuses = drawn();
    assert_eq!(statuses, drawn());
    for status in [200, 429, 500] {
        assert!(statuses.iter().filter(|found| **found == status).count() > 20, "{statuses:?}");
    }
}

#[test]
fn a_stale_answer_is_what_was_true_and_says_that_it_is_now() {
    let (stripe, lives) = lived(1..2);
    let last = lives[0].events.last().unwrap().created;
    stripe.set_now(last);
    stripe.faults().once(
        Endpoint::Subscriptions,
        Fault::Stale {
            secs: last - lives[0].events[0].created + 1,
        },
    );
    let stale = stripe.answer(&asked("GET", "/v1/subscriptions?status=all"), KEY);
    assert_eq!(stale.date, last);
    assert!(ids(&serde_json::from_str(&stale.body).unwrap()).is_empty());
    assert!(!ids(&found(&stripe, "/v1/subscriptions?status=all")).is_empty());
}
