//! The types of event that an endpoint must deliver.

use crate::finding::{Finding, Severity};

pub(crate) const ID: &str = "event_types";

/// The types without which a tenant's state is wrong until Stripe is asked.
pub(crate) const FOR_STATE: [&str; 12] = [
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.updated",
    "invoice.voided",
    "invoice.marked_uncollectible",
];

/// The types without which some mails are not sent, or no tenant is proposed.
pub(crate) const FOR_NOTICES: [&str; 12] = [
    "customer.subscription.trial_will_end",
    "invoice.upcoming",
    "payment_method.attached",
    "payment_method.updated",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "customer.updated",
    "customer.deleted",
    "invoice.finalization_failed",
    "charge.dispute.created",
    "charge.dispute.closed",
    "checkout.session.completed",
];

/// A harmful type. An endpoint that fails to answer it delays the finalization of the invoice, for up to 72 hours
/// (<https://docs.stripe.com/billing/invoices/workflow>).
const HARMFUL: &str = "invoice.created";

/// The wildcard for every type, except those that must be requested by name.
const ALL: &str = "*";

pub(crate) fn check(endpoint: &str, enabled: &[String]) -> Vec<Finding> {
    let is_on = |name: &str| enabled.iter().any(|enabled| enabled == name || enabled == ALL);
    let missing = |names: &[&'static str]| -> Vec<&'static str> { names.iter().copied().filter(|name| !is_on(name)).collect() };
    let mut findings = Vec::new();
    for (severity, names, what) in [
        (Severity::Error, missing(&FOR_STATE), "without which tenants' states go wrong"),
        (
            Severity::Warning,
            missing(&FOR_NOTICES),
            "without which mails or bindings are missing",
        ),
    ] {
        if !names.is_empty() {
            let says = format!("the endpoint {endpoint} does not deliver {}, {what}", names.join(", "));
            let fix = "add these event types to the endpoint, then run `dunlin reconcile`";
            findings.push(Finding::of(severity, ID, says, fix));
        }
    }
    if is_on(HARMFUL) {
        let says =
            format!("the endpoint {endpoint} delivers {HARMFUL}: whenever it cannot be answered, Stripe holds back the invoice");
        let fix = "choose the endpoint's event types by name, as docs/doctor.md lists them, without invoice.created";
        findings.push(Finding::of(Severity::Warning, ID, says, fix));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(ID, "the endpoint delivers what is needed"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use stripe_event::EventKind;

    use super::*;

    fn severities(enabled: &[&str]) -> Vec<Severity> {
        let enabled: Vec<String> = enabled.iter().map(|&name| name.to_owned()).collect();
        check("we_1", &enabled).into_iter().map(|finding| finding.severity).collect()
    }

    fn needed() -> Vec<&'static str> {
        FOR_STATE.into_iter().chain(FOR_NOTICES).collect()
    }

    #[test]
    fn what_is_needed_is_enough() {
        assert_eq!(severities(&needed()), [Severity::Ok]);
    }

    #[test]
    fn each_type_that_is_missing_is_found() {
        for name in needed() {
            let others: Vec<&str> = needed().into_iter().filter(|&other| other != name).collect();
            let is_of_state = FOR_STATE.contains(&name);
            let expected = if is_of_state { Severity::Error } else { Severity::Warning };
            assert_eq!(severities(&others), [expected], "{name}");
        }
    }

    #[test]
    fn everything_has_the_harmful_one_in_it() {
        assert_eq!(severities(&["*"]), [Severity::Warning]);
    }

    #[test]
    fn every_type_that_is_asked_for_is_one_that_is_read() {
        for name in needed() {
            assert!(!matches!(EventKind::parse(name), EventKind::Other(_)), "{name}");
        }
    }
}
