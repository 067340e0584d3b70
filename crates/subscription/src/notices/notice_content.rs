//! The content of a notice, as it is stored from the decision until it is sent.

use super::notice::{Audience, Notice};
use crate::facts::Dispute;
use crate::{DisputeId, UnixSeconds};

/// The content of a notice: it is about a tenant's subscription, or about Dunlin's own work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum NoticeContent {
    /// A tenant's subscription.
    Notice(Notice),
    /// Dunlin's own work, for the SaaS's own staff.
    Staff(StaffNotice),
}

impl From<Notice> for NoticeContent {
    fn from(notice: Notice) -> Self {
        Self::Notice(notice)
    }
}

/// A notice to the admin about Dunlin's own work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "snake_case"))]
pub enum StaffNotice {
    /// A mail server says that an address takes no mail. The address is suppressed.
    AddressRejected {
        /// The address.
        email: String,
        /// The server's words.
        reply: String,
    },
    /// A mail server refuses Dunlin, or its mails. This is told once a day while it lasts.
    MailRefused {
        /// The server's words, or the missing capability.
        reply: String,
        /// The time of the refusal.
        #[cfg_attr(feature = "serde", serde(rename = "at_secs"))]
        at: UnixSeconds,
    },
    /// What waits for a person, once a day.
    Digest(Digest),
    /// Differences that Stripe revealed and no webhook delivered.
    DriftAlert(DriftAlert),
    /// A dispute of a payment, or a card network's warning of one, whose payer is unknown.
    UnknownPayer(UnknownPayer),
}

/// A dispute or a warning about a payment whose payer is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UnknownPayer {
    /// The id of the dispute or warning.
    pub id: DisputeId,
    /// The facts of the dispute.
    pub dispute: Dispute,
}

impl UnknownPayer {
    /// Returns the notice of it.
    pub fn notice(&self) -> Notice {
        self.dispute.notice(&self.id)
    }
}

/// The drift found since the last alert.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DriftAlert {
    /// The number of differences.
    pub count: u64,
    /// The time when the first was found.
    #[cfg_attr(feature = "serde", serde(rename = "since_secs"))]
    pub since: UnixSeconds,
    /// The first differences.
    pub listed: Vec<DriftedThing>,
}

/// One difference of a drift alert.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DriftedThing {
    /// The tenant, or the customer if no tenant is bound to it.
    pub of: String,
    /// Stripe's id of the object that differed.
    pub object_id: String,
    /// The field that differed.
    pub what: String,
    /// Dunlin's value.
    pub from: Option<String>,
    /// Stripe's value.
    pub to: Option<String>,
    /// The event that was never delivered, if one was found.
    pub event: Option<String>,
}

/// What came to wait for a person within a day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Digest {
    /// The day's first second, UTC.
    #[cfg_attr(feature = "serde", serde(rename = "since_secs"))]
    pub since: UnixSeconds,
    /// The next day's first second.
    #[cfg_attr(feature = "serde", serde(rename = "until_secs"))]
    pub until: UnixSeconds,
    /// The number of deliveries that could not be read.
    pub quarantined: u64,
    /// The number of notices that were given up.
    pub dead_count: u64,
    /// The first of them.
    pub dead: Vec<StuckNotice>,
    /// The number of notices that may or may not have been sent.
    pub unknown_count: u64,
    /// The first of them.
    pub unknown: Vec<StuckNotice>,
}

/// A notice that does not move on by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StuckNotice {
    /// The number of the notice.
    pub id: i64,
    /// The kind of the notice.
    #[cfg_attr(feature = "serde", serde(rename = "notice"))]
    pub kind: String,
    /// The tenant.
    pub tenant_id: String,
    /// The reason why it is stuck.
    pub reason: String,
}

impl NoticeContent {
    /// All kinds.
    pub const KINDS: [&'static str; 35] = [
        "payment_failed",
        "payment_failed_alert",
        "payment_action_required",
        "payment_recovered",
        "paid_after_cancel_alert",
        "invoice_due_soon",
        "invoice_overdue",
        "invoice_overdue_alert",
        "invoice_voided_alert",
        "invoice_uncollectible_alert",
        "finalization_failed_alert",
        "payment_attempt_required_alert",
        "subscription_unpaid_alert",
        "dispute_alert",
        "early_fraud_warning_alert",
        "payer_with_new_customer",
        "cancellation_scheduled",
        "cancellation_scheduled_alert",
        "cancellation_withdrawn",
        "cancellation_withdrawn_alert",
        "subscription_paused",
        "subscription_resumed",
        "access_suspended",
        "trial_started",
        "trial_ending",
        "trial_expired",
        "renewal_upcoming",
        "card_updated",
        "card_expiring",
        "subscription_canceled",
        "churn_alert",
        "address_rejected",
        "mail_refused",
        "digest",
        "drift_alert",
    ];

    /// Returns the word for this kind of notice.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Notice(notice) => notice.kind(),
            Self::Staff(StaffNotice::AddressRejected { .. }) => "address_rejected",
            Self::Staff(StaffNotice::MailRefused { .. }) => "mail_refused",
            Self::Staff(StaffNotice::Digest(_)) => "digest",
            Self::Staff(StaffNotice::DriftAlert(_)) => "drift_alert",
            Self::Staff(StaffNotice::UnknownPayer(unknown)) => unknown.notice().kind(),
        }
    }

    /// Returns true if it is about mail that could not be sent. If such a notice cannot be sent either, nobody is told
    /// of that.
    pub fn is_about_mail(&self) -> bool {
        matches!(
            self,
            Self::Staff(StaffNotice::AddressRejected { .. } | StaffNotice::MailRefused { .. })
        )
    }

    /// Returns the audience.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Notice(notice) => notice.audience(),
            Self::Staff(_) => Audience::Admin,
        }
    }
}
