//! What is refused, and to whom.

use super::*;

#[test]
fn refusals_are_those_of_stripe() {
    let (stripe, lives) = lived(1..2);
    for (url, refused) in [
        ("/v1/subscriptions/sub_nobody", (404, "resource_missing".into())),
        ("/v1/events?starting_after=evt_nobody", (400, "resource_missing".into())),
        ("/v1/events?delivery_succes=true", (400, "parameter_unknown".into())),
        ("/v1/events?limit=101", (400, Value::Null)),
        ("/v1/events?created[gte]=yesterday", (400, Value::Null)),
        ("/v1/nothing", (404, Value::Null)),
    ] {
        assert_eq!(code(&stripe, url), refused, "{url}");
    }
    let customer = asked("GET", &format!("/v1/customers/{}", lives[0].customer));
    let status_with = |key: &str| stripe.answer(&customer, key).status;
    assert_eq!((status_with(""), status_with("pk_test_1"), status_with(KEY)), (401, 401, 200));
    let of_live = stripe.answer(&customer, "sk_live_1");
    assert_eq!(of_live.status, 404);
    assert!(of_live.body.contains("exists in test mode"), "{}", of_live.body);
    assert!(!of_live.body.contains("sk_live_1"));
}

#[test]
fn what_happened_in_an_account_is_found_only_there() {
    let (stripe, lives) = lived(1..2);
    stripe.set_account(Some("acct_1Dunlin"));
    let status_for = |account: Option<&str>| {
        let customer = asked("GET", &format!("/v1/customers/{}", lives[0].customer));
        let account = account.map(str::to_owned);
        stripe.answer(&Asked { account, ..customer }, KEY).status
    };
    assert_eq!(status_for(Some("acct_1Dunlin")), 200);
    assert_eq!(status_for(Some("acct_other")), 403);
    assert_eq!(status_for(None), 404);
}
