//! The changes that a reconciliation would make, with nothing written.

use std::collections::{BTreeMap, BTreeSet};

use persistence::{CustomerKey, Observation, ObservationOutcome};
use subscription::EventId;
use subscription::facts::Fact;

use crate::events::Window;
use crate::objects::Listed;
use crate::{AskError, Progress, Reconciler};

/// A change that would be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WouldChange {
    /// The customer whose state would change.
    pub customer: CustomerKey,
    /// The changed part, as [`subscription::state::Difference::what`].
    pub what: &'static str,
    /// The value here.
    pub from: Option<String>,
    /// The value that it would have.
    pub to: Option<String>,
}

/// The effect that a reconciliation would have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// The number of events in the window.
    pub listed: u64,
    /// The events that were never delivered.
    pub missing: Vec<MissingEvent>,
    /// The changes that these events and the objects would make.
    pub changes: BTreeSet<WouldChange>,
}

/// An event that was never delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingEvent {
    /// The event's id.
    pub id: EventId,
    /// Its `type`.
    pub kind: String,
    /// Its `created`, in seconds.
    pub created: i64,
    /// The customer that it is about, if it names one.
    pub customer: Option<String>,
}

impl Reconciler {
    /// Reads the list of events in this window, and every subscription and open invoice, and returns what would change.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn preview(&self, window: Window, progress: Progress<'_>) -> Result<Preview, AskError> {
        self.check_account().await?;
        let mut preview = Preview::default();
        let mut missing: BTreeMap<CustomerKey, Vec<Fact>> = BTreeMap::new();
        let mut pages = self.pages_of(window).await?;
        while let Some(page) = pages.next_page().await? {
            preview.listed += page.listed;
            progress(preview.listed, preview.listed + 1);
            for delivery in page.missing {
                preview.missing.push(MissingEvent {
                    id: delivery.event.key.id.clone(),
                    kind: delivery.event.kind.clone(),
                    created: delivery.event.created,
                    customer: delivery.event.customer.as_ref().map(ToString::to_string),
                });
                if let Some(id) = delivery.event.customer {
                    let scope = delivery.event.key.scope;
                    missing.entry(CustomerKey { id, scope }).or_default().extend(delivery.facts);
                }
            }
        }
        for customer in missing.keys() {
            self.compare(customer, &missing, &[], &mut preview).await?;
        }
        self.preview_objects(&missing, &mut preview).await?;
        progress(preview.listed, preview.listed);
        Ok(preview)
    }

    async fn preview_objects(&self, missing: &BTreeMap<CustomerKey, Vec<Fact>>, preview: &mut Preview) -> Result<(), AskError> {
        for listed in [Listed::Subscriptions, Listed::OpenInvoices] {
            let mut next = None;
            loop {
                let page = self.object_page(listed, next.as_deref()).await?;
                let mut of_customers: BTreeMap<CustomerKey, Vec<Observation>> = BTreeMap::new();
                for observation in page.observations {
                    of_customers
                        .entry(observation.customer.clone())
                        .or_default()
                        .push(observation);
                }
                for (customer, observations) in &of_customers {
                    self.compare(customer, missing, observations, preview).await?;
                }
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Adds the changes that these facts and observations would make to the customer's state.
    async fn compare(
        &self,
        key: &CustomerKey,
        missing: &BTreeMap<CustomerKey, Vec<Fact>>,
        observations: &[Observation],
        preview: &mut Preview,
    ) -> Result<(), AskError> {
        let before = self.store.audit(key).await?.customer;
        let mut after = before.clone();
        missing
            .get(key)
            .into_iter()
            .flatten()
            .cloned()
            .for_each(|fact| after.learn(fact));
        for observation in observations {
            if observation.outcome_for(&after) == ObservationOutcome::Accepted {
                after.learn(observation.to_fact());
            }
        }
        let differences = after.state().differences_from(&before.state());
        preview.changes.extend(differences.into_iter().map(|difference| WouldChange {
            customer: key.clone(),
            what: difference.what,
            from: difference.from,
            to: difference.to,
        }));
        Ok(())
    }
}
