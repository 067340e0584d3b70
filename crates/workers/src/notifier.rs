//! The notifier, which sends the notices of the outbox: its start and its stop.

use std::sync::Arc;
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use mail::{Letters, Sender, Transport};
use persistence::Store;
use tokio::sync::watch;

use crate::claimed_notice::ClaimedNotice;
use crate::context::NotifierContext;
use crate::delivery::{deliver, next_claim};
use crate::queue::queue;
use crate::worker_group::WorkerGroup;
use crate::{AttemptObserver, Clock, PayLinks, Rules, WakeHandle, WorkersError};

/// The notifier before it starts.
#[derive(Debug)]
pub struct Notifier {
    context: NotifierContext,
}

/// The running notifier.
#[derive(Debug)]
pub struct RunningNotifier {
    owed: WakeHandle,
    workers: WorkerGroup,
}

impl Notifier {
    /// Makes the notifier of this outbox.
    pub fn new(store: Store, letters: Letters, transport: Transport, sender: Sender, rules: Rules, clock: Clock) -> Self {
        Self {
            context: NotifierContext::new(store, letters, transport, sender, rules, clock),
        }
    }

    /// Uses Dunlin's own pay links, made as each letter is sent, instead of Stripe's from the time of the notice.
    #[must_use]
    pub fn with_pay_links(mut self, links: PayLinks) -> Self {
        self.context.set_pay_links(links);
        self
    }

    /// Reports the outcome of each attempt to this function.
    #[must_use]
    pub fn with_attempt_observer(mut self, observer: AttemptObserver) -> Self {
        self.context.set_attempt_observer(observer);
        self
    }

    #[cfg(test)]
    pub(crate) fn into_context(self) -> NotifierContext {
        self.context
    }

    /// Starts the workers.
    pub fn start(self) -> RunningNotifier {
        let owed = WakeHandle::new(&self.context.owed);
        let shutdown = Duration::from_secs(self.context.rules.shutdown_secs);
        RunningNotifier {
            owed,
            workers: WorkerGroup::start(self.monitor(), watch::Sender::new(false), shutdown),
        }
    }

    fn monitor(self) -> Monitor {
        let context = Arc::new(self.context);
        // Work that takes longer than its lease is no longer this process's to finish.
        let lease = context.lease();
        Monitor::new().register(move |restarts| {
            let (claiming, context) = (Arc::clone(&context), Arc::clone(&context));
            WorkerBuilder::new(format!("delivery-{}-{restarts}", context.worker))
                .backend(queue(move || {
                    let context = Arc::clone(&claiming);
                    async move { next_claim(&context).await }
                }))
                .concurrency(context.rules.concurrency)
                .timeout(lease)
                .catch_panic()
                .enable_tracing()
                .build(move |claimed: ClaimedNotice| {
                    let context = Arc::clone(&context);
                    async move { deliver(&context, &claimed).await }
                })
        })
    }
}

impl RunningNotifier {
    /// Returns the handle that tells the notifier that notices may be owed.
    pub fn wake_handle(&self) -> WakeHandle {
        self.owed.clone()
    }

    /// Takes no more notices, and waits for those in progress.
    ///
    /// # Errors
    /// [`WorkersError`] if the workers had already ended.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.workers.stop().await
    }
}
