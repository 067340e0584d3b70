//! The stored state of a customer itself, in its own row.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use subscription::facts::{CustomerProfile, Dispute, Schedule};
use subscription::{Customer, DisputeId, SubscriptionId};

use crate::StoreError;
use crate::entity::customer;
use crate::error::{from_json, to_json};

/// The joined facts of a customer itself, of the schedules of its subscriptions and of its disputes.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OwnState<'a> {
    profile: Cow<'a, CustomerProfile>,
    schedules: Cow<'a, BTreeMap<SubscriptionId, Schedule>>,
    disputes: Cow<'a, BTreeMap<DisputeId, Box<Dispute>>>,
}

impl<'a> OwnState<'a> {
    /// Reads the stored state.
    pub(crate) fn of(row: &customer::Model) -> Result<Self, StoreError> {
        let state = row.state.as_deref();
        Ok(state
            .map(|state| from_json("customer", state))
            .transpose()?
            .unwrap_or_default())
    }

    /// Adds the stored state to a customer.
    pub(crate) fn tell(self, customer: &mut Customer) {
        customer.learn_profile(self.profile.into_owned());
        for (id, schedule) in self.schedules.into_owned() {
            customer.learn_schedule(id, schedule);
        }
        for (id, dispute) in self.disputes.into_owned() {
            customer.learn_dispute(id, *dispute);
        }
    }

    /// Returns the state to store of a customer, or `None` if there is none.
    pub(crate) fn to_column(customer: &'a Customer) -> Result<Option<String>, StoreError> {
        let own = Self {
            profile: Cow::Borrowed(customer.profile()),
            schedules: Cow::Borrowed(customer.schedules()),
            disputes: Cow::Borrowed(customer.disputes()),
        };
        (own != Self::default()).then(|| to_json("customer", &own)).transpose()
    }
}
