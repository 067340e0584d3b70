//! The rules by which notices become owed, and tenants are bound.

use std::collections::BTreeSet;

use subscription::DAY_SECS;
use subscription::access::Policy;
use subscription::facts::ClaimSource;

/// The rules by which notices become owed, and tenants are bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The policy that ends access by time. A notice falls due with it.
    pub policy: Policy,
    /// The time, in seconds, for which a notice is held before it is due, so that a later fact can take its reason
    /// away.
    pub hold_secs: i64,
    /// The greatest age, in seconds, at which something found only by asking Stripe still leads to a sent notice.
    pub late_mail_secs: i64,
    /// The sources whose claim alone binds a tenant to a customer.
    pub trusted_claims: BTreeSet<ClaimSource>,
    /// True if such a claim moves a tenant whose customer has only ended subscriptions.
    pub rebind_when_ended: bool,
    /// The wait, in seconds, for what a canceling customer may still say, before anybody is told.
    pub cancellation_hold_secs: i64,
    /// The wait, in seconds, for the payer of a disputed payment, before the admin is told of the payment alone.
    pub payer_hold_secs: i64,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            hold_secs: 0,
            late_mail_secs: DAY_SECS,
            trusted_claims: BTreeSet::new(),
            rebind_when_ended: false,
            cancellation_hold_secs: 120,
            payer_hold_secs: 0,
        }
    }
}
