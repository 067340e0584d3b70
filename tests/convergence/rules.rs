//! The rules that must hold after any deliveries of a history, for any rule of state.

use std::collections::{BTreeMap, BTreeSet};

use simulator::Truth;
use stripe_event::{InvoiceStatus as Told, Subscription};
use subscription::facts::{Fact, InvoiceCause, InvoiceStatus};
use subscription::notices::{Notice, Standing};
use subscription::state::SubscriptionState;
use subscription::{Customer, Status, UnixSeconds};

use crate::history::History;

/// A rule of state: the state that it makes of a customer's facts, as they arrive.
pub(crate) trait Rule: Default {
    /// Learns the facts of one delivered event, perhaps not for the first time.
    fn learn(&mut self, facts: &[Fact]);
    /// Returns the status of this subscription.
    fn status(&self, subscription: &str) -> Option<Status>;
    /// Returns the status of the tenant.
    fn tenant(&self) -> Option<Status>;
}

/// A rule of this file that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The name of the rule.
    pub(crate) rule: &'static str,
    /// A description of the violation.
    pub(crate) how: String,
}

fn broken(rule: &'static str, how: impl Into<String>) -> Result<(), Broken> {
    Err(Broken { rule, how: how.into() })
}

/// Ranks a status: paying before owing before blocked before ended.
fn rank(status: &str) -> u8 {
    match status {
        "trialing" | "active" => 3,
        "past_due" => 2,
        "unpaid" | "paused" | "incomplete" => 1,
        _ => 0,
    }
}

/// Returns the second in which a subscription ends by itself. One that has ended has none.
fn ends_at(told: &Subscription<'_>, truth: &Truth) -> Option<i64> {
    let at_period_end = told.current_period_end.filter(|_| told.cancel_at_period_end);
    let planned = truth.planned_ends.get(told.id.as_ref()).copied();
    let ends = [told.cancel_at, at_period_end, planned].into_iter().flatten();
    ends.min().filter(|_| rank(told.status.as_str()) > 0)
}

/// Returns the subscription that decides for the tenant, from the truth alone: the one of the highest rank, then the
/// one that lasts longer, then the younger.
pub(crate) fn governing(truth: &Truth) -> Option<&Subscription<'static>> {
    truth.subscriptions.values().max_by_key(|told| {
        let end = ends_at(told, truth);
        (rank(told.status.as_str()), end.is_none(), end, told.created, told.id.clone())
    })
}

/// Returns the last of a customer's subscriptions to have ended, if none is alive.
pub(crate) fn last_canceled(truth: &Truth) -> Option<&str> {
    let is_living = |told: &&Subscription<'_>| !matches!(told.status.as_str(), "canceled" | "incomplete_expired" | "incomplete");
    if truth.subscriptions.values().any(|told| is_living(&told)) {
        return None;
    }
    let canceled = truth.subscriptions.values().filter(|told| told.status.as_str() == "canceled");
    let last = canceled.max_by_key(|told| (told.ended_at, told.id.clone()));
    last.map(|told| told.id.as_ref())
}

/// Checks, for any rule, that every status is Stripe's in the end.
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
    // The choice between two equally good subscriptions is more than a rule of states can know.
    let found = rule.tenant();
    let wanted = governing(&truth).map(|s| s.status.as_str());
    if found.as_ref().map(|status| rank(status.as_str())) != wanted.map(rank) {
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

/// The result of a history that is delivered in true order.
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

/// Delivers to Dunlin's own rule in this order. Returns the final standing, and the notices owed on the way.
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

/// Checks every promise of Dunlin's own rule.
pub(crate) fn holds(history: &History, order: &[usize], in_order: &InOrder) -> Result<(), Broken> {
    let (standing, owed) = delivered(history, order);
    is_truth(history, &standing)?;
    if standing != in_order.standing {
        return broken("order_independent", "the state differs from that of the true order");
    }
    is_owed_rightly(history, order, (&standing, &owed), in_order)
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

fn is_owed_rightly(
    history: &History,
    order: &[usize],
    (standing, owed): (&Standing, &[Notice]),
    in_order: &InOrder,
) -> Result<(), Broken> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for notice in owed {
        *times.entry(notice.key()).or_default() += 1;
    }
    // The second half of the events may supersede notices that the first half owed, but not those that are still to be
    // sent.
    let last = history.events.last().map_or(0, |event| event.created);
    // A notice that takes something back is news only to those who were told before, which is checked when it is sent.
    let is_to_be_sent =
        |notice: &&Notice| notice.takes_back().is_none() && standing.still_owes(notice, UnixSeconds::new(last)).is_ok();
    let to_be_sent = owed.iter().filter(is_to_be_sent).map(Notice::key);
    if let Some(key) = to_be_sent.into_iter().find(|key| !in_order.owes(key)) {
        return broken("owed_in_truth", format!("{key} would never be owed in true order"));
    }
    let truth = history.truth();
    if let Some(id) = last_canceled(&truth) {
        for kind in ["subscription_canceled", "churn_alert"] {
            let found = times.get(&format!("{kind}:{id}")).copied().unwrap_or_default();
            // It is owed whenever the subscription seemed to be the last. Its key makes sure that it is told once.
            if found == 0 {
                return broken("closing_once", format!("{kind} of {id} is never owed"));
            }
        }
    }
    let recovered = seen_failed_then_paid(history, order);
    if let Some(key) = recovered.iter().find(|key| times.get(*key) != Some(&1)) {
        return broken("recovered_once", format!("{key} is owed {:?} times", times.get(key)));
    }
    let twice = |(key, found): &(&String, &usize)| key.starts_with("payment_recovered") && **found != 1;
    if let Some((key, found)) = times.iter().find(twice) {
        return broken("recovered_once", format!("{key} is owed {found} times"));
    }
    let nothing = Customer::default().standing();
    for notice in in_order.standing.owed_since(&nothing) {
        if !times.keys().any(|key| tells_the_same(key, &notice.key())) {
            return broken("standing_is_owed", format!("{} stands and was never owed", notice.key()));
        }
    }
    Ok(())
}

impl InOrder {
    /// Returns true if this was owed in true order, perhaps about another moment.
    pub(crate) fn owes(&self, key: &str) -> bool {
        self.owed.iter().any(|owed| tells_the_same(owed, key))
    }
}

/// Returns true if two keys are of the same news. An end that was set, or a pause, is told once, whichever moment it is
/// known by.
pub(crate) fn tells_the_same(key: &str, other: &str) -> bool {
    const OF_A_MOMENT: [&str; 3] = ["cancellation_", "subscription_paused", "subscription_resumed"];
    let is_of_a_moment = OF_A_MOMENT.iter().any(|kind| key.starts_with(kind));
    let news = |key: &str| key.split(':').take(2).map(str::to_owned).collect::<Vec<_>>();
    key == other || is_of_a_moment && news(key) == news(other)
}

/// Returns the keys of the recoveries of invoices whose failure was delivered before any event of their payment.
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

/// Checks that every invoice ends in Stripe's status.
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
