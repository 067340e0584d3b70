//! Sessions of the billing portal.

use super::*;

#[test]
fn a_portal_session_is_made_once_for_each_idempotency_key() {
    let (stripe, lives) = lived(1..2);
    let url = format!(
        "/v1/billing_portal/sessions?customer={}&return_url=https://saas.example",
        lives[0].customer
    );
    let open = |key: &str| {
        let request = Asked {
            idempotency_key: Some(key.to_owned()),
            ..asked("POST", &url)
        };
        let reply = stripe.answer(&request, KEY);
        assert_eq!(reply.status, 200, "{}", reply.body);
        serde_json::from_str::<Value>(&reply.body).unwrap()["url"].clone()
    };
    let first = open("one");
    assert_eq!(open("one"), first);
    assert_ne!(open("two"), first);
    let sessions = stripe.portal_sessions();
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        (&sessions[0].customer, first),
        (&lives[0].customer, sessions[0].url.as_str().into())
    );
    let nobody = stripe.answer(&asked("POST", "/v1/billing_portal/sessions?customer=cus_nobody"), KEY);
    assert_eq!(nobody.status, 400);
}
