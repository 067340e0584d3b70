//! What must hold after any deliveries of a history, for any rule of state.

use std::collections::{BTreeMap, BTreeSet};

use simulator::Truth;
use stripe_event::{InvoiceStatus as Told, Subscription};
use subscription::{Customer, Fact, InvoiceCause, InvoiceStatus, Notice, Standing, Status, SubscriptionState};

use crate::history::History;

/// A rule of state: what facts make of a customer, as they arrive.
pub(crate) trait Rule: Default {
    /// One event was delivered, perhaps not for the first time.
    fn learn(&mut self, facts: &[Fact]);
    /// The status of this subscription.
    fn status(&self, subscription: &str) -> Option<Status>;
    /// The status of the tenant.
    fn tenant(&self) -> Option<Status>;
}

/// A rule of this page that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Its name.
    pub(crate) rule: &'static str,
    /// How.
    pub(crate) how: String,
}

fn broken(rule: &'static str, how: impl Into<String>) -> Result<(), Broken> {
    Err(Broken { rule, how: how.into() })
}

/// Which of a customer's subscriptions speaks for the tenant, told from the truth alone: paying before owing before blocked
/// before ended; then the younger.
pub(crate) fn governing(truth: &Truth) -> Option<&Subscription<'static>> {
    let rank = |status: &str| match status {
        "trialing" | "active" => 3,
        "past_due" => 2,
        "unpaid" | "paused" | "incomplete" => 1,
        _ => 0,
    };
    truth
        .subscriptions
        .values()
        .max_by_key(|s| (rank(s.status.as_str()), s.created, s.id.clone()))
}

/// Any rule: every status is Stripe's in the end.
pub(crate) fn ends_in_truth<R: Rule>(history: &History, order: &[usize]) -> Result<(), Broken> {
    let truth = history.truth();
    let mut rule = R::default();
    for &nth in order {
        rule.learn(&history.facts[nth]);
    }
    for (id, told) in &truth.subscriptions {
        let found = rule.status(id);
        if found.as_ref().map(Status::as_str) != Some(told.status.as_str()) {
            return broken(
                "subscription_status",
                format!("{id} is {}, not {found:?}", told.status.as_str()),
            );
        }
    }
    let found = rule.tenant();
    let wanted = governing(&truth).map(|s| s.status.as_str());
    if found.as_ref().map(Status::as_str) != wanted {
        return broken("tenant_status", format!("the tenant is {wanted:?}, not {found:?}"));
    }
    Ok(())
}

impl Rule for Customer {
    fn learn(&mut self, facts: &[Fact]) {
        for fact in facts {
            Self::learn(self, fact.clone());
        }
    }

    fn status(&self, subscription: &str) -> Option<Status> {
        let standing = self.standing();
        let found = standing.subscriptions.into_iter().find(|(id, _)| id.as_str() == subscription);
        found.map(|(_, state)| state.status)
    }

    fn tenant(&self) -> Option<Status> {
        self.state().status().cloned()
    }
}

/// What a history comes to when it is delivered in true order.
pub(crate) struct InOrder {
    pub(crate) standing: Standing,
    pub(crate) owed: BTreeSet<String>,
}

impl InOrder {
    pub(crate) fn of(history: &History) -> Self {
        let order: Vec<usize> = (0..history.events.len()).collect();
        let (standing, owed) = delivered(history, &order);
        Self {
            standing,
            owed: owed.iter().map(Notice::key).collect(),
        }
    }
}

/// Our rule, delivered in this order: where the customer stands, and what was owed on the way.
fn delivered(history: &History, order: &[usize]) -> (Standing, Vec<Notice>) {
    let mut customer = Customer::default();
    let mut standing = customer.standing();
    let mut owed = Vec::new();
    for &nth in order {
        if history.facts[nth].is_empty() {
            continue;
        }
        Rule::learn(&mut customer, &history.facts[nth]);
        let before = std::mem::replace(&mut standing, customer.standing());
        owed.extend(standing.owed_since(&before));
    }
    (standing, owed)
}

/// Our rule: everything that is promised.
pub(crate) fn holds(history: &History, order: &[usize], in_order: &InOrder) -> Result<(), Broken> {
    let (standing, owed) = delivered(history, order);
    is_truth(history, &standing)?;
    if standing != in_order.standing {
        return broken("order_independent", "the state differs from that of the true order");
    }
    is_owed_rightly(history, order, &owed, in_order)
}

fn is_truth(history: &History, standing: &Standing) -> Result<(), Broken> {
    let truth = history.truth();
    for (id, told) in &truth.subscriptions {
        let Some((_, found)) = standing.subscriptions.iter().find(|(found, _)| found.as_str() == id) else {
            return broken("every_subscription", format!("{id} is unknown"));
        };
        is_as_told(told, found)?;
    }
    let found = standing.state.subscription.as_ref().map(|s| s.id.as_str());
    let wanted = governing(&truth).map(|s| s.id.as_ref());
    if found != wanted {
        return broken("governing_subscription", format!("{wanted:?} governs, not {found:?}"));
    }
    Ok(())
}

fn is_as_told(told: &Subscription<'_>, found: &SubscriptionState) -> Result<(), Broken> {
    let secs = |at: Option<subscription::UnixSeconds>| at.map(subscription::UnixSeconds::as_secs);
    let items: Vec<_> = found.items.iter().map(|item| (item.price.as_str(), item.quantity)).collect();
    let wanted: Vec<_> = told.items.iter().map(|item| (item.price.as_ref(), item.quantity)).collect();
    let same = found.status.as_str() == told.status.as_str()
        && secs(found.trial_end) == told.trial_end
        && found.cancel_at_period_end == told.cancel_at_period_end
        && secs(found.cancel_at) == told.cancel_at
        && secs(found.current_period_start) == told.current_period_start
        && secs(found.current_period_end) == told.current_period_end
        && items == wanted;
    if !same {
        return broken("subscription_state", format!("{told:#?}\nis taken for\n{found:#?}"));
    }
    if found.doubt.is_some() || found.gap {
        return broken("certain_when_complete", format!("{} is {found:#?}", told.id));
    }
    Ok(())
}

fn is_owed_rightly(history: &History, order: &[usize], owed: &[Notice], in_order: &InOrder) -> Result<(), Broken> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for notice in owed {
        *times.entry(notice.key()).or_default() += 1;
    }
    if let Some(key) = times.keys().find(|key| !in_order.owed.contains(*key)) {
        return broken("owed_in_truth", format!("{key} would never be owed in true order"));
    }
    let truth = history.truth();
    for (id, told) in &truth.subscriptions {
        let expected = usize::from(told.status.as_str() == "canceled");
        for kind in ["subscription_canceled", "churn_alert"] {
            let found = times.get(&format!("{kind}:{id}")).copied().unwrap_or_default();
            if found != expected {
                return broken(
                    "closing_once",
                    format!("{kind} of {id} is owed {found} times, not {expected}"),
                );
            }
        }
    }
    let recovered = seen_failed_then_paid(history, order);
    for (key, found) in times.iter().filter(|(key, _)| key.starts_with("payment_recovered")) {
        if *found != 1 || !recovered.contains(key) {
            return broken("recovered_once", format!("{key} is owed {found} times"));
        }
    }
    if let Some(key) = recovered.iter().find(|key| !times.contains_key(*key)) {
        return broken("recovered_once", format!("{key} is never owed"));
    }
    let nothing = Customer::default().standing();
    for notice in in_order.standing.owed_since(&nothing) {
        if !times.contains_key(&notice.key()) {
            return broken("standing_is_owed", format!("{} stands and was never owed", notice.key()));
        }
    }
    Ok(())
}

/// The keys of the recoveries of invoices whose failure was delivered before any word of their payment.
fn seen_failed_then_paid(history: &History, order: &[usize]) -> BTreeSet<String> {
    let mut failed = BTreeSet::new();
    let mut paid = BTreeSet::new();
    let mut recovered = BTreeSet::new();
    for fact in order.iter().flat_map(|&nth| &history.facts[nth]) {
        let Fact::Invoice { id, fact } = fact else { continue };
        let is_chased = fact.subscription.is_some() && fact.billing_reason.as_deref() != Some("subscription_create");
        if fact.cause == InvoiceCause::PaymentFailed && is_chased && !paid.contains(id) {
            failed.insert(id);
        }
        if fact.status == InvoiceStatus::Paid {
            paid.insert(id);
            if failed.contains(id) {
                recovered.insert(format!("payment_recovered:{id}"));
            }
        }
    }
    recovered
}

/// Every invoice ends in the status that Stripe has it in.
pub(crate) fn invoices_end_in_truth(history: &History, order: &[usize]) -> Result<(), Broken> {
    let mut customer = Customer::default();
    for &nth in order {
        Rule::learn(&mut customer, &history.facts[nth]);
    }
    for (id, told) in &history.truth().invoices {
        let wanted = match told.status {
            Some(Told::Paid) => InvoiceStatus::Paid,
            Some(Told::Void) => InvoiceStatus::Void,
            Some(Told::Uncollectible) => InvoiceStatus::Uncollectible,
            Some(Told::Open) => InvoiceStatus::Open,
            Some(Told::Draft | Told::Other(_)) | None => InvoiceStatus::Draft,
        };
        let found = customer.invoices().iter().find(|(found, _)| found.as_str() == id);
        if found.map(|(_, invoice)| invoice.status()) != Some(wanted) {
            return broken("invoice_status", format!("{id} is {wanted:?}, not {found:?}"));
        }
    }
    Ok(())
}
