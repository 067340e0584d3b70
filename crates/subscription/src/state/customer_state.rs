//! The state of a customer: its subscriptions, the one that speaks for the tenant, and how certain they are.

use super::subscription_state::SubscriptionState;
use crate::{Status, SubscriptionId, UnixSeconds};

/// A customer's state: the states of its subscriptions.
///
/// Of several subscriptions, the one of the highest status rank governs, then the one that lasts longer, then the
/// younger one, then the one with the greater id. So a late cancellation of an old subscription does not affect a
/// tenant that subscribed again, and a subscription that is set to end does not speak for one that continues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CustomerState {
    /// The governing subscription; `None` if there never was one.
    pub subscription: Option<SubscriptionState>,
    /// The other subscriptions that have not ended.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub others: Vec<SubscriptionState>,
    /// The time at which the customer was deleted at Stripe, if it was.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub deleted_at: Option<UnixSeconds>,
}

impl CustomerState {
    /// Builds the state of a customer with these subscriptions.
    pub(crate) fn of<'a>(
        subscriptions: impl Iterator<Item = &'a SubscriptionState> + Clone,
        deleted_at: Option<UnixSeconds>,
    ) -> Self {
        fn rank(state: &SubscriptionState) -> (u8, bool, Option<UnixSeconds>, Option<UnixSeconds>, &SubscriptionId) {
            let ends_at = state.ends_at().filter(|_| !state.status.is_terminal());
            (state.status.rank(), ends_at.is_none(), ends_at, state.created, &state.id)
        }
        let best = subscriptions.clone().max_by(|a, b| rank(a).cmp(&rank(b)));
        let is_other = |state: &&SubscriptionState| !state.status.is_terminal() && Some(&state.id) != best.map(|best| &best.id);
        Self {
            subscription: best.cloned(),
            others: subscriptions.filter(is_other).cloned().collect(),
            deleted_at,
        }
    }

    /// Returns every subscription that has not ended, the governing one first. If all have ended, returns the governing
    /// one only.
    pub fn subscriptions(&self) -> impl Iterator<Item = &SubscriptionState> + Clone {
        self.subscription.iter().chain(&self.others)
    }

    /// Returns the subscription with this id, if it governs or has not ended.
    pub fn subscription_of(&self, id: &SubscriptionId) -> Option<&SubscriptionState> {
        self.subscriptions().find(|state| state.id == *id)
    }

    /// Returns the governing subscription's effective status.
    pub fn status(&self) -> Option<&Status> {
        self.subscription.as_ref().map(|subscription| &subscription.status)
    }
}
