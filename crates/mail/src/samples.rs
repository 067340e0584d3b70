//! A sample of every letter, with data as it could be: for the preview, the check and the tests.

use subscription::{Ending, ExpiringCard, FailedPayment, InvoiceId, Money, Notice, PaymentMethodId, SubscriptionId, UnixSeconds};

use crate::{
    Addressee, Background, Digest, DriftAlert, DriftedThing, Letter, Letters, LettersError, Matter, RejectedAddress, StuckNotice,
    Tried,
};

/// A letter that could be written.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its name, good for a file.
    pub name: &'static str,
    /// What it is about.
    pub matter: SampleMatter,
    /// What else is known.
    pub background: Background,
}

/// What a sample is about.
#[derive(Clone, Debug)]
pub enum SampleMatter {
    /// A tenant's subscription.
    Notice(Notice),
    /// A refused address.
    AddressRejected(RejectedAddress),
    /// What waits for a person.
    Digest(Digest),
    /// What no webhook had told.
    DriftAlert(DriftAlert),
}

impl Sample {
    /// The letter in this language.
    ///
    /// # Errors
    /// As [`Letters::write`].
    pub fn write(&self, letters: &Letters, locale: &str) -> Result<Letter, LettersError> {
        let to = Addressee {
            tenant_id: "demo",
            tenant_name: "Demo Rowing Club",
            locale,
            timezone: "Europe/Copenhagen",
        };
        let matter = match &self.matter {
            SampleMatter::Notice(notice) => Matter::Notice(notice),
            SampleMatter::AddressRejected(rejected) => Matter::AddressRejected(rejected),
            SampleMatter::Digest(digest) => Matter::Digest(digest),
            SampleMatter::DriftAlert(alert) => Matter::DriftAlert(alert),
        };
        letters.write(&matter, &to, &self.background)
    }
}

const DAY: i64 = 24 * 60 * 60;
/// 2026-11-24T13:00:00Z
const NOW: UnixSeconds = UnixSeconds::new(1_795_525_200);

/// A sample of every letter and of each of its wordings.
pub fn samples() -> Vec<Sample> {
    let mut samples = payments();
    samples.extend(trials());
    samples.extend(cards_and_renewal());
    samples.extend(endings());
    samples.extend(team());
    samples
}

fn sample(name: &'static str, notice: Notice) -> Sample {
    Sample {
        name,
        matter: SampleMatter::Notice(notice),
        background: Background {
            access_until: Some(NOW.plus_secs(14 * DAY)),
            ..Background::default()
        },
    }
}

fn failed(attempt: u32, next_attempt: Option<UnixSeconds>) -> FailedPayment {
    FailedPayment {
        invoice: InvoiceId::new("in_demo"),
        attempt,
        next_attempt,
        amount: eur(4900),
        pay_url: Some("https://invoice.stripe.com/i/acct_demo/test_demo?s=ap".to_owned()),
    }
}

fn eur(amount: i64) -> Money {
    Money::new(amount, "eur")
}

fn subscription() -> SubscriptionId {
    SubscriptionId::new("sub_demo")
}

fn payments() -> Vec<Sample> {
    let next = Some(NOW.plus_secs(3 * DAY));
    vec![
        sample("payment_failed_first", Notice::PaymentFailed(failed(1, next))),
        sample("payment_failed_middle", Notice::PaymentFailed(failed(2, next))),
        sample("payment_failed_last", Notice::PaymentFailed(failed(4, None))),
        sample("payment_action_required", Notice::PaymentActionRequired(failed(1, next))),
        sample(
            "payment_recovered",
            Notice::PaymentRecovered {
                invoice: InvoiceId::new("in_demo"),
                amount: eur(4900),
            },
        ),
        sample(
            "access_suspended",
            Notice::AccessSuspended {
                subscription: subscription(),
                invoice: Some(InvoiceId::new("in_demo")),
                amount: Some(eur(4900)),
                pay_url: Some("https://invoice.stripe.com/i/acct_demo/test_demo?s=ap".to_owned()),
            },
        ),
        sample(
            "access_suspended_amount_unknown",
            Notice::AccessSuspended {
                subscription: subscription(),
                invoice: None,
                amount: None,
                pay_url: None,
            },
        ),
    ]
}

fn trials() -> Vec<Sample> {
    let trial_end = NOW.plus_secs(3 * DAY);
    vec![
        sample(
            "trial_started",
            Notice::TrialStarted {
                subscription: subscription(),
                trial_end: Some(NOW.plus_secs(14 * DAY)),
            },
        ),
        sample(
            "trial_ending",
            Notice::TrialEnding {
                subscription: subscription(),
                trial_end,
            },
        ),
        sample(
            "trial_expired",
            Notice::TrialExpired {
                subscription: subscription(),
                trial_end: Some(NOW),
            },
        ),
    ]
}

fn cards_and_renewal() -> Vec<Sample> {
    let expiring = |days| {
        Notice::CardExpiring(ExpiringCard {
            payment_method: PaymentMethodId::new("pm_demo"),
            brand: "visa".to_owned(),
            last4: Some("4242".to_owned()),
            exp_month: 12,
            exp_year: 2026,
            days,
        })
    };
    let updated = |brand: &str, last4: Option<&str>| Notice::CardUpdated {
        payment_method: PaymentMethodId::new("pm_demo"),
        brand: brand.to_owned(),
        last4: last4.map(str::to_owned),
    };
    vec![
        sample(
            "renewal_upcoming",
            Notice::RenewalUpcoming {
                subscription: subscription(),
                due_at: NOW.plus_secs(7 * DAY),
                amount: eur(4900),
            },
        ),
        sample("card_updated", updated("mastercard", Some("4444"))),
        sample("card_updated_no_card", updated("sepa_debit", None)),
        sample("card_expiring_30", expiring(30)),
        sample("card_expiring_7", expiring(7)),
    ]
}

fn ending(reason: &str) -> Ending {
    Ending {
        subscription: subscription(),
        ended_at: Some(NOW),
        reason: Some(reason.to_owned()),
        feedback: None,
        comment: None,
        created: Some(NOW.plus_secs(-400 * DAY)),
        amount: Some(eur(4900)),
        failed_attempts: 0,
    }
}

fn endings() -> Vec<Sample> {
    let requested = Ending {
        feedback: Some("too_expensive".to_owned()),
        comment: Some("We row less in winter.".to_owned()),
        ..ending("cancellation_requested")
    };
    let unpaid = Ending {
        failed_attempts: 4,
        ..ending("payment_failed")
    };
    let tried = |kind: &str, days: i64| Tried {
        kind: kind.to_owned(),
        at: NOW.plus_secs(-days * DAY),
    };
    let mut chased = sample("churn_alert_payment_failed", Notice::ChurnAlert(unpaid.clone()));
    chased.background.tried = vec![
        tried("access_suspended", 2),
        tried("payment_failed", 9),
        tried("payment_failed", 16),
    ];
    vec![
        sample(
            "subscription_canceled_requested",
            Notice::SubscriptionCanceled(requested.clone()),
        ),
        sample("subscription_canceled_payment_failed", Notice::SubscriptionCanceled(unpaid)),
        sample(
            "subscription_canceled_disputed",
            Notice::SubscriptionCanceled(ending("payment_disputed")),
        ),
        sample("churn_alert_requested", Notice::ChurnAlert(requested)),
        chased,
    ]
}

fn drift_alert() -> DriftAlert {
    let word = |word: &str| Some(word.to_owned());
    DriftAlert {
        count: 3,
        since: NOW.plus_secs(-600),
        listed: vec![
            DriftedThing {
                of: "demo".to_owned(),
                object_id: "sub_demo".to_owned(),
                what: "subscription_status".to_owned(),
                from: word("active"),
                to: word("past_due"),
                event: word("evt_demo"),
            },
            DriftedThing {
                of: "cus_demo".to_owned(),
                object_id: "in_demo".to_owned(),
                what: "invoice.updated".to_owned(),
                from: None,
                to: None,
                event: word("evt_demo_2"),
            },
        ],
    }
}

fn team() -> Vec<Sample> {
    let stuck = |id, kind: &str, reason: &str| StuckNotice {
        id,
        kind: kind.to_owned(),
        tenant_id: "demo".to_owned(),
        reason: reason.to_owned(),
    };
    let of_team = |name, matter| Sample {
        name,
        matter,
        background: Background::default(),
    };
    vec![
        sample(
            "payment_failed_alert",
            Notice::PaymentFailedAlert(failed(2, Some(NOW.plus_secs(3 * DAY)))),
        ),
        sample(
            "paid_after_cancel_alert",
            Notice::PaidAfterCancelAlert {
                invoice: InvoiceId::new("in_demo"),
                subscription: subscription(),
                amount: eur(4900),
            },
        ),
        of_team(
            "address_rejected",
            SampleMatter::AddressRejected(RejectedAddress {
                email: "bo@example.com".to_owned(),
                reply: "550 5.1.1 no such user here".to_owned(),
            }),
        ),
        of_team(
            "digest",
            SampleMatter::Digest(Digest {
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
        of_team("drift_alert", SampleMatter::DriftAlert(drift_alert())),
    ]
}
