//! The needs for a person.

use stripe_event::{InvoiceStatus, SubscriptionStatus};

use super::Oracle;
use super::life::Life;

/// A situation that somebody on the merchant's side has to look at now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// An invoice of a living subscription failed, and is still to be paid.
    Failed {
        /// The invoice.
        invoice: String,
    },
    /// A sent invoice is overdue.
    Overdue {
        /// The invoice.
        invoice: String,
    },
    /// A failed invoice was voided, and its subscription is still served.
    VoidedUnderService {
        /// The invoice.
        invoice: String,
    },
    /// An invoice was paid after its subscription had ended.
    PaidAfterEnd {
        /// The invoice.
        invoice: String,
    },
    /// The last subscription has ended: the customer is gone.
    Gone {
        /// The subscription that ended last.
        subscription: String,
    },
    /// A subscription is given up as unpaid beside another that serves the tenant.
    UnpaidBesideOthers {
        /// The subscription.
        subscription: String,
    },
    /// An end was set.
    EndSet {
        /// The subscription.
        subscription: String,
    },
    /// An invoice cannot be finalized.
    NotFinal {
        /// The invoice.
        invoice: String,
    },
    /// A payment is disputed, or was.
    Disputed {
        /// The dispute.
        dispute: String,
    },
}

impl Need {
    /// Returns the id of the object that it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::Failed { invoice }
            | Self::Overdue { invoice }
            | Self::VoidedUnderService { invoice }
            | Self::PaidAfterEnd { invoice }
            | Self::NotFinal { invoice } => invoice,
            Self::Disputed { dispute } => dispute,
            Self::Gone { subscription } | Self::UnpaidBesideOthers { subscription } | Self::EndSet { subscription } => subscription,
        }
    }

    /// Returns the need's name.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "failed",
            Self::Overdue { .. } => "overdue",
            Self::VoidedUnderService { .. } => "voided_under_service",
            Self::PaidAfterEnd { .. } => "paid_after_end",
            Self::Gone { .. } => "gone",
            Self::UnpaidBesideOthers { .. } => "unpaid_beside_others",
            Self::EndSet { .. } => "end_set",
            Self::NotFinal { .. } => "not_final",
            Self::Disputed { .. } => "disputed",
        }
    }
}

impl Oracle {
    /// Returns all needs at this time.
    #[must_use]
    pub fn needs_at(&self, moment: i64) -> Vec<Need> {
        let mut needs = self.needs_of_bills(moment);
        let disputes = self.disputes.keys().cloned();
        needs.extend(disputes.map(|dispute| Need::Disputed { dispute }));
        let others = |id: &str| {
            let id = id.to_owned();
            self.living().filter(move |other| other.now.id != id)
        };
        for life in self.lives.values() {
            let subscription = life.now.id.to_string();
            if life.now.status == SubscriptionStatus::Unpaid && others(&subscription).any(Life::is_serving) {
                needs.push(Need::UnpaidBesideOthers { subscription });
            } else if self.is_end_news(life) && !others(&subscription).any(|other| other.is_kept() && other.outlasts(life)) {
                needs.push(Need::EndSet { subscription });
            }
        }
        let ended = self.lives.values();
        let canceled = ended.filter(|life| life.now.status == SubscriptionStatus::Canceled);
        let last = canceled.max_by_key(|life| (life.now.ended_at, life.now.id.clone()));
        if let Some(last) = last.filter(|_| !self.living().any(Life::is_kept)) {
            needs.push(Need::Gone {
                subscription: last.now.id.to_string(),
            });
        }
        needs
    }

    fn needs_of_bills(&self, moment: i64) -> Vec<Need> {
        let mut needs = Vec::new();
        for (invoice, bill) in &self.bills {
            let Some(life) = self.life_of(bill) else { continue };
            let invoice = invoice.clone();
            let is_due = bill.now.due_date.is_some_and(|due| due <= moment);
            let is_owed = life.is_living() && bill.now.status == Some(InvoiceStatus::Open) && bill.now.amount_remaining > 0;
            if self.is_paid_after_end(bill) {
                needs.push(Need::PaidAfterEnd { invoice });
            } else if self.is_voided_under_service(bill) && bill.now.billing_reason.as_deref() != Some("subscription_update") {
                needs.push(Need::VoidedUnderService { invoice });
            } else if is_owed && bill.was_chased {
                needs.push(Need::Failed { invoice });
            } else if life.is_living() && bill.now.finalization_error.is_some() {
                needs.push(Need::NotFinal { invoice });
            } else if is_owed && bill.is_sent() && is_due {
                needs.push(Need::Overdue { invoice });
            }
        }
        needs
    }

    fn is_end_news(&self, life: &super::Life) -> bool {
        let is_served = matches!(
            life.now.status,
            SubscriptionStatus::Active | SubscriptionStatus::Trialing | SubscriptionStatus::PastDue
        );
        let end = life.own_end();
        is_served && end.is_some() && end != life.began_with_end && end > Some(self.last_at)
    }
}
