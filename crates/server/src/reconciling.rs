//! The work that a server does by itself: it reads what is in doubt, follows the list of events, and reads everything
//! once a day.

use std::sync::Arc;
use std::time::Duration;

use configuration::Config;
use intake::SignatureCounter;
use persistence::{ReadTask, Store};
use reconcile::Reconciler;
use reconcile::reconciliation::Reconciled;
use stripe_client::StripeClient;
use tokio::sync::watch;
use workers::{PeriodicJob, PeriodicJobs, RunningPeriodicJobs, WorkersError};

/// A server that asks Stripe by itself.
#[derive(Debug)]
pub(crate) struct Reconciling {
    jobs: RunningPeriodicJobs,
    last: watch::Receiver<Option<Reconciled>>,
}

/// The pause between two searches for disputed payments.
const PAYERS_POLL: Duration = Duration::from_secs(5);
/// The time that work in progress may take once the server stops. It checks for the stop after every page.
const SHUTDOWN: Duration = Duration::from_secs(15);

impl Reconciling {
    /// Starts to ask, and gives way to the webhooks of this process, if it receives some. It calls `notify` whenever
    /// something was learned.
    ///
    /// If key and configuration contradict each other, it asks nothing and logs that. Webhooks are accepted all the
    /// same.
    pub(crate) fn start(
        config: &Config,
        store: &Store,
        stripe: StripeClient,
        webhooks: Option<Arc<SignatureCounter>>,
        notify: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Option<Self> {
        let jobs = PeriodicJobs::new();
        let reconciler = match Reconciler::try_new(stripe, store.clone(), &config.filter) {
            Ok(reconciler) => match webhooks {
                Some(webhooks) => reconciler.giving_way_to(webhooks),
                None => reconciler,
            },
            Err(error) => {
                tracing::error!("Stripe is not asked: {error}");
                return None;
            }
        };
        let reconciler = reconciler.until(jobs.stopping());
        let (told, last) = watch::channel(None);
        let jobs = jobs
            .with(reads(&reconciler, notify.clone()))
            .with(payers(&reconciler, notify.clone()))
            .with(reconciliation(&reconciler, config.reconcile.interval_secs, told, notify));
        Some(Self {
            jobs: jobs.start(SHUTDOWN),
            last,
        })
    }

    /// Returns the result of this process's last reconciliation.
    pub(crate) fn last(&self) -> watch::Receiver<Option<Reconciled>> {
        self.last.clone()
    }

    /// Stops asking. What was found so far is committed.
    ///
    /// # Errors
    /// [`WorkersError`] if the workers had already ended.
    pub(crate) async fn stop(self) -> Result<(), WorkersError> {
        self.jobs.stop().await
    }
}

fn reads(reconciler: &Reconciler, notify: impl Fn() + Clone + Send + Sync + 'static) -> PeriodicJob {
    let (waiting, reconciler) = (reconciler.clone(), reconciler.clone());
    let next = move || {
        let reconciler = waiting.clone();
        async move { reconciler.next_read().await }
    };
    let run = move |task: ReadTask| {
        let (reconciler, notify) = (reconciler.clone(), notify.clone());
        async move {
            reconciler.run_read(&task).await;
            notify();
        }
    };
    PeriodicJob::new("read", next, run)
}

fn payers(reconciler: &Reconciler, notify: impl Fn() + Clone + Send + Sync + 'static) -> PeriodicJob {
    let reconciler = reconciler.clone();
    let run = move || {
        let (reconciler, notify) = (reconciler.clone(), notify.clone());
        async move {
            reconciler.find_payers().await;
            notify();
        }
    };
    PeriodicJob::every("payer", PAYERS_POLL, run)
}

fn reconciliation(
    reconciler: &Reconciler,
    interval_secs: u32,
    told: watch::Sender<Option<Reconciled>>,
    notify: impl Fn() + Clone + Send + Sync + 'static,
) -> PeriodicJob {
    let reconciler = reconciler.clone();
    let told = Arc::new(told);
    let run = move || {
        let (reconciler, told, notify) = (reconciler.clone(), Arc::clone(&told), notify.clone());
        async move {
            if let Some(reconciled) = reconciler.reconcile(interval_secs).await {
                told.send_replace(Some(reconciled));
            }
            notify();
        }
    };
    PeriodicJob::every("reconciliation", Duration::from_secs(u64::from(interval_secs)), run)
}
