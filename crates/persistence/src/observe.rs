//! Learning Stripe's answers about its objects.

use std::collections::BTreeSet;

use ledger::{CustomerKey, Observation, ObservationOutcome, Source, Told, UnixMicros};
use subscription::Customer;
use subscription::facts::Fact;

use crate::error::at;
use crate::rows::Writes;
use crate::{Store, StoreError, customer_record};

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
            let known = records.get(&observation.customer).map(|stored| stored.record.customer());
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
            let stored = records.get_mut(&observation.customer).ok_or(StoreError::Conflict)?;
            let record = &mut stored.record;
            let outcome = observation.outcome_for(record.customer());
            if outcome == ObservationOutcome::Accepted {
                let told = Told {
                    event: None,
                    facts,
                    source,
                };
                record.learn(&observation.customer, told, &self.terms, now);
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
