//! The operator's choices about access.

/// The periods for which a tenant keeps access when something is amiss.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Policy {
    /// The payment grace: how long a past-due tenant keeps access, counted from the moment since which a payment is
    /// owed. Default: 14 days.
    pub payment_grace_secs: i64,
    /// The time for which a tenant keeps access after a trial has ended, until Stripe reports what followed. Stripe
    /// converts a trial within minutes, but its deliveries can be hours late. Default: one day.
    pub trial_overrun_secs: i64,
    /// The time for which the more favorable of two statuses counts while the facts allow both. Default: 15 minutes.
    pub doubt_secs: i64,
    /// `true` continues the payment grace while Stripe pauses a subscription because a payment failed. `false` blocks
    /// access at once. Default: `true`.
    pub grace_while_paused: bool,
}

impl Default for Policy {
    fn default() -> Self {
        const DAY: i64 = 24 * 60 * 60;
        Self {
            payment_grace_secs: 14 * DAY,
            trial_overrun_secs: DAY,
            doubt_secs: 15 * 60,
            grace_while_paused: true,
        }
    }
}
