//! Letters about scheduled ends, ends that came, and pauses.

use subscription::UnixSeconds;
use subscription::notices::{EndCause, Ending, Notice, PausedSubscription, SetEnd};

use super::{DAY, NOW, Sample, eur, sample, subscription};
use crate::EarlierMail;

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = set_ends();
    samples.extend(pauses());
    samples.extend(ends());
    samples.extend(churn());
    samples
}

/// Makes a scheduled end: requested by a customer who says why, or set for an unknown reason.
pub(super) fn set_end(is_requested: bool) -> SetEnd {
    SetEnd {
        subscription: subscription(),
        ends_at: NOW.plus_secs(14 * DAY),
        set_at: Some(NOW),
        is_requested,
        feedback: Some("too_expensive".to_owned()).filter(|_| is_requested),
        comment: Some("We row less in winter.".to_owned()).filter(|_| is_requested),
    }
}

fn set_ends() -> Vec<Sample> {
    vec![
        sample(
            "cancellation_scheduled_requested",
            Notice::CancellationScheduled(set_end(true)),
        ),
        sample("cancellation_scheduled", Notice::CancellationScheduled(set_end(false))),
        sample("cancellation_withdrawn", Notice::CancellationWithdrawn(set_end(false))),
    ]
}

fn pauses() -> Vec<Sample> {
    let paused = |is_collection, resumes_at: Option<UnixSeconds>| PausedSubscription {
        subscription: subscription(),
        is_collection,
        since: Some(NOW),
        resumes_at,
    };
    let later = Some(NOW.plus_secs(30 * DAY));
    vec![
        sample(
            "subscription_paused_collection",
            Notice::SubscriptionPaused(paused(true, later)),
        ),
        sample(
            "subscription_paused_collection_open",
            Notice::SubscriptionPaused(paused(true, None)),
        ),
        sample("subscription_paused", Notice::SubscriptionPaused(paused(false, None))),
        sample("subscription_paused_until", Notice::SubscriptionPaused(paused(false, later))),
        sample(
            "subscription_resumed_collection",
            Notice::SubscriptionResumed(paused(true, None)),
        ),
        sample("subscription_resumed", Notice::SubscriptionResumed(paused(false, None))),
    ]
}

fn ending(cause: EndCause) -> Ending {
    Ending {
        subscription: subscription(),
        ended_at: Some(NOW),
        reason: None,
        cause,
        feedback: None,
        comment: None,
        created: Some(NOW.plus_secs(-400 * DAY)),
        amount: None,
        last_paid: Some(eur(3900)),
        failed_attempts: 0,
    }
}

fn requested() -> Ending {
    Ending {
        feedback: Some("too_expensive".to_owned()),
        comment: Some("We row less in winter.".to_owned()),
        ..ending(EndCause::Requested)
    }
}

fn never_paid(cause: EndCause) -> Ending {
    Ending {
        amount: Some(eur(4900)),
        last_paid: None,
        ..ending(cause)
    }
}

fn ends() -> Vec<Sample> {
    let canceled = |name, ending| sample(name, Notice::SubscriptionCanceled(ending));
    vec![
        canceled("subscription_canceled_requested", requested()),
        canceled("subscription_canceled_payment_failed", ending(EndCause::PaymentFailed)),
        canceled("subscription_canceled_disputed", ending(EndCause::PaymentDisputed)),
        canceled(
            "subscription_canceled_trial_without_payment_method",
            never_paid(EndCause::TrialWithoutPaymentMethod),
        ),
        canceled("subscription_canceled_fixed_term", ending(EndCause::FixedTerm)),
        canceled("subscription_canceled_retention_policy", ending(EndCause::RetentionPolicy)),
        canceled("subscription_canceled", ending(EndCause::Unknown)),
    ]
}

fn churn() -> Vec<Sample> {
    let churn = |name, ending| sample(name, Notice::ChurnAlert(ending));
    let mail = |kind: &str, days: i64| EarlierMail {
        kind: kind.to_owned(),
        at: NOW.plus_secs(-days * DAY),
    };
    let unpaid = Ending {
        failed_attempts: 4,
        ..ending(EndCause::PaymentFailed)
    };
    let mut chased = churn("churn_alert_payment_failed", unpaid);
    chased.background.earlier_mails = vec![
        mail("access_suspended", 2),
        mail("payment_failed", 9),
        mail("payment_failed", 16),
    ];
    let bare = Ending {
        ended_at: None,
        created: None,
        last_paid: None,
        ..ending(EndCause::Unknown)
    };
    vec![
        churn("churn_alert_requested", requested()),
        chased,
        churn("churn_alert_disputed", ending(EndCause::PaymentDisputed)),
        churn(
            "churn_alert_trial_without_payment_method",
            never_paid(EndCause::TrialWithoutPaymentMethod),
        ),
        churn("churn_alert_fixed_term", ending(EndCause::FixedTerm)),
        churn("churn_alert_retention_policy", ending(EndCause::RetentionPolicy)),
        churn("churn_alert", bare),
    ]
}
