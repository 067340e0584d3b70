//! Earlier notices to a tenant, which rule some notices out.

use subscription::notices::Notice;

use crate::{ClaimTerms, Delay, Scope, UnixMicros, dedupe_key};

/// What a tenant must have been told before, so that a notice is news to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Premise {
    /// The failure of the payment that has now succeeded.
    Failure,
    /// The notice with this key, which the new one takes back.
    TakenBack {
        /// The unique key of that notice.
        dedupe_key: String,
    },
}

impl Premise {
    /// Returns the premise of a notice to this tenant, if it has one.
    pub fn of(notice: &Notice, scope: &Scope, tenant: &str) -> Option<Self> {
        if matches!(notice, Notice::PaymentRecovered { .. }) {
            return Some(Self::Failure);
        }
        let taken_back = notice.takes_back()?;
        Some(Self::TakenBack {
            dedupe_key: dedupe_key(scope, tenant, &taken_back.key()),
        })
    }

    /// Returns the reason for which a notice is superseded if its premise was not told.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Failure => "failure_was_not_told",
            Self::TakenBack { .. } => "was_not_told",
        }
    }
}

impl Delay {
    /// The kinds of notice between which a tenant is given time.
    pub const DUNNING: [&'static str; 4] = [
        "payment_failed",
        "payment_action_required",
        "invoice_due_soon",
        "invoice_overdue",
    ];

    /// Returns the delay of a dunning mail, if the last one to the tenant is not long ago.
    pub fn after_dunning(last: UnixMicros, terms: &ClaimTerms, now: UnixMicros) -> Option<Self> {
        let until = last.plus_secs(terms.min_interval_secs);
        (until > now).then(|| Self {
            until,
            reason: "held back: the last dunning mail to this tenant is not long ago".to_owned(),
        })
    }
}
