//! The claims of each mail, in words that the oracle can weigh.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use simulator::Claim;
use subscription::UnixSeconds;
use subscription::notices::{ExpiringCard, FailedPayment, Notice, RenewalPayment, SentInvoice};

/// Returns everything that this notice says, or rests on.
pub(crate) fn claims(notice: &Notice) -> Vec<Claim<'_>> {
    match notice {
        Notice::PaymentFailed(failed) | Notice::PaymentFailedAlert(failed) => {
            let mut claims = asks_to_pay(failed);
            claims.push(Claim::TriesAgain {
                invoice: failed.invoice.as_str(),
                at: secs(failed.next_attempt),
            });
            claims.push(Claim::WasChased {
                invoice: failed.invoice.as_str(),
            });
            claims
        }
        Notice::PaymentActionRequired(failed) => {
            let mut claims = asks_to_pay(failed);
            claims.push(Claim::WaitsForCardholder {
                invoice: failed.invoice.as_str(),
            });
            claims
        }
        Notice::PaymentRecovered { invoice, .. } => {
            let invoice = invoice.as_str();
            vec![Claim::IsPaid { invoice }, Claim::WasChased { invoice }]
        }
        Notice::PaidAfterCancelAlert { invoice, .. } => vec![Claim::IsPaidAfterEnd {
            invoice: invoice.as_str(),
        }],
        Notice::InvoiceDueSoon(sent) => vec![owes(sent)],
        Notice::InvoiceOverdue(sent) | Notice::InvoiceOverdueAlert(sent) => {
            let is_overdue = Claim::IsOverdue {
                invoice: sent.invoice.as_str(),
                due_at: sent.due_at.as_secs(),
            };
            vec![is_overdue, owes(sent)]
        }
        Notice::InvoiceVoidedAlert(voided) => vec![Claim::IsVoidedUnderService {
            invoice: voided.invoice.as_str(),
        }],
        Notice::SubscriptionUnpaidAlert { subscription, .. } => vec![Claim::IsUnpaid {
            subscription: subscription.as_str(),
        }],
        Notice::AccessSuspended {
            subscription,
            invoice,
            amount,
            ..
        } => {
            let refused = Claim::IsRefusedForPayment {
                subscription: subscription.as_str(),
            };
            let left = invoice.as_ref().zip(amount.as_ref()).map(|(invoice, amount)| Claim::IsLeft {
                invoice: invoice.as_str(),
                amount: amount.amount,
            });
            [refused].into_iter().chain(left).collect()
        }
        Notice::FinalizationFailedAlert(failed) => vec![Claim::CannotBeFinal {
            invoice: failed.invoice.as_str(),
        }],
        Notice::DisputeAlert(payment) => vec![Claim::IsDisputed {
            dispute: payment.dispute.as_str(),
            amount: payment.amount.as_ref().map_or(0, |amount| amount.amount),
            outcome: payment.outcome.as_deref(),
        }],
        // No life contains what these are about.
        Notice::PaymentAttemptRequiredAlert(_) | Notice::EarlyFraudWarningAlert(_) | Notice::PayerWithNewCustomer { .. } => {
            Vec::new()
        }
        _ => of_subscription(notice),
    }
}

fn of_subscription(notice: &Notice) -> Vec<Claim<'_>> {
    match notice {
        Notice::CancellationScheduled(end) | Notice::CancellationScheduledAlert(end) => vec![Claim::EndIsSet {
            subscription: end.subscription.as_str(),
            at: end.ends_at.as_secs(),
            is_requested: end.is_requested,
        }],
        Notice::CancellationWithdrawn(end) | Notice::CancellationWithdrawnAlert(end) => vec![Claim::NoEndIsSet {
            subscription: end.subscription.as_str(),
        }],
        Notice::SubscriptionPaused(paused) => vec![Claim::IsPaused {
            subscription: paused.subscription.as_str(),
            is_collection: paused.is_collection,
            resumes_at: secs(paused.resumes_at),
        }],
        Notice::SubscriptionResumed(paused) => vec![Claim::GoesOn {
            subscription: paused.subscription.as_str(),
        }],
        Notice::TrialStarted { subscription, trial_end } => vec![Claim::IsInTrialUntil {
            subscription: subscription.as_str(),
            at: secs(*trial_end),
        }],
        Notice::TrialEnding {
            subscription, trial_end, ..
        } => vec![Claim::GoesOnAfterTrial {
            subscription: subscription.as_str(),
            at: trial_end.as_secs(),
        }],
        Notice::TrialExpired { subscription, .. } => vec![Claim::TrialIsOver {
            subscription: subscription.as_str(),
        }],
        Notice::RenewalUpcoming {
            subscription,
            due_at,
            amount,
            how,
        } => vec![Claim::Renews {
            subscription: subscription.as_str(),
            at: due_at.as_secs(),
            amount: amount.amount,
            is_told_as_trial_end: matches!(how, RenewalPayment::TrialConverts | RenewalPayment::TrialWithoutPaymentMethod),
        }],
        Notice::CardUpdated {
            payment_method, last4, ..
        } => {
            let method = payment_method.as_str();
            let last4 = last4.as_deref();
            vec![Claim::IsPaidWith { method, last4 }, Claim::ReplacesAnother { method }]
        }
        Notice::CardExpiring(card) => {
            let method = card.payment_method.as_str();
            let last4 = card.last4.as_deref();
            let at = good_until(card);
            vec![Claim::IsPaidWith { method, last4 }, Claim::IsNeededAt { method, at }]
        }
        Notice::SubscriptionCanceled(ending) | Notice::ChurnAlert(ending) => {
            let ended = Claim::Ended {
                subscription: ending.subscription.as_str(),
                why: ending.cause.as_str(),
            };
            let was_paid_last = Claim::WasPaidLast {
                subscription: ending.subscription.as_str(),
                amount: ending.last_paid.as_ref().map(|paid| paid.amount),
            };
            vec![Claim::NothingLives, ended, was_paid_last]
        }
        _ => Vec::new(),
    }
}

fn asks_to_pay(failed: &FailedPayment) -> Vec<Claim<'_>> {
    let invoice = failed.invoice.as_str();
    let owes = Claim::Owes {
        invoice,
        amount: failed.amount.amount,
    };
    let ends_at = Claim::EndsAt {
        invoice,
        at: secs(failed.ends_at),
    };
    vec![owes, ends_at]
}

fn owes(sent: &SentInvoice) -> Claim<'_> {
    Claim::Owes {
        invoice: sent.invoice.as_str(),
        amount: sent.amount.amount,
    }
}

fn secs(at: Option<UnixSeconds>) -> Option<i64> {
    at.map(UnixSeconds::as_secs)
}

/// Returns the end of a card's validity. A card is good to the last second of its month.
fn good_until(card: &ExpiringCard) -> i64 {
    expires_at(card.exp_month, card.exp_year)
}

/// Returns the second from which a card of this month is no longer valid.
pub(crate) fn expires_at(month: u8, year: u16) -> i64 {
    let first = Date::new(i16::try_from(year).unwrap(), i8::try_from(month).unwrap(), 1).unwrap();
    let next = first.last_of_month().tomorrow().unwrap();
    TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)).unwrap().as_second()
}
