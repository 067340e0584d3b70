//! The wording of letters by situation, above all that no letter claims something that may be untrue.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what is wrong by failing")]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use mail::{Addressee, Background, Brand, Letter, Letters, Url, samples};
use subscription::notices::{Audience, FailedPayment, Notice, NoticeContent};
use subscription::{InvoiceId, Money, SubscriptionId, UnixSeconds};

fn letters() -> &'static Letters {
    static LETTERS: OnceLock<Letters> = OnceLock::new();
    LETTERS.get_or_init(with_brand)
}

fn with_brand() -> Letters {
    let brand = Brand {
        product_name: "Acme".to_owned(),
        billing_url: Some(Url::parse("https://app.acme.example/billing").unwrap()),
        public_url: Some(Url::parse("https://pay.acme.example").unwrap()),
        ..Brand::default()
    };
    Letters::try_new(brand, None).unwrap()
}

fn sampled(name: &str, locale: &str) -> Letter {
    let sample = samples().into_iter().find(|sample| sample.name == name);
    sample
        .unwrap_or_else(|| panic!("no sample {name}"))
        .write(letters(), locale)
        .unwrap()
}

/// Returns the text that people read of a letter: its subject and body.
fn read(letter: &Letter) -> String {
    format!("{}\n\n{}", letter.subject, letter.text)
}

fn written(notice: &Notice, background: &Background) -> Letter {
    let to = Addressee {
        tenant_id: "t1",
        tenant_name: "Rowing Club",
        locale: "en",
        timezone: "UTC",
    };
    letters().write(&notice.clone().into(), &to, background).unwrap()
}

#[test]
fn every_kind_has_a_sample_and_is_written_in_every_language() {
    let letters = letters();
    let mut kinds = BTreeSet::new();
    for sample in samples() {
        if let Some(NoticeContent::Notice(notice)) = &sample.content {
            kinds.insert(notice.kind());
        }
        for locale in letters.locales() {
            let letter = sample.write(letters, locale).unwrap();
            assert!(
                !letter.subject.is_empty() && !letter.text.is_empty(),
                "{} in {locale}",
                sample.name
            );
        }
    }
    let all = [
        "access_suspended",
        "cancellation_scheduled",
        "cancellation_scheduled_alert",
        "cancellation_withdrawn",
        "cancellation_withdrawn_alert",
        "card_expiring",
        "card_updated",
        "churn_alert",
        "dispute_alert",
        "early_fraud_warning_alert",
        "finalization_failed_alert",
        "invoice_due_soon",
        "invoice_overdue",
        "invoice_overdue_alert",
        "invoice_uncollectible_alert",
        "invoice_voided_alert",
        "paid_after_cancel_alert",
        "payer_with_new_customer",
        "payment_action_required",
        "payment_attempt_required_alert",
        "payment_failed",
        "payment_failed_alert",
        "payment_recovered",
        "renewal_upcoming",
        "subscription_canceled",
        "subscription_paused",
        "subscription_resumed",
        "subscription_unpaid_alert",
        "trial_ending",
        "trial_expired",
        "trial_started",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn no_letter_has_a_gap() {
    let letters = letters();
    for sample in samples() {
        for locale in letters.locales() {
            let letter = sample.write(letters, locale).unwrap();
            let text = read(&letter);
            for gap in ["none", "  ", " .", " ,", "{", "}", ": \n", "()", "¤"] {
                assert!(!text.contains(gap), "{} in {locale} has {gap:?}: {text}", sample.name);
            }
        }
    }
}

#[test]
fn a_claim_is_made_only_where_it_is_known_to_be_true() {
    let only_in = [
        (
            "as you requested",
            &["cancellation_scheduled_requested", "subscription_canceled_requested"][..],
        ),
        ("asked to end their subscription", &["cancellation_scheduled_alert"]),
        ("Canceled on request", &["churn_alert_requested"]),
        ("Please act now", &["payment_failed_last"]),
        ("to keep your subscription", &["payment_failed_last"]),
        (
            "as planned",
            &[
                "payment_failed_first_end_set",
                "payment_failed_middle_end_set",
                "payment_failed_open_end_set",
                "payment_action_required_end_set",
            ],
        ),
        (
            "renews",
            &["renewal_upcoming", "renewal_upcoming_invoiced", "renewal_upcoming_free"],
        ),
        ("We'll charge", &["renewal_upcoming"]),
        (
            "we'll charge",
            &[
                "renewal_upcoming_trial_converts",
                "card_updated",
                "card_updated_brand_unknown",
            ],
        ),
        ("We'll send you an invoice for €49.00", &["renewal_upcoming_invoiced"]),
        (
            "You don't need to do anything",
            &["renewal_upcoming", "renewal_upcoming_trial_converts"],
        ),
        (
            "continue automatically",
            &["trial_ending", "trial_ending_paying", "renewal_upcoming_trial_converts"],
        ),
        ("If we have your payment details", &["trial_ending"]),
        (
            "You'll keep your access",
            &["subscription_paused_collection", "subscription_paused_collection_open"],
        ),
        (
            "Last payment",
            &[
                "churn_alert_requested",
                "churn_alert_payment_failed",
                "churn_alert_disputed",
                "churn_alert_fixed_term",
                "churn_alert_retention_policy",
            ],
        ),
        ("Price per period", &["churn_alert_trial_without_payment_method"]),
    ];
    for (claim, names) in only_in {
        let saying: Vec<&str> = samples()
            .iter()
            .filter(|sample| read(&sampled(sample.name, "en")).contains(claim))
            .map(|sample| sample.name)
            .collect();
        assert_eq!(
            saying.iter().collect::<BTreeSet<_>>(),
            names.iter().collect::<BTreeSet<_>>(),
            "{claim}"
        );
    }
}

#[test]
fn some_things_are_said_nowhere() {
    for sample in samples() {
        for (locale, claims) in [
            (
                "en",
                &[
                    "As you asked",
                    "nothing for you to do",
                    "does not end",
                    "by itself",
                    "access is closed",
                    "From now on we use",
                    "€0.00",
                    "4 times",
                    "Somebody",
                    "Someone should",
                    "is not known",
                    "given up as",
                    "left to pay",
                    "e-mail",
                    "this mail",
                    "by mail",
                    "a mail",
                    " mails",
                ][..],
            ),
            (
                "da",
                &[
                    "0,00 €.",
                    " 0,00",
                    "Lejer",
                    "lejer",
                    "4 gange",
                    "Som I har bedt om",
                    "CET",
                    "Nogen skal",
                    "Nogen bør",
                ],
            ),
            (
                "de",
                &[
                    " 0,00",
                    "Mandant",
                    "4 Mal",
                    "diese Mail",
                    "von selbst",
                    "CET",
                    "Jemand soll",
                    "Jemand muss",
                ],
            ),
        ] {
            let text = read(&sampled(sample.name, locale));
            for claim in claims {
                assert!(!text.contains(claim), "{} says {claim:?}: {text}", sample.name);
            }
        }
    }
}

/// Returns the first sentence after the salutation.
fn first_sentence(letter: &Letter) -> String {
    let mut paragraphs = letter.text.split("\n\n");
    paragraphs.nth(1).unwrap_or_else(|| panic!("{}", letter.text)).to_owned()
}

#[test]
fn a_german_sentence_goes_on_after_the_salutation_and_others_begin() {
    for sample in samples() {
        let to_customer = matches!(&sample.content, Some(NoticeContent::Notice(notice)) if notice.audience() == Audience::Customer);
        if to_customer {
            let german = first_sentence(&sampled(sample.name, "de"));
            let is_polite = german.starts_with("Ihr ") || german.starts_with("Ihre ");
            assert!(
                is_polite || german.starts_with(char::is_lowercase),
                "{}: {german}",
                sample.name
            );
            for locale in ["da", "en"] {
                let begun = first_sentence(&sampled(sample.name, locale));
                assert!(begun.starts_with(char::is_uppercase), "{}: {begun}", sample.name);
            }
        }
    }
}

#[test]
fn a_german_date_within_a_sentence_is_between_commas() {
    let mut dates = 0;
    for sample in samples() {
        let text = read(&sampled(sample.name, "de"));
        for (_, rest) in text.match_indices(", dem ").map(|(at, _)| text.split_at(at)) {
            let year = rest.find(" 202").unwrap_or_else(|| panic!("{}: {rest}", sample.name));
            let after = rest.split_at(year + " 2026".len()).1.chars().next();
            assert!(matches!(after, Some(',' | '.' | '\n')), "{}: {rest}", sample.name);
            dates += 1;
        }
        assert!(!text.contains("dem dem") && !text.contains(",,"), "{}: {text}", sample.name);
    }
    assert!(dates > 30, "{dates}");
}

#[test]
fn the_same_is_told_in_every_language() {
    for (name, en, da, de) in [
        (
            "subscription_canceled_requested",
            "as you requested",
            "som I bad om",
            "wie gewünscht",
        ),
        (
            "payment_failed_open_end_set",
            "ends on Monday, December 14, 2026, as planned",
            "ophører som planlagt mandag den 14. december 2026",
            "endet wie geplant am Montag, dem 14. Dezember 2026.",
        ),
        (
            "renewal_upcoming_trial_converts",
            "Your trial ends on",
            "Jeres prøveperiode slutter",
            "Ihre Testphase endet am",
        ),
        (
            "renewal_upcoming_trial_without_payment_method",
            "we don't have your payment details yet",
            "vi har endnu ikke jeres betalingsoplysninger",
            "Uns liegen noch keine Zahlungsdaten vor",
        ),
        (
            "churn_alert_requested",
            "Customer for: 400 days",
            "Kunde i: 400 dage",
            "Kunde seit: 400 Tagen",
        ),
        (
            "invoice_overdue",
            "Invoice DEMO-0042",
            "Faktura DEMO-0042",
            "Rechnung DEMO-0042",
        ),
        ("dispute_alert_closed", "Outcome: lost", "Udfald: tabt", "Ergebnis: verloren"),
    ] {
        for (locale, words) in [("en", en), ("da", da), ("de", de)] {
            let text = read(&sampled(name, locale));
            assert!(text.contains(words), "{name} in {locale} without {words:?}: {text}");
        }
    }
}

#[test]
fn the_last_stage_is_not_used_while_a_next_attempt_or_an_end_is_known() {
    let at = Some(UnixSeconds::new(1_795_775_400));
    for attempt in 0..6 {
        for (next_attempt, ends_at) in [(at, None), (None, at), (at, at)] {
            let failed = FailedPayment {
                invoice: InvoiceId::new("in_1"),
                attempt,
                next_attempt,
                amount: Money::new(4900, "eur"),
                pay_url: None,
                ends_at,
            };
            let letter = written(&Notice::PaymentFailed(failed), &Background::default());
            assert!(!letter.subject.contains("Please act now"), "{}", letter.subject);
            assert_eq!(letter.text.contains("We'll try again"), next_attempt.is_some());
            assert_eq!(letter.text.contains("as planned"), ends_at.is_some());
        }
    }
}

#[test]
fn a_suspended_tenant_is_told_what_to_pay_and_where_as_far_as_it_is_known() {
    let suspended = |amount, pay_url: Option<&str>| Notice::AccessSuspended {
        subscription: SubscriptionId::new("sub_1"),
        invoice: Some(InvoiceId::new("in_1")),
        amount,
        pay_url: pay_url.map(str::to_owned),
    };
    let amount = || Some(Money::new(4900, "eur"));
    let hosted = Some("https://invoice.stripe.com/i/acct_1/test_1");
    let own = Background {
        pay_link: Some(Url::parse("https://pay.acme.example/l/AQ").unwrap()),
        ..Background::default()
    };
    let none = Background::default();
    for (notice, background, said) in [
        (
            suspended(amount(), hosted),
            &none,
            ["€49.00", "https://invoice.stripe.com/i/acct_1/test_1"],
        ),
        (suspended(amount(), hosted), &own, ["€49.00", "https://pay.acme.example/l/AQ"]),
        (
            suspended(None, hosted),
            &none,
            ["Pay now", "https://invoice.stripe.com/i/acct_1/test_1"],
        ),
        (suspended(None, None), &own, ["Pay now", "https://pay.acme.example/l/AQ"]),
        (
            suspended(amount(), None),
            &none,
            ["€49.00", "https://app.acme.example/billing"],
        ),
    ] {
        let letter = written(&notice, background);
        for words in said {
            assert!(letter.text.contains(words), "without {words}: {}", letter.text);
        }
    }
}

#[test]
fn an_alert_without_a_tenant_reads_well() {
    for (name, subject) in [
        ("dispute_alert_tenant_unknown", "Dunlin: payment disputed"),
        (
            "early_fraud_warning_alert_tenant_unknown",
            "Dunlin: payment reported as possibly fraudulent",
        ),
        ("dispute_alert", "Demo Rowing Club: payment of €49.00 disputed"),
        ("dispute_alert_closed", "Demo Rowing Club: dispute closed (lost)"),
        (
            "dispute_alert_closed_otherwise",
            "Demo Rowing Club: dispute closed (settled early)",
        ),
    ] {
        let letter = sampled(name, "en");
        assert_eq!(letter.subject, subject);
        assert_eq!(
            letter.text.contains("Tenant: "),
            !name.ends_with("tenant_unknown"),
            "{}",
            letter.text
        );
    }
}
