//! What reconciling would change, with nothing written.

use std::collections::{BTreeMap, BTreeSet};

use persistence::{CustomerKey, Observation, ObservationOutcome};
use subscription::{EventId, Fact};

use super::events::Window;
use super::objects::Listed;
use super::{AskError, Asking, Progress};

/// One thing that would change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WouldChange {
    /// Whose state.
    pub customer: CustomerKey,
    /// What of it: as [`subscription::Difference::what`].
    pub what: &'static str,
    /// What it is here.
    pub from: Option<String>,
    /// What it would be.
    pub to: Option<String>,
}

/// What reconciling would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// How many events the window has.
    pub listed: u64,
    /// Those that nobody delivered.
    pub missing: Vec<MissingEvent>,
    /// What would change by them, and by what was read.
    pub changes: BTreeSet<WouldChange>,
}

/// An event that nobody delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingEvent {
    /// Which one.
    pub id: EventId,
    /// Its `type`.
    pub kind: String,
    /// Its `created`, in seconds.
    pub created: i64,
    /// The customer it is about, if it names one.
    pub customer: Option<String>,
}

impl Asking {
    /// Looks at the list of events in this window, and at every subscription and open invoice, and says what would change.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn preview(&self, window: Window, progress: Progress<'_>) -> Result<Preview, AskError> {
        self.check_account().await?;
        let mut preview = Preview::default();
        let mut missing: BTreeMap<CustomerKey, Vec<Fact>> = BTreeMap::new();
        let mut walk = self.walk(window).await?;
        while let Some(page) = walk.next_page().await? {
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

    /// What the customer's state would be with these.
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
