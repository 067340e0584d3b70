//! Letters about invoices, payments and payment methods.

use subscription::notices::{DisputedPayment, ExpiringCard, FailedPayment, RenewalPayment, SentInvoice, UncollectedInvoice};
use subscription::{Money, UnixSeconds};

use super::{MAX_COMMENT_CHARS, MAX_NAME_CHARS, View, Viewer};
use crate::LocaleError;
use crate::text::one_line;

impl Viewer<'_> {
    pub(super) fn failed(&self, failed: &FailedPayment) -> Result<View, LocaleError> {
        // Stripe naming no next attempt does not prove that there is none. So "last" urges without claiming it. Once an
        // end is set, paying does not keep the subscription.
        let stage = match (failed.attempt, failed.next_attempt, failed.ends_at) {
            (0 | 1, _, _) => "first",
            (_, Some(_), _) => "middle",
            (_, None, Some(_)) => "open",
            (_, None, None) => "last",
        };
        Ok(View {
            stage,
            amount: self.money(&failed.amount)?,
            attempt: Some(i64::from(failed.attempt)),
            next_attempt: failed.next_attempt.map(|at| self.moment(at)).transpose()?,
            pay_url: self.pay_url(failed.pay_url.as_deref()),
            access_until: self.access_until()?,
            ends: failed.ends_at.map(|at| self.day(at)).transpose()?,
            invoice: Some(failed.invoice.to_string()),
            ..View::default()
        })
    }

    pub(super) fn sent(&self, sent: &SentInvoice) -> Result<View, LocaleError> {
        let number = sent.number.as_deref().map(|number| one_line(number, MAX_NAME_CHARS));
        Ok(View {
            stage: if number.is_some() { "numbered" } else { "unnumbered" },
            note: Some("invoice-just-paid"),
            billing_words: Some("to-billing"),
            amount: self.money(&sent.amount)?,
            due: Some(self.day(sent.due_at)?),
            pay_url: self.pay_url(sent.pay_url.as_deref()),
            invoice: Some(sent.invoice.to_string()),
            invoice_number: number,
            ..View::default()
        })
    }

    /// Adds the end of access to the view of a sent invoice.
    pub(super) fn overdue(&self, sent: &SentInvoice) -> Result<View, LocaleError> {
        let access_until = self.access_until()?;
        Ok(View {
            then: access_until.as_ref().map(|_| "access-until").into_iter().collect(),
            access_until,
            ..self.sent(sent)?
        })
    }

    pub(super) fn uncollected(&self, invoice: &UncollectedInvoice) -> Result<View, LocaleError> {
        Ok(View {
            stage: if invoice.subscription.is_some() {
                "subscription"
            } else {
                "one_off"
            },
            amount: self.money(&invoice.amount)?,
            reason: invoice.reason.as_deref().map(|reason| one_line(reason, MAX_COMMENT_CHARS)),
            invoice: Some(invoice.invoice.to_string()),
            subscription: invoice.subscription.as_ref().map(ToString::to_string),
            ..View::default()
        })
    }

    pub(super) fn disputed(&self, payment: &DisputedPayment) -> Result<View, LocaleError> {
        let outcome = payment
            .outcome
            .as_deref()
            .map(|outcome| self.word("outcome", outcome))
            .transpose()?;
        let stage = match (&outcome, &payment.amount) {
            (Some(_), _) => "closed",
            (None, Some(_)) => "opened",
            (None, None) => "opened_amount_unknown",
        };
        Ok(View {
            stage,
            outcome,
            amount: self.money_if_known(payment.amount.as_ref())?,
            reason: payment.reason.as_deref().map(|reason| one_line(reason, MAX_COMMENT_CHARS)),
            charge: Some(payment.charge.to_string()),
            dispute: Some(payment.dispute.as_str().to_owned()),
            ..View::default()
        })
    }

    pub(super) fn renewal(&self, due_at: UnixSeconds, amount: &Money, how: RenewalPayment) -> Result<View, LocaleError> {
        let stage = match how {
            RenewalPayment::Charged | RenewalPayment::Invoiced if amount.amount == 0 => "free",
            RenewalPayment::TrialConverts | RenewalPayment::TrialWithoutPaymentMethod if amount.amount == 0 => "trial_free",
            RenewalPayment::Charged => "charged",
            RenewalPayment::Invoiced => "invoiced",
            RenewalPayment::TrialConverts => "trial_converts",
            RenewalPayment::TrialWithoutPaymentMethod => "trial_without_payment_method",
        };
        Ok(View {
            stage,
            date: Some(self.day(due_at)?),
            amount: self.money(amount)?,
            ..View::default()
        })
    }

    /// Describes a card by its brand and last digits, or another payment method by its name.
    pub(super) fn card(&self, brand: &str, last4: Option<&str>) -> Result<View, LocaleError> {
        let mut view = View {
            stage: match brand {
                "sepa_debit" => "sepa",
                _ if last4.is_some() => "card",
                "card" | "unknown" => "unnamed",
                _ => "other",
            },
            brand: Some(one_line(&display_brand(brand), MAX_NAME_CHARS)),
            network: Some(one_line(brand, MAX_NAME_CHARS)),
            last4: last4.map(|last4| one_line(last4, 4)),
            ..View::default()
        };
        let message = if last4.is_some() { "card-ending" } else { "card-other" };
        view.card = Some(self.locale.message(message, &view.args())?);
        Ok(view)
    }

    pub(super) fn expiring(&self, card: &ExpiringCard) -> Result<View, LocaleError> {
        Ok(View {
            card_expiry: Some(self.locale.dates.month(card.exp_year, card.exp_month)),
            days: Some(i64::from(card.days)),
            ..self.card(&card.brand, card.last4.as_deref())?
        })
    }
}

/// Returns the readable name of a brand in Stripe's spelling.
fn display_brand(brand: &str) -> String {
    let known = match brand {
        "visa" => "Visa",
        "mastercard" => "Mastercard",
        "amex" => "American Express",
        "cartes_bancaires" => "Cartes Bancaires",
        "diners" => "Diners Club",
        "discover" => "Discover",
        "jcb" => "JCB",
        "unionpay" => "UnionPay",
        "amazon_pay" => "Amazon Pay",
        "bacs_debit" => "Bacs Direct Debit",
        "klarna" => "Klarna",
        "link" => "Link",
        "mobilepay" => "MobilePay",
        "paypal" => "PayPal",
        "revolut_pay" => "Revolut Pay",
        other => return other.replace('_', " "),
    };
    known.to_owned()
}
