//! The read of one subscription, because its facts do not tell its state, or because an operator asks.

use std::time::Duration;

use intake::clock;
use persistence::{Backoff, NextRead, Observation, ObservationOutcome, ReadReason, ReadSettlement, ReadTask, Source, StoreError};
use stripe_client::{ClientError, StripeClient};
use stripe_event::{Invoice, Subscription};
use stripe_facts::{observed_invoice, observed_subscription};
use subscription::facts::Observed;
use subscription::{CustomerId, InvoiceId, SubscriptionId};

use crate::{AskError, Reconciler, interval, items, observation};

/// The reason why a read told nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// Stripe gave no useful answer.
    #[error(transparent)]
    Stripe(#[from] ClientError),
    /// The answer cannot be read.
    #[error("Stripe's answer cannot be read: {0}")]
    Unreadable(#[from] stripe_event::BareError),
    /// The object is of the other mode.
    #[error("it is of another mode than the API key, or than what is known of it")]
    WrongMode,
    /// The object is another customer's.
    #[error("at Stripe it belongs to another customer")]
    WrongCustomer,
    /// The object is another one.
    #[error("Stripe answered with another object")]
    WrongObject,
}

/// The seconds that a worker has for one read: for every try of both questions, and their pauses.
pub(super) const LEASE_SECS: i64 = 5 * 60;
/// The pause between two searches for a read that is due.
const POLL: Duration = Duration::from_secs(5);
/// The waits after failures.
const BACKOFF: Backoff = Backoff {
    first_secs: 10,
    max_secs: 640,
};

impl Reconciler {
    /// Waits for a subscription that is to be read, and claims it.
    pub async fn next_read(&self) -> ReadTask {
        loop {
            match self.store.reads().claim(&self.worker, LEASE_SECS, clock::now()).await {
                Ok(Some(task)) => return task,
                Ok(None) => {}
                Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "cannot look for reads that are due"),
            }
            tokio::time::sleep(self.patience().await).await;
        }
    }

    /// Returns the time until the next read is due, or until it is worth checking again.
    async fn patience(&self) -> Duration {
        let now = clock::now();
        let due_at = self.store.reads().next_at().await.ok().flatten();
        let micros = due_at.map(|at| at.as_micros() - now.as_micros());
        let wait = micros
            .and_then(|micros| u64::try_from(micros).ok())
            .map(Duration::from_micros);
        // A read that is due and could not be claimed is in another worker's hands.
        wait.map_or(POLL, |wait| wait.clamp(Duration::from_millis(50), POLL))
    }

    /// Reads a subscription and settles the read.
    pub async fn run_read(&self, task: &ReadTask) {
        let (customer, id) = (&task.customer, &task.subscription);
        let settlement = match self.read(task).await {
            Ok(settlement) => settlement,
            Err(error) => {
                tracing::error!(
                    subscription.id = id.as_str(),
                    error = &error as &dyn std::error::Error,
                    "what was read cannot be kept"
                );
                return;
            }
        };
        match &settlement {
            ReadSettlement::Done => {
                tracing::info!(
                    customer.id = customer.id.as_str(),
                    subscription.id = id.as_str(),
                    reason = task.reason.as_str(),
                    "Stripe was asked"
                );
            }
            ReadSettlement::RetryAt(_, why) if task.attempt < NextRead::MAX_ATTEMPTS => {
                tracing::warn!(
                    subscription.id = id.as_str(),
                    attempt = task.attempt,
                    "Stripe will be asked again: {why}"
                );
            }
            ReadSettlement::RetryAt(_, why) | ReadSettlement::Alarm(why) => {
                tracing::error!(
                    customer.id = customer.id.as_str(),
                    subscription.id = id.as_str(),
                    "a subscription cannot be read and waits for a person: {why}"
                );
            }
        }
        if let Err(error) = self.store.reads().settle(task, settlement, clock::now()).await {
            tracing::error!(
                subscription.id = id.as_str(),
                error = &error as &dyn std::error::Error,
                "a read cannot be settled"
            );
        }
    }

    async fn read(&self, task: &ReadTask) -> Result<ReadSettlement, StoreError> {
        let observations = match self.observations_of(task).await {
            Ok(observations) => observations,
            Err(ReadError::Stripe(error)) if error.is_of_the_moment() => {
                let at = clock::now().plus_secs(BACKOFF.wait_secs(i64::from(task.attempt)));
                return Ok(ReadSettlement::RetryAt(at, error.to_string()));
            }
            // Stripe does not know it, or it is not Dunlin's. A wrong key is likelier than a subscription that never
            // was.
            Err(error) => return Ok(ReadSettlement::Alarm(error.to_string())),
        };
        let source = match task.reason {
            ReadReason::Operator => Source::Operator,
            ReadReason::Gap | ReadReason::Items | ReadReason::Doubt | ReadReason::CustomerDeleted => Source::Read,
        };
        let outcomes = self.store.observe(&observations, source, clock::now()).await?;
        Ok(match outcomes.first() {
            Some(ObservationOutcome::Inconclusive { retry_after_secs }) => {
                let at = clock::now().plus_secs((*retry_after_secs).max(1));
                ReadSettlement::RetryAt(at, "it changed while it was read".to_owned())
            }
            Some(ObservationOutcome::Accepted | ObservationOutcome::Confirmed) | None => ReadSettlement::Done,
        })
    }

    /// Reads the subscription and then its latest invoice, if it names one, which says whether a payment is being
    /// chased.
    async fn observations_of(&self, task: &ReadTask) -> Result<Vec<Observation>, ReadError> {
        let scope = &task.customer.scope;
        if scope.livemode != self.scope.livemode {
            return Err(ReadError::WrongMode);
        }
        let stripe = self.stripe.with_account(scope.connected_account())?;
        let subscription = self.read_subscription(&stripe, task).await?;
        let latest = match &subscription.of {
            Observed::Subscription { snapshot, .. } => snapshot.latest_invoice.clone(),
            Observed::Invoice { .. } => None,
        };
        let mut observations = vec![subscription];
        if let Some(latest) = latest {
            match self.read_invoice(&stripe, task, &latest).await {
                Ok(invoice) => observations.extend(invoice),
                // Only the subscription was asked for.
                Err(error) => tracing::warn!(invoice.id = latest.as_str(), "the latest invoice cannot be read: {error}"),
            }
        }
        Ok(observations)
    }

    async fn read_subscription(&self, stripe: &StripeClient, task: &ReadTask) -> Result<Observation, ReadError> {
        let answer = stripe.subscription(task.subscription.as_str()).await?;
        let read = Subscription::parse(answer.value.bytes())?;
        self.check_is_of(read.livemode, &read.object.customer, task)?;
        if SubscriptionId::new(read.object.id.as_ref()) != task.subscription {
            return Err(ReadError::WrongObject);
        }
        let Observed::Subscription { id, snapshot, details } = observed_subscription(&read.object) else {
            return Err(ReadError::WrongObject);
        };
        let details = if read.object.has_more_items {
            let whole = items::whole(stripe, &answer.value, task.subscription.as_str()).await?;
            items::complete(details, &Subscription::parse(&whole)?.object)
        } else {
            details
        };
        let observed = Observed::Subscription { id, snapshot, details };
        Ok(observation(
            observed,
            &read.object.customer,
            &task.customer.scope,
            interval(&answer),
        ))
    }

    async fn read_invoice(&self, stripe: &StripeClient, task: &ReadTask, id: &InvoiceId) -> Result<Option<Observation>, ReadError> {
        let answer = stripe.invoice(id.as_str()).await?;
        let read = Invoice::parse(answer.value.bytes())?;
        self.check_is_of(read.livemode, &read.object.customer, task)?;
        let (not_before, not_after) = interval(&answer);
        let observed = observed_invoice(&read.object, not_before);
        Ok(observed.map(|of| observation(of, &read.object.customer, &task.customer.scope, (not_before, not_after))))
    }

    fn check_is_of(&self, livemode: Option<bool>, customer: &str, task: &ReadTask) -> Result<(), ReadError> {
        self.check_mode(livemode).or(Err(ReadError::WrongMode))?;
        let is_theirs = CustomerId::new(customer) == task.customer.id;
        is_theirs.then_some(()).ok_or(ReadError::WrongCustomer)
    }

    /// Reads all subscriptions of a customer at once, for an operator who waits. Returns how many told something new,
    /// and how many are to be read again because they are changing.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn sync(&self, customer: &persistence::CustomerKey) -> Result<Synced, AskError> {
        if customer.scope.livemode != self.scope.livemode {
            return Err(AskError::WrongMode);
        }
        let answer = self
            .stripe
            .with_account(customer.scope.connected_account())?
            .subscriptions_of(customer.id.as_str())
            .await?;
        let mut observations = Vec::new();
        for object in &answer.value.items {
            observations.extend(self.subscription_in(object, interval(&answer))?);
        }
        for observation in &mut observations {
            observation.customer.scope = customer.scope.clone();
        }
        let mut synced = Synced::default();
        let outcomes = self.store.observe(&observations, Source::Operator, clock::now()).await?;
        for (observation, outcome) in observations.iter().zip(outcomes) {
            synced.read += 1;
            match outcome {
                ObservationOutcome::Accepted => synced.accepted += 1,
                ObservationOutcome::Confirmed => {}
                ObservationOutcome::Inconclusive { .. } => {
                    synced.again += 1;
                    if let Observed::Subscription { id, .. } = &observation.of {
                        self.store.reads().request(&observation.customer, id, clock::now()).await?;
                    }
                }
            }
        }
        Ok(synced)
    }
}

/// The result of reading a customer's subscriptions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// The number of subscriptions at Stripe.
    pub read: u64,
    /// The number of them that told something new.
    pub accepted: u64,
    /// The number of them that are changing, and are read again in a moment.
    pub again: u64,
}
