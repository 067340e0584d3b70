//! Letters to the operator's staff.

use subscription::notices::{
    Digest, DisputedPayment, DriftAlert, DriftedThing, FailedPayment, Notice, NoticeContent, SentInvoice, StaffNotice, StuckNotice,
    UncollectedInvoice,
};
use subscription::{ChargeId, CustomerId, DisputeId, SubscriptionId};

use super::{DAY, NOW, Sample, endings, eur, failed, invoice, payments, sample, subscription};
use crate::Background;

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = invoices();
    samples.extend(disputes());
    samples.extend(tenants());
    samples.extend(dunlin());
    samples
}

fn uncollected(reason: Option<String>) -> UncollectedInvoice {
    UncollectedInvoice {
        invoice: invoice(),
        subscription: Some(subscription()),
        amount: eur(4900),
        reason,
    }
}

fn invoices() -> Vec<Sample> {
    let next = Some(NOW.plus_secs(3 * DAY));
    let one_off = UncollectedInvoice {
        subscription: None,
        ..uncollected(None)
    };
    vec![
        sample("payment_failed_alert", Notice::PaymentFailedAlert(failed(2, next))),
        sample(
            "payment_failed_alert_end_set",
            Notice::PaymentFailedAlert(FailedPayment {
                ends_at: Some(NOW.plus_secs(20 * DAY)),
                ..failed(2, None)
            }),
        ),
        sample(
            "paid_after_cancel_alert",
            Notice::PaidAfterCancelAlert {
                invoice: invoice(),
                subscription: subscription(),
                amount: eur(4900),
            },
        ),
        sample(
            "invoice_overdue_alert",
            Notice::InvoiceOverdueAlert(payments::sent(NOW.plus_secs(-DAY))),
        ),
        sample(
            "invoice_overdue_alert_number_unknown",
            Notice::InvoiceOverdueAlert(SentInvoice {
                number: None,
                ..payments::sent(NOW.plus_secs(-DAY))
            }),
        ),
        sample("invoice_voided_alert_one_off", Notice::InvoiceVoidedAlert(one_off.clone())),
        sample("invoice_voided_alert", Notice::InvoiceVoidedAlert(uncollected(None))),
        sample(
            "invoice_uncollectible_alert",
            Notice::InvoiceUncollectibleAlert(uncollected(None)),
        ),
        sample(
            "finalization_failed_alert",
            Notice::FinalizationFailedAlert(uncollected(Some("customer_tax_location_invalid".to_owned()))),
        ),
        sample("payment_attempt_required_alert", Notice::PaymentAttemptRequiredAlert(one_off)),
        sample(
            "subscription_unpaid_alert",
            Notice::SubscriptionUnpaidAlert {
                subscription: SubscriptionId::new("sub_demo_2"),
                amount: Some(eur(9800)),
            },
        ),
        sample(
            "subscription_unpaid_alert_amount_unknown",
            Notice::SubscriptionUnpaidAlert {
                subscription: SubscriptionId::new("sub_demo_2"),
                amount: None,
            },
        ),
    ]
}

fn disputes() -> Vec<Sample> {
    let opened = DisputedPayment {
        dispute: DisputeId::new("du_demo"),
        charge: ChargeId::new("ch_demo"),
        amount: Some(eur(4900)),
        reason: Some("product_not_received".to_owned()),
        outcome: None,
    };
    let closed = |outcome| DisputedPayment {
        outcome: Some(String::from(outcome)),
        ..opened.clone()
    };
    let bare = DisputedPayment {
        amount: None,
        reason: None,
        ..opened.clone()
    };
    let warning = DisputedPayment {
        dispute: DisputeId::new("issfr_demo"),
        amount: None,
        reason: Some("made_with_stolen_card".to_owned()),
        ..opened.clone()
    };
    let nobody = |name, notice| Sample {
        has_tenant: false,
        background: Background::default(),
        ..sample(name, notice)
    };
    vec![
        sample("dispute_alert_closed", Notice::DisputeAlert(closed("lost"))),
        sample(
            "dispute_alert_closed_otherwise",
            Notice::DisputeAlert(closed("settled_early")),
        ),
        sample("dispute_alert_amount_unknown", Notice::DisputeAlert(bare.clone())),
        nobody("dispute_alert_tenant_unknown", Notice::DisputeAlert(bare)),
        sample("dispute_alert", Notice::DisputeAlert(opened)),
        sample("early_fraud_warning_alert", Notice::EarlyFraudWarningAlert(warning.clone())),
        nobody(
            "early_fraud_warning_alert_tenant_unknown",
            Notice::EarlyFraudWarningAlert(warning),
        ),
    ]
}

fn tenants() -> Vec<Sample> {
    vec![
        sample(
            "payer_with_new_customer",
            Notice::PayerWithNewCustomer {
                customer: CustomerId::new("cus_demo_2"),
                bound_to: CustomerId::new("cus_demo"),
            },
        ),
        sample(
            "cancellation_scheduled_alert",
            Notice::CancellationScheduledAlert(endings::set_end(true)),
        ),
        sample(
            "cancellation_scheduled_alert_unexplained",
            Notice::CancellationScheduledAlert(endings::set_end(false)),
        ),
        sample(
            "cancellation_withdrawn_alert",
            Notice::CancellationWithdrawnAlert(endings::set_end(false)),
        ),
    ]
}

fn drift_alert() -> DriftAlert {
    DriftAlert {
        count: 3,
        since: NOW.plus_secs(-600),
        listed: vec![
            DriftedThing {
                of: "demo".to_owned(),
                object_id: "sub_demo".to_owned(),
                what: "subscription_status".to_owned(),
                from: Some("active".to_owned()),
                to: Some("past_due".to_owned()),
                event: Some("evt_demo".to_owned()),
            },
            DriftedThing {
                of: "cus_demo".to_owned(),
                object_id: "in_demo".to_owned(),
                what: "invoice.updated".to_owned(),
                from: None,
                to: None,
                event: Some("evt_demo_2".to_owned()),
            },
        ],
    }
}

fn dunlin() -> Vec<Sample> {
    let stuck = |id, kind: &str, reason: &str| StuckNotice {
        id,
        kind: kind.to_owned(),
        tenant_id: "demo".to_owned(),
        reason: reason.to_owned(),
    };
    let of_staff = |name, notice| Sample {
        name,
        content: Some(NoticeContent::Staff(notice)),
        background: Background::default(),
        has_tenant: true,
    };
    vec![
        of_staff(
            "address_rejected",
            StaffNotice::AddressRejected {
                email: "bo@example.com".to_owned(),
                reply: "550 5.1.1 no such user here".to_owned(),
            },
        ),
        Sample {
            has_tenant: false,
            ..of_staff(
                "address_rejected_ours",
                StaffNotice::AddressRejected {
                    email: "billing-alerts@acme.example".to_owned(),
                    reply: "550 5.1.1 no such user here".to_owned(),
                },
            )
        },
        Sample {
            has_tenant: false,
            ..of_staff(
                "mail_refused",
                StaffNotice::MailRefused {
                    reply: "554 5.7.1 Client host rejected: Access denied".to_owned(),
                    at: NOW,
                },
            )
        },
        Sample {
            name: "test",
            content: None,
            background: Background::default(),
            has_tenant: false,
        },
        of_staff(
            "digest",
            StaffNotice::Digest(Digest {
                since: NOW.plus_secs(-37 * 60 * 60),
                until: NOW.plus_secs(-13 * 60 * 60),
                quarantined: 1,
                dead_count: 2,
                dead: vec![
                    stuck(41, "payment_failed", "there is no contact that can be written to"),
                    stuck(57, "card_updated", "given up after 12 attempts: 451 try again later"),
                ],
                unknown_count: 1,
                unknown: vec![stuck(60, "renewal_upcoming", "confirmation: no answer for 30 s")],
            }),
        ),
        of_staff("drift_alert", StaffNotice::DriftAlert(drift_alert())),
    ]
}
