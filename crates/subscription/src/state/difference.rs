//! The differences between two states of a customer.

use super::customer_state::CustomerState;
use super::subscription_state::SubscriptionState;
use crate::facts::Item;

/// One difference that a change makes. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of what differs: `subscription_status`, `stripe_subscription_id`, `trial_end`, `cancel_at`, `items`,
    /// `paused`, `collection_paused`, `uncertain_since`, `other_subscriptions` or `customer_deleted`.
    pub what: &'static str,
    /// The value before.
    pub from: Option<String>,
    /// The value after.
    pub to: Option<String>,
}

impl CustomerState {
    /// Returns the differences that a person would notice.
    #[must_use]
    pub fn differences_from(&self, before: &Self) -> Vec<Difference> {
        let (old, new) = (before.subscription.as_ref(), self.subscription.as_ref());
        let mut found = Vec::new();
        let mut note = |what, tell: &dyn Fn(&SubscriptionState) -> Option<String>| {
            let (from, to) = (old.and_then(tell), new.and_then(tell));
            if from != to {
                found.push(Difference { what, from, to });
            }
        };
        note("stripe_subscription_id", &|s| Some(s.id.to_string()));
        note("subscription_status", &|s| Some(s.status.to_string()));
        note("trial_end", &|s| s.trial_end.map(|at| at.to_string()));
        note("cancel_at", &|s| s.ends_at().map(|at| at.to_string()));
        note("items", &|s| Some(items_text(&s.items)).filter(|text| !text.is_empty()));
        let pause = |s: &SubscriptionState| s.pause.map(|pause| pause.as_str().to_owned());
        note("paused", &pause);
        note("collection_paused", &|s| {
            s.collection_paused.as_ref().map(|pause| pause.behavior.clone())
        });
        note("uncertain_since", &|s| s.doubt.as_ref().map(|doubt| doubt.since.to_string()));
        let others = |state: &Self| {
            let ids: Vec<&str> = state.others.iter().map(|other| other.id.as_str()).collect();
            Some(ids.join(", ")).filter(|ids| !ids.is_empty())
        };
        let deleted = |state: &Self| state.deleted_at.map(|at| at.to_string());
        for (what, from, to) in [
            ("other_subscriptions", others(before), others(self)),
            ("customer_deleted", deleted(before), deleted(self)),
        ] {
            if from != to {
                found.push(Difference { what, from, to });
            }
        }
        found
    }
}

fn items_text(items: &[Item]) -> String {
    let texts: Vec<String> = items
        .iter()
        .map(|item| match item.quantity {
            Some(quantity) => format!("{} x{quantity}", item.price),
            None => item.price.clone(),
        })
        .collect();
    texts.join(", ")
}
