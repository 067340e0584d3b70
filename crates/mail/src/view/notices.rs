//! Letters about a tenant's subscription: their templates, wording and content.

use subscription::notices::{Audience, Ending, Notice, PausedSubscription, SetEnd};
use subscription::{DAY_SECS, UnixSeconds};

use super::{MAX_COMMENT_CHARS, View, Viewer};
use crate::EarlierMail;
use crate::LocaleError;
use crate::text::one_line;

/// The shared templates of letters to customers.
const NOTICE: &str = "notice";
/// The shared templates of letters to staff.
const ALERT: &str = "alert";

impl Viewer<'_> {
    pub(super) fn notice(&self, notice: &Notice) -> Result<View, LocaleError> {
        Ok(View {
            kind: notice.kind(),
            is_internal: notice.audience() != Audience::Customer,
            ..self.said(notice)?
        })
    }

    fn said(&self, notice: &Notice) -> Result<View, LocaleError> {
        Ok(match notice {
            Notice::PaymentFailed(failed) | Notice::PaymentActionRequired(failed) | Notice::PaymentFailedAlert(failed) => {
                self.failed(failed)?
            }
            Notice::PaymentRecovered { amount, .. } => View {
                amount: self.money(amount)?,
                ..View::default()
            },
            Notice::PaidAfterCancelAlert {
                invoice,
                subscription,
                amount,
            } => View {
                amount: self.money(amount)?,
                invoice: Some(invoice.to_string()),
                subscription: Some(subscription.to_string()),
                ..View::default()
            },
            Notice::InvoiceDueSoon(sent) => self.sent(sent)?.through(NOTICE),
            Notice::InvoiceOverdue(sent) => self.overdue(sent)?.through(NOTICE),
            Notice::InvoiceOverdueAlert(sent) => self.overdue(sent)?.through(ALERT),
            Notice::InvoiceVoidedAlert(invoice)
            | Notice::InvoiceUncollectibleAlert(invoice)
            | Notice::FinalizationFailedAlert(invoice)
            | Notice::PaymentAttemptRequiredAlert(invoice) => self.uncollected(invoice)?.through(ALERT),
            Notice::SubscriptionUnpaidAlert { subscription, amount } => View {
                template: ALERT,
                amount: self.money_if_known(amount.as_ref())?,
                subscription: Some(subscription.to_string()),
                ..View::default()
            },
            Notice::DisputeAlert(payment) | Notice::EarlyFraudWarningAlert(payment) => self.disputed(payment)?.through(ALERT),
            Notice::PayerWithNewCustomer { customer, bound_to } => View {
                template: ALERT,
                customer: Some(customer.to_string()),
                bound_to: Some(bound_to.to_string()),
                ..View::default()
            },
            Notice::CancellationScheduled(end) => self.scheduled(end)?.through(NOTICE),
            Notice::CancellationWithdrawn(end) => self.set_end(end)?.through(NOTICE),
            Notice::CancellationScheduledAlert(end) | Notice::CancellationWithdrawnAlert(end) => self.set_end(end)?.through(ALERT),
            Notice::SubscriptionPaused(paused) => self.paused(paused)?.through(NOTICE),
            Notice::SubscriptionResumed(paused) => Self::resumed(paused).through(NOTICE),
            Notice::AccessSuspended { amount, pay_url, .. } => View {
                amount: self.money_if_known(amount.as_ref())?,
                pay_url: self.pay_url(pay_url.as_deref()),
                ..View::default()
            },
            Notice::TrialStarted { trial_end, .. } | Notice::TrialExpired { trial_end, .. } => self.trial(*trial_end, "")?,
            Notice::TrialEnding {
                trial_end,
                has_payment_method,
                ..
            } => self.trial(Some(*trial_end), if *has_payment_method { "paying" } else { "not_known" })?,
            Notice::RenewalUpcoming { due_at, amount, how, .. } => self.renewal(*due_at, amount, *how)?,
            Notice::CardUpdated { brand, last4, .. } => self.card(brand, last4.as_deref())?,
            Notice::CardExpiring(card) => self.expiring(card)?,
            Notice::SubscriptionCanceled(ending) | Notice::ChurnAlert(ending) => self.ending(ending)?,
        })
    }

    fn trial(&self, ends_at: Option<UnixSeconds>, stage: &'static str) -> Result<View, LocaleError> {
        Ok(View {
            stage,
            date: ends_at.map(|at| self.day(at)).transpose()?,
            ..View::default()
        })
    }

    fn set_end(&self, end: &SetEnd) -> Result<View, LocaleError> {
        Ok(View {
            stage: if end.is_requested { "requested" } else { "set" },
            ends: Some(self.day(end.ends_at)?),
            feedback: self.feedback(end.feedback.as_deref())?,
            comment: comment(end.comment.as_deref()),
            subscription: Some(end.subscription.to_string()),
            ..View::default()
        })
    }

    /// Adds what happens to the data, and where customers go who would rather stay.
    fn scheduled(&self, end: &SetEnd) -> Result<View, LocaleError> {
        let data = match self.brand.data_retention_days {
            Some(_) => "cancellation-scheduled-data-days",
            None => "cancellation-scheduled-data",
        };
        let access_until = self.access_until()?;
        let access = access_until.as_ref().map(|_| "access-until");
        let stay = self.brand.billing_page().map(|_| "cancellation-scheduled-stay");
        Ok(View {
            then: access.into_iter().chain([data]).chain(stay).collect(),
            billing_words: Some("manage"),
            access_until,
            ..self.set_end(end)?
        })
    }

    fn paused(&self, paused: &PausedSubscription) -> Result<View, LocaleError> {
        Ok(View {
            then: paused.resumes_at.map(|_| "subscription-paused-resumes").into_iter().collect(),
            billing_words: (!paused.is_collection).then_some("manage"),
            resumes: paused.resumes_at.map(|at| self.day(at)).transpose()?,
            ..Self::resumed(paused)
        })
    }

    fn resumed(paused: &PausedSubscription) -> View {
        View {
            stage: if paused.is_collection { "collection" } else { "subscription" },
            subscription: Some(paused.subscription.to_string()),
            ..View::default()
        }
    }

    fn ending(&self, ending: &Ending) -> Result<View, LocaleError> {
        let stage = ending.cause.as_str();
        let tenure = ending.created.zip(ending.ended_at);
        Ok(View {
            stage,
            date: ending.ended_at.map(|at| self.day(at)).transpose()?,
            reason: Some(self.word("reason", stage)?),
            feedback: self.feedback(ending.feedback.as_deref())?,
            comment: comment(ending.comment.as_deref()),
            since: ending.created.map(|at| self.day(at)).transpose()?,
            tenure_days: tenure.map(|(from, to)| ((to.as_secs() - from.as_secs()) / DAY_SECS).max(0)),
            amount: self.money_if_known(ending.amount.as_ref())?,
            last_paid: self.money_if_known(ending.last_paid.as_ref())?,
            failed_attempts: (ending.failed_attempts > 0).then_some(i64::from(ending.failed_attempts)),
            subscription: Some(ending.subscription.to_string()),
            tried: self
                .background
                .earlier_mails
                .iter()
                .map(|mail| self.earlier_mail(mail))
                .collect::<Result<_, _>>()?,
            ..View::default()
        })
    }

    fn feedback(&self, feedback: Option<&str>) -> Result<Option<String>, LocaleError> {
        feedback.map(|feedback| self.word("feedback", feedback)).transpose()
    }

    fn earlier_mail(&self, mail: &EarlierMail) -> Result<String, LocaleError> {
        Ok(format!("{}: {}", self.moment(mail.at)?.alone, self.word("told", &mail.kind)?))
    }
}

fn comment(text: Option<&str>) -> Option<String> {
    text.map(|text| one_line(text, MAX_COMMENT_CHARS))
}
