//! Observations: what Stripe answered when it was asked for an object, learned as facts.

use std::collections::BTreeSet;

use subscription::{Customer, Details, Fact, InvoiceFact, Observed, Read, Reading, Snapshot, SubscriptionFact, UnixSeconds};

use crate::dossier::Told;
use crate::error::at;
use crate::rows::Writes;
use crate::{CustomerKey, Store, StoreError, UnixMicros, Via, dossier};

/// What an object was at some instant between two moments of Stripe's clock.
///
/// ```text
/// not_before = Date header − ⌈round trip⌉ − 1 s        not_after = Date header + 1 s
/// ```
#[derive(Clone, Debug)]
pub struct Observation {
    /// Whose object it is.
    pub customer: CustomerKey,
    /// The object.
    pub of: Observed,
    /// The instant was not before this.
    pub not_before: UnixSeconds,
    /// The instant was not after this.
    pub not_after: UnixSeconds,
}

/// What came of an observation.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservationOutcome {
    /// It told something new, or settled a doubt or a gap: it is stored as a fact.
    Accepted,
    /// It agrees with what was known, of which nothing is in doubt or missing: nothing to learn, nothing stored.
    Confirmed,
    /// Something that is known may be younger than it: nothing is stored, and the object is to be read again.
    Inconclusive {
        /// When a read can be conclusive, if nothing happens meanwhile.
        retry_after_secs: i64,
    },
}

impl Store {
    /// Learns what Stripe answered, in one unit of work: under the customers' locks, as deliveries are. An outcome per
    /// observation, in their order. Where nothing of it is accepted there is nothing to write, and nobody who writes waits.
    ///
    /// No database transaction may be open while Stripe is asked: the answer is worth what it is by its time alone, however long
    /// it was on its way here.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the batch is kept.
    pub async fn observe(&self, batch: &[Observation], via: Via, now: UnixMicros) -> Result<Vec<ObservationOutcome>, StoreError> {
        let foreseen = self.retrying(|| self.foresee(batch)).await?;
        if !foreseen.contains(&ObservationOutcome::Accepted) {
            return Ok(foreseen);
        }
        self.retrying(|| self.try_observe(batch, via, now)).await
    }

    /// What would come of it now.
    async fn foresee(&self, batch: &[Observation]) -> Result<Vec<ObservationOutcome>, StoreError> {
        let customers = customers_of(batch);
        let tx = self.begin_reading().await?;
        // Without what is remembered: that is of those whom events are about.
        let dossiers = dossier::load(&tx, &customers, &self.terms, None).await?;
        tx.rollback().await.map_err(at("end a reading"))?;
        let unheard_of = Customer::default();
        let outcomes = batch.iter().map(|observation| {
            let known = dossiers.get(&observation.customer).map(|dossier| &dossier.customer);
            observation.outcome_for(known.unwrap_or(&unheard_of))
        });
        Ok(outcomes.collect())
    }

    async fn try_observe(&self, batch: &[Observation], via: Via, now: UnixMicros) -> Result<Vec<ObservationOutcome>, StoreError> {
        let customers = customers_of(batch);
        // What is remembered is for those whom events are about, and whoever asks about everyone pushes none of them out.
        let active: BTreeSet<CustomerKey> = customers.iter().filter(|key| self.memory.knows(key)).cloned().collect();
        let tx = self.begin().await?;
        let mut dossiers = dossier::lock(&tx, &customers, &self.terms, &self.memory).await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for observation in batch {
            let dossier = dossiers.get_mut(&observation.customer).ok_or(StoreError::Overtaken)?;
            let outcome = observation.outcome_for(&dossier.customer);
            if outcome == ObservationOutcome::Accepted {
                let told = Told {
                    event: None,
                    facts: &[observation.to_fact()],
                    via,
                };
                dossier.learn(&observation.customer, told, &self.terms, now)?;
            }
            outcomes.push(outcome);
        }
        dossier::save(Writes::new(&tx), &mut dossiers, now).await?;
        self.commit(tx).await?;
        dossiers.retain(|key, _| active.contains(key));
        self.memory.keep(dossiers);
        Ok(outcomes)
    }
}

fn customers_of(batch: &[Observation]) -> BTreeSet<CustomerKey> {
    batch.iter().map(|observation| observation.customer.clone()).collect()
}

impl Observation {
    /// What is learned of it, if it is accepted.
    pub fn to_fact(&self) -> Fact {
        match &self.of {
            Observed::Subscription { id, snapshot, details } => Fact::Subscription {
                id: id.clone(),
                fact: SubscriptionFact::Read(self.as_read(snapshot, details)),
            },
            // It tells of a payment as of when it was made: that it is read later does not make it newer evidence than what the
            // subscription said in between.
            Observed::Invoice { id, fact } => Fact::Invoice {
                id: id.clone(),
                fact: InvoiceFact {
                    told_at: fact.paid_at.unwrap_or(fact.told_at).min(fact.told_at),
                    ..fact.clone()
                },
            },
        }
    }

    fn as_read(&self, snapshot: &Snapshot, details: &Details) -> Read {
        Read {
            not_before: self.not_before,
            not_after: self.not_after,
            snapshot: snapshot.clone(),
            details: details.clone(),
        }
    }

    /// What it is worth to someone who knows this. An invoice only ever moves on, so that what is read of it is never wrong.
    pub fn outcome_for(&self, known: &Customer) -> ObservationOutcome {
        match &self.of {
            Observed::Subscription { id, snapshot, details } => match known.weigh(id, &self.as_read(snapshot, details)) {
                Reading::Tells => ObservationOutcome::Accepted,
                Reading::Agrees => ObservationOutcome::Confirmed,
                Reading::Inconclusive { told_at } => ObservationOutcome::Inconclusive {
                    retry_after_secs: told_at
                        .as_secs()
                        .saturating_sub(self.not_before.as_secs())
                        .saturating_add(MARGIN_SECS),
                },
            },
            Observed::Invoice { id, fact } if known.learns_from(id, fact) => ObservationOutcome::Accepted,
            Observed::Invoice { .. } => ObservationOutcome::Confirmed,
        }
    }
}

/// How long after the youngest that is known a read begins early enough, with how much a round trip can blur it.
const MARGIN_SECS: i64 = 2;
