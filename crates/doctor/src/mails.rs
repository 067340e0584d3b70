//! Stripe's own dunning mails, beside Dunlin's.

use crate::finding::{Finding, Severity};

pub(crate) const ID: &str = "stripe_mails";

/// Reports whether customers may get two mails. The choice of Stripe's mails is a setting of the dashboard that no API
/// shows (<https://docs.stripe.com/billing/revenue-recovery/customer-emails>), so a person must look, and confirm it
/// once.
pub(crate) fn check(is_ours_sent: bool, is_acknowledged: bool) -> Finding {
    if !is_ours_sent {
        return Finding::ok(ID, "no mail about failed payments is sent from here");
    }
    if is_acknowledged {
        return Finding::ok(ID, "Stripe's own mails about failed payments are off, says the configuration");
    }
    Finding::of(
        Severity::Info,
        ID,
        "Stripe may also send mails about failed payments, and customers then get two; the API does not tell",
        "look at https://dashboard.stripe.com/settings/billing/automatic by hand, then set DUNLIN_DOCTOR_STRIPE_MAILS_ARE_OFF=true",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_for_until_someone_has_looked() {
        assert_eq!(check(true, false).severity, Severity::Info);
        assert_eq!(check(true, true).severity, Severity::Ok);
        assert_eq!(check(false, false).severity, Severity::Ok);
    }
}
