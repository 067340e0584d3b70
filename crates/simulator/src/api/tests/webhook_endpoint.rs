//! Webhook endpoints.

use super::*;

#[test]
fn webhook_endpoints_are_those_that_were_set() {
    let stripe = FakeStripe::new(true);
    let off = WebhookEndpoint {
        status: "disabled".to_owned(),
        ..WebhookEndpoint::to("https://dunlin.example/api/v1/stripe/webhook")
    };
    stripe.set_webhook_endpoints(vec![off.clone()]);
    let reply = stripe.answer(&asked("GET", "/v1/webhook_endpoints?limit=100"), "rk_live_1");
    let page: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(
        (&page["data"][0]["status"], &page["data"][0]["livemode"]),
        (&"disabled".into(), &true.into())
    );
}
