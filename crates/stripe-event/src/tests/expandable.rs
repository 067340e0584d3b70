use super::{ACACIA, CLOVER, event_json, invoice_json, parse, sample};

#[test]
fn expanded_objects_read_like_their_ids() {
    for version in [ACACIA, CLOVER] {
        for stem in ["customer.subscription.updated", "invoice.paid"] {
            let plain = sample(version, stem).object;
            let expanded = sample(version, &format!("{stem}.expanded")).object;
            assert_eq!(expanded, plain, "{version}/{stem}");
        }
    }
}

#[test]
fn a_deleted_customer_still_has_its_id() {
    let object = r#"{"object":"invoice","currency":"eur","created":1,
        "customer":{"id":"cus_gone","object":"customer","deleted":true}}"#;
    let json = event_json("invoice.paid", object, "");
    assert_eq!(parse(&json).customer(), Some("cus_gone"));
}

#[test]
fn an_id_written_with_escapes_is_the_same_id() {
    let json = event_json("invoice.paid", &invoice_json(r#","subscription":"sub\u005fx""#), "");
    let read = super::invoice(parse(&json));
    assert_eq!(read.subscription.as_deref(), Some("sub_x"));
    let json = event_json("invoice.paid", &invoice_json(r#","subscription":{"\u0069d":"sub_x"}"#), "");
    let read = super::invoice(parse(&json));
    assert_eq!(read.subscription.as_deref(), Some("sub_x"));
}
