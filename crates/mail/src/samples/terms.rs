//! Letters to customers about trials, renewals and payment methods.

use subscription::notices::{ExpiringCard, Notice, RenewalPayment};
use subscription::{Money, PaymentMethodId};

use super::{DAY, NOW, Sample, eur, sample, subscription};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = trials();
    samples.extend(renewals());
    samples.extend(cards());
    samples
}

fn trials() -> Vec<Sample> {
    let started = |trial_end| Notice::TrialStarted {
        subscription: subscription(),
        trial_end,
    };
    let ending = |has_payment_method| Notice::TrialEnding {
        subscription: subscription(),
        trial_end: NOW.plus_secs(3 * DAY),
        has_payment_method,
    };
    vec![
        sample("trial_started", started(Some(NOW.plus_secs(14 * DAY)))),
        sample("trial_started_end_unknown", started(None)),
        sample("trial_ending", ending(false)),
        sample("trial_ending_paying", ending(true)),
        sample(
            "trial_expired",
            Notice::TrialExpired {
                subscription: subscription(),
                trial_end: Some(NOW),
            },
        ),
    ]
}

fn renewals() -> Vec<Sample> {
    let renewal = |amount: Money, how| Notice::RenewalUpcoming {
        subscription: subscription(),
        due_at: NOW.plus_secs(7 * DAY),
        amount,
        how,
    };
    vec![
        sample("renewal_upcoming", renewal(eur(4900), RenewalPayment::Charged)),
        sample("renewal_upcoming_invoiced", renewal(eur(4900), RenewalPayment::Invoiced)),
        sample("renewal_upcoming_free", renewal(eur(0), RenewalPayment::Charged)),
        sample(
            "renewal_upcoming_trial_converts",
            renewal(eur(4900), RenewalPayment::TrialConverts),
        ),
        sample(
            "renewal_upcoming_trial_without_payment_method",
            renewal(eur(4900), RenewalPayment::TrialWithoutPaymentMethod),
        ),
        sample("renewal_upcoming_trial_free", renewal(eur(0), RenewalPayment::TrialConverts)),
    ]
}

fn cards() -> Vec<Sample> {
    let expiring = |brand, last4: Option<&str>, days| {
        Notice::CardExpiring(ExpiringCard {
            payment_method: PaymentMethodId::new("pm_demo"),
            brand: String::from(brand),
            last4: last4.map(str::to_owned),
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
        sample("card_updated", updated("mastercard", Some("4444"))),
        sample("card_updated_brand_unknown", updated("unknown", Some("4444"))),
        sample("card_updated_no_card", updated("sepa_debit", None)),
        sample("card_updated_no_card_either", updated("paypal", None)),
        sample("card_updated_unnamed", updated("unknown", None)),
        sample("card_expiring_30", expiring("visa", Some("4242"), 30)),
        sample("card_expiring_7", expiring("visa", Some("4242"), 7)),
        sample("card_expiring_bare", expiring("unknown", None, 1)),
    ]
}
