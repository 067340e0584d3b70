use super::{ACACIA, CLOVER, DAHLIA, OLD, event_json, invoice, invoice_json, parse, sample, unreadable};
use crate::{Invoice, InvoiceStatus};

const PAID: &str = "invoice.paid";

/// Reads an invoice with these further members and passes it to `look`.
fn read(more: &str, look: impl FnOnce(Invoice<'_>)) {
    let json = event_json(PAID, &invoice_json(more), "");
    look(invoice(parse(&json)));
}

#[test]
fn a_whole_invoice_is_read_from_the_oldest_and_the_newest_shape() {
    let expected = Invoice {
        finalization_error: None,
        id: Some("in_1DunlinMarch0000000000A3".into()),
        customer: "cus_DunlinMara0001".into(),
        subscription: Some("sub_1DunlinRowing00000000A1".into()),
        status: Some(InvoiceStatus::Paid),
        billing_reason: Some("subscription_cycle".into()),
        collection_method: Some("charge_automatically".into()),
        created: 1_771_146_000,
        attempt_count: 2,
        attempted: true,
        next_payment_attempt: None,
        due_date: None,
        period_start: Some(1_768_467_600),
        period_end: Some(1_771_146_000),
        amount_due: 8_700,
        amount_paid: 8_700,
        amount_remaining: 0,
        total: 8_700,
        currency: "usd".into(),
        hosted_invoice_url: Some("https://invoice.stripe.com/i/acct_1DunlinRowingClub1/test_DunlinMarchPayLink0001?s=ap".into()),
        number: Some("ROW2F01A-0003".into()),
        paid_at: Some(1_771_408_800),
    };
    for version in [OLD, "2023-10-16", "2024-06-20", ACACIA, CLOVER, DAHLIA] {
        assert_eq!(invoice(sample(version, PAID)), expected, "{version}");
    }
}

#[test]
fn each_step_of_its_life_has_its_status() {
    for (step, status) in [
        ("created", InvoiceStatus::Draft),
        ("finalized", InvoiceStatus::Open),
        ("payment_failed", InvoiceStatus::Open),
        ("payment_action_required", InvoiceStatus::Open),
        ("updated", InvoiceStatus::Open),
        ("paid", InvoiceStatus::Paid),
        ("payment_succeeded", InvoiceStatus::Paid),
        ("marked_uncollectible", InvoiceStatus::Uncollectible),
        ("voided", InvoiceStatus::Void),
    ] {
        for version in [ACACIA, CLOVER] {
            let read = invoice(sample(version, &format!("invoice.{step}")));
            assert_eq!(read.status.as_ref(), Some(&status), "{version} {step}");
        }
    }
    let failed = invoice(sample(DAHLIA, "invoice.payment_failed"));
    assert_eq!(failed.attempt_count, 1);
    assert_eq!(failed.next_payment_attempt, Some(1_771_408_800));
    assert_eq!(failed.amount_remaining, 8_700);
}

#[test]
fn an_upcoming_invoice_has_no_id() {
    for version in [OLD, ACACIA, CLOVER, DAHLIA] {
        let event = sample(version, "invoice.upcoming");
        assert_eq!(event.object_id(), None, "{version}");
        assert_eq!(event.customer(), Some("cus_DunlinMara0001"));
        let upcoming = invoice(event);
        assert_eq!(upcoming.amount_due, 8_700);
        assert_eq!(upcoming.subscription.as_deref(), Some("sub_1DunlinRowing00000000A1"));
    }
}

#[test]
fn the_subscription_is_found_wherever_the_version_names_it() {
    for (more, found) in [
        (
            r#","parent":{"type":"subscription_details","subscription_details":{"subscription":"sub_a"}}"#,
            Some("sub_a"),
        ),
        (
            r#","parent":{"subscription_details":{"subscription":{"id":"sub_a","object":"subscription"}}},
               "subscription":"sub_b""#,
            Some("sub_a"),
        ),
        (
            r#","parent":null,"lines":{"data":[{"parent":null},
               {"parent":{"subscription_item_details":{"subscription":"sub_l"}}}]}"#,
            Some("sub_l"),
        ),
        (
            r#","lines":{"data":[{"parent":{"invoice_item_details":{"subscription":"sub_l"}}}]}"#,
            Some("sub_l"),
        ),
        (
            r#","parent":{"quote_details":{},"subscription_details":null},
               "lines":{"data":[{"subscription":null},{"subscription":"sub_l"}]}"#,
            Some("sub_l"),
        ),
        (r#","subscription":"sub_old""#, Some("sub_old")),
        (r#","subscription":{"id":"sub_old"}"#, Some("sub_old")),
        (
            r#","subscription":"sub_old","lines":{"data":[{"subscription":"sub_l"}]}"#,
            Some("sub_old"),
        ),
        (r#","subscription":null,"lines":{"data":[]}"#, None),
        ("", None),
    ] {
        read(more, |read| {
            assert_eq!(read.subscription.as_deref(), found, "{more}");
        });
    }
}

#[test]
fn an_old_invoice_without_a_status_says_whether_it_is_paid() {
    for (more, status) in [
        (r#","paid":true,"status":null"#, Some(InvoiceStatus::Paid)),
        (r#","paid":true"#, Some(InvoiceStatus::Paid)),
        (r#","paid":false,"status":null"#, None),
        (r#","paid":true,"status":"void""#, Some(InvoiceStatus::Void)),
        (r#","status":"frozen""#, Some(InvoiceStatus::Other("frozen".into()))),
        ("", None),
    ] {
        read(more, |read| assert_eq!(read.status, status, "{more}"));
    }
}

#[test]
fn an_unknown_status_is_kept_verbatim() {
    for name in ["draft", "open", "paid", "uncollectible", "void", "Frozen"] {
        let status = InvoiceStatus::parse(name);
        assert_eq!(status.as_str(), name);
        assert_eq!(matches!(status, InvoiceStatus::Other(_)), name == "Frozen");
    }
}

#[test]
fn an_invoice_needs_only_its_customer_currency_and_time() {
    read("", |read| {
        assert_eq!((read.amount_due, read.total), (0, 0));
        assert_eq!((read.attempt_count, read.attempted), (0, false));
    });
    for (object, text) in [
        (
            r#"{"object":"invoice","currency":"eur","created":1}"#,
            "`invoice.customer` is missing",
        ),
        (
            r#"{"object":"invoice","customer":"c","created":1}"#,
            "`invoice.currency` is missing",
        ),
        (
            r#"{"object":"invoice","customer":"c","currency":"eur"}"#,
            "`invoice.created` is missing",
        ),
    ] {
        assert_eq!(unreadable(PAID, object, ""), text);
    }
}

#[test]
fn a_known_field_of_another_type_is_named_without_its_value() {
    for (more, path) in [
        (r#","amount_due":"8700""#, "amount_due"),
        (r#","amount_due":87.5"#, "amount_due"),
        (r#","total":9223372036854775808"#, "total"),
        (r#","attempt_count":-1"#, "attempt_count"),
        (r#","attempt_count":4294967296"#, "attempt_count"),
        (r#","lines":[]"#, "lines"),
        (r#","parent":"x""#, "parent"),
        (
            r#","parent":{"subscription_details":{"subscription":1}}"#,
            "parent.subscription_details.subscription",
        ),
        (r#","paid":"yes""#, "paid"),
        (r#","status_transitions":{"paid_at":"x"}"#, "status_transitions.paid_at"),
    ] {
        assert_eq!(
            unreadable(PAID, &invoice_json(more), ""),
            format!("`invoice.{path}` is not of the type or form that Stripe documents")
        );
    }
}

#[test]
fn the_account_stands_in_for_a_customer_that_is_null() {
    for version in [CLOVER, DAHLIA] {
        let event = sample(version, "invoice.paid.account");
        assert_eq!(event.customer(), Some("acct_1DunlinRowingClub1"));
    }
}
