//! The reasons why notices are no longer sent.

/// The reason why a notice that was owed should no longer be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Superseded {
    /// The invoice is paid.
    Paid,
    /// The subscription has ended.
    Canceled,
    /// The invoice was voided, deleted or marked uncollectible.
    InvoiceClosed,
    /// A newer attempt failed and has its own notice.
    NewerAttempt,
    /// Another notice asks the cardholder to confirm the same attempt, which says more.
    ActionRequired,
    /// The announced event has happened.
    Past,
    /// Another subscription continues or has replaced it.
    Replaced,
    /// It is no longer true.
    NoLongerTrue,
}

impl Superseded {
    /// Returns the word for the reason.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Canceled => "canceled",
            Self::InvoiceClosed => "invoice_closed",
            Self::NewerAttempt => "newer_attempt",
            Self::ActionRequired => "action_required",
            Self::Past => "past",
            Self::Replaced => "replaced",
            Self::NoLongerTrue => "no_longer_true",
        }
    }
}
