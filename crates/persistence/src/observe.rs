//! Observations: Stripe's answers about its objects, learned as facts.

use std::collections::BTreeSet;

use subscription::{Customer, Details, Fact, InvoiceFact, Observed, Read, Reading, Snapshot, SubscriptionFact, UnixSeconds};

use crate::customer_record::Told;
use crate::error::at;
use crate::rows::Writes;
use crate::{CustomerKey, Source, Store, StoreError, UnixMicros, customer_record};

/// The state of an object at some instant between two moments of Stripe's clock.
///
/// ```text
/// not_before = Date header − ⌈round trip⌉ − 1 s        not_after = Date header + 1 s
/// ```
#[derive(Clone, Debug)]
pub struct Observation {
    /// The customer of the object.
    pub customer: CustomerKey,
    /// The object.
    pub of: Observed,
    /// The earliest possible time of the instant.
    pub not_before: UnixSeconds,
    /// The latest possible time of the instant.
    pub not_after: UnixSeconds,
}

/// The outcome of an observation.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservationOutcome {
    /// It told something new, or settled a doubt or a gap. It is stored as a fact.
    Accepted,
    /// It agrees with the known facts, and nothing of them is in doubt or missing. Nothing is stored.
    Confirmed,
    /// A known fact may be younger. Nothing is stored, and the object is to be read again.
    Inconclusive {
        /// The seconds until a read can be conclusive, if nothing happens meanwhile.
        retry_after_secs: i64,
    },
}

impl Store {
    /// Learns Stripe's answers in one unit of work, under the customers' locks like deliveries. Returns an outcome per
    /// observation, in their order. If none is accepted, nothing is written and no writer waits.
    ///
    /// No database transaction may be open during the request to Stripe. The answer's worth depends only on its time,
    /// however long it took to arrive.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing of the batch is kept.
    pub async fn observe(
        &self,
        batch: &[Observation],
        source: Source,
        now: UnixMicros,
    ) -> Result<Vec<ObservationOutcome>, StoreError> {
        let foreseen = self.retrying(|| self.foresee(batch)).await?;
        if !foreseen.contains(&ObservationOutcome::Accepted) {
            return Ok(foreseen);
        }
        self.retrying(|| self.try_observe(batch, source, now)).await
    }

    /// Returns the outcomes that the batch would have now.
    async fn foresee(&self, batch: &[Observation]) -> Result<Vec<ObservationOutcome>, StoreError> {
        let customers = customers_of(batch);
        let tx = self.begin_reading().await?;
        // The cache stays out of it: it belongs to the customers that events are about.
        let records = customer_record::load(&tx, &customers, &self.terms, None).await?;
        tx.rollback().await.map_err(at("end a reading"))?;
        let unheard_of = Customer::default();
        let outcomes = batch.iter().map(|observation| {
            let known = records.get(&observation.customer).map(|record| &record.customer);
            observation.outcome_for(known.unwrap_or(&unheard_of))
        });
        Ok(outcomes.collect())
    }

    async fn try_observe(
        &self,
        batch: &[Observation],
        source: Source,
        now: UnixMicros,
    ) -> Result<Vec<ObservationOutcome>, StoreError> {
        let customers = customers_of(batch);
        // The cache belongs to the customers that events are about. A check of all customers must push none of them
        // out.
        let active: BTreeSet<CustomerKey> = customers.iter().filter(|key| self.cache.knows(key)).cloned().collect();
        let tx = self.begin().await?;
        let mut records = customer_record::lock(&tx, &customers, &self.terms, &self.cache).await?;
        let facts: Vec<Fact> = batch.iter().map(Observation::to_fact).collect();
        let told = batch.iter().map(|observation| &observation.customer);
        let summed_up = customer_record::summed_up(&records, told.zip(facts.chunks(1)));
        customer_record::load_in_full(&tx, &summed_up, &self.terms, &mut records).await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for (observation, facts) in batch.iter().zip(facts.chunks(1)) {
            let record = records.get_mut(&observation.customer).ok_or(StoreError::Conflict)?;
            let outcome = observation.outcome_for(&record.customer);
            if outcome == ObservationOutcome::Accepted {
                let told = Told {
                    event: None,
                    facts,
                    source,
                };
                record.learn(&observation.customer, told, &self.terms, now)?;
            }
            outcomes.push(outcome);
        }
        customer_record::save(Writes::new(&tx), &mut records, now).await?;
        self.commit(tx).await?;
        records.retain(|key, _| active.contains(key));
        customer_record::keep(&self.cache, records);
        Ok(outcomes)
    }
}

fn customers_of(batch: &[Observation]) -> BTreeSet<CustomerKey> {
    batch.iter().map(|observation| observation.customer.clone()).collect()
}

impl Observation {
    /// Returns the fact that an accepted observation is learned as.
    pub fn to_fact(&self) -> Fact {
        match &self.of {
            Observed::Subscription { id, snapshot, details } => Fact::Subscription {
                id: id.clone(),
                fact: SubscriptionFact::Read(self.as_read(snapshot, details)),
            },
            // The fact of a payment counts as of the payment. A later read of it is no newer evidence than what the
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

    /// Decides what the observation is worth, given what is known of the customer. An invoice only ever moves forward,
    /// so a read of it is never wrong.
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

/// The seconds after the youngest known fact at which a read is early enough to start, which include the blur of a
/// round trip.
const MARGIN_SECS: i64 = 2;
