use super::{CLOVER, OLD, sample};
use crate::{BareError, Customer, EventError, Invoice, Object, Problem, Subscription, fixtures};

/// Returns the object of a sample event on its own.
fn object_of(version: &str, kind: &str) -> Vec<u8> {
    let event: serde_json::Value = serde_json::from_str(fixtures::event(version, kind).unwrap()).unwrap();
    event["data"]["object"].to_string().into_bytes()
}

#[test]
fn an_object_by_itself_is_what_it_is_in_its_event() {
    for version in [OLD, CLOVER] {
        let bytes = object_of(version, "customer.subscription.updated");
        let bare = Subscription::parse(&bytes).unwrap();
        assert_eq!(bare.livemode, Some(false));
        let (now, _) = super::subscription(sample(version, "customer.subscription.updated"));
        assert_eq!(bare.object, now);

        let bytes = object_of(version, "invoice.paid");
        let invoice = Invoice::parse(&bytes).unwrap().object;
        assert!(matches!(sample(version, "invoice.paid").object, Object::Invoice { now, .. } if now == invoice));
    }
    let bytes = object_of(CLOVER, "customer.updated");
    assert_eq!(Customer::parse(&bytes).unwrap().object.id, "cus_DunlinMara0001");
}

#[test]
fn what_is_not_the_object_asked_for_is_an_error_that_says_nothing_of_it() {
    let invoice = object_of(CLOVER, "invoice.paid");
    let error = Subscription::parse(&invoice).unwrap_err();
    assert!(matches!(error, BareError::Object(error) if error.problem == Problem::OtherKind));
    assert_eq!(Invoice::parse(b"[]").unwrap_err(), BareError::Json(EventError::NotAnObject));
    assert!(matches!(
        Invoice::parse(b"{").unwrap_err(),
        BareError::Json(EventError::NotJson { .. })
    ));
    let error = Subscription::parse(br#"{"object":"subscription","id":"sub_1","secret":"hush"}"#).unwrap_err();
    assert_eq!(error.to_string(), "`subscription.status` is missing");
}

#[test]
fn metadata_is_what_is_text_in_it() {
    let json = br#"{"object":"customer","id":"cus_1","metadata":{"tenant_id":"acme","n":1,"none":null}}"#;
    let customer = Customer::parse(json).unwrap().object;
    assert_eq!(
        customer.metadata.into_iter().collect::<Vec<_>>(),
        [("tenant_id".into(), "acme".into())]
    );
    for odd in [r"[]", r#""x""#, "null", "{}"] {
        let json = format!(r#"{{"object":"customer","id":"cus_1","metadata":{odd}}}"#);
        assert!(Customer::parse(json.as_bytes()).unwrap().object.metadata.is_empty(), "{odd}");
    }
}
