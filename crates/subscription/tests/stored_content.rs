//! The stored form of a notice's content. Rows of earlier versions must still be read.

use subscription::facts::Dispute;
use subscription::notices::{
    Audience, Digest, DriftAlert, DriftedThing, Notice, NoticeContent, StaffNotice, StuckNotice, UnknownPayer,
};
use subscription::{ChargeId, DisputeId, EventId, InvoiceId, Money, UnixSeconds};

/// Checks that content is stored as this JSON and read from it.
fn check(content: impl Into<NoticeContent>, stored: &str) {
    let content = content.into();
    assert_eq!(serde_json::to_string(&content).ok().as_deref(), Some(stored));
    assert_eq!(serde_json::from_str::<NoticeContent>(stored).ok(), Some(content));
}

#[test]
fn a_notice_about_a_subscription_is_stored_as_itself() {
    check(
        Notice::PaymentRecovered {
            invoice: InvoiceId::new("in_1"),
            amount: Money::new(4900, "eur"),
        },
        r#"{"kind":"payment_recovered","invoice":"in_1","amount":{"amount":4900,"currency":"eur"}}"#,
    );
}

#[test]
fn notices_to_staff_keep_the_field_names_that_they_were_first_stored_with() {
    check(
        NoticeContent::Staff(StaffNotice::AddressRejected {
            email: "bo@example.com".to_owned(),
            reply: "550 no".to_owned(),
        }),
        r#"{"kind":"address_rejected","email":"bo@example.com","reply":"550 no"}"#,
    );
    check(
        NoticeContent::Staff(StaffNotice::MailRefused {
            reply: "554 no".to_owned(),
            at: UnixSeconds::new(7),
        }),
        r#"{"kind":"mail_refused","reply":"554 no","at_secs":7}"#,
    );
    check(
        NoticeContent::Staff(StaffNotice::Digest(Digest {
            since: UnixSeconds::new(0),
            until: UnixSeconds::new(86_400),
            quarantined: 1,
            dead_count: 1,
            dead: vec![StuckNotice {
                id: 41,
                kind: "card_updated".to_owned(),
                tenant_id: "acme".to_owned(),
                reason: "no contact".to_owned(),
            }],
            unknown_count: 0,
            unknown: Vec::new(),
        })),
        concat!(
            r#"{"kind":"digest","since_secs":0,"until_secs":86400,"quarantined":1,"dead_count":1,"#,
            r#""dead":[{"id":41,"notice":"card_updated","tenant_id":"acme","reason":"no contact"}],"#,
            r#""unknown_count":0,"unknown":[]}"#,
        ),
    );
    check(
        NoticeContent::Staff(StaffNotice::DriftAlert(DriftAlert {
            count: 1,
            since: UnixSeconds::new(7),
            listed: vec![DriftedThing {
                of: "acme".to_owned(),
                object_id: "sub_1".to_owned(),
                what: "subscription_status".to_owned(),
                from: Some("active".to_owned()),
                to: None,
                event: None,
            }],
        })),
        concat!(
            r#"{"kind":"drift_alert","count":1,"since_secs":7,"listed":[{"of":"acme","object_id":"sub_1","#,
            r#""what":"subscription_status","from":"active","to":null,"event":null}]}"#,
        ),
    );
}

#[test]
fn a_dispute_whose_payer_is_unknown_is_read_as_it_was_stored() {
    let dispute = Dispute {
        is_closed: false,
        told_at: UnixSeconds::new(7),
        event: EventId::new("evt_1"),
        charge: ChargeId::new("ch_1"),
        amount: Some(Money::new(4900, "eur")),
        reason: None,
        status: Some("needs_response".to_owned()),
        is_warning: false,
    };
    let unknown = UnknownPayer {
        id: DisputeId::new("du_1"),
        dispute,
    };
    let content = NoticeContent::Staff(StaffNotice::UnknownPayer(unknown));
    assert_eq!((content.kind(), content.audience()), ("dispute_alert", Audience::Admin));
    check(
        content,
        concat!(
            r#"{"kind":"unknown_payer","id":"du_1","dispute":{"is_closed":false,"told_at":7,"event":"evt_1","charge":"ch_1","#,
            r#""amount":{"amount":4900,"currency":"eur"},"reason":null,"status":"needs_response","is_warning":false}}"#,
        ),
    );
}
