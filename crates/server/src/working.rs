//! The work of a process beside answering requests: it sends what is owed, owes what falls due, and deletes what
//! expired.

use std::sync::Arc;
use std::time::Duration;

use configuration::Config;
use http_api::Metrics;
use intake::clock;
use pay_link::PayLinks;
use persistence::Store;
use workers::{AttemptOutcome, Maintenance, RunningMaintenance, RunningNotifier, WakeHandle, WorkersError};

use crate::notifier::{self, MailError, SHUTDOWN_SECS, unlinked, unnamed};

/// The running workers. A process that only answers requests has none.
#[derive(Debug, Default)]
pub(crate) struct Working {
    /// The notifier, if a destination of mail is configured.
    notifier: Option<RunningNotifier>,
    maintenance: Option<RunningMaintenance>,
}

impl Working {
    /// Starts all of them.
    ///
    /// # Errors
    /// [`MailError`] says what about mail cannot be used.
    pub(crate) fn start(
        config: &Config,
        store: &Store,
        links: Option<Arc<PayLinks>>,
        metrics: &Metrics,
    ) -> Result<Self, MailError> {
        let notifier = start_notifier(config, store, links, metrics)?;
        let owed = notifier.as_ref().map(RunningNotifier::wake_handle);
        let tell = move || owed.iter().for_each(WakeHandle::notify);
        let maintenance = Maintenance::new(store.clone(), clock::now, tell).start(Duration::from_secs(SHUTDOWN_SECS));
        Ok(Self {
            notifier,
            maintenance: Some(maintenance),
        })
    }

    /// Returns a function that tells the workers that something was learned: notices may be owed, and something may
    /// fall due sooner.
    pub(crate) fn waker(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let owed = self.notifier.as_ref().map(RunningNotifier::wake_handle);
        let learned = self.maintenance.as_ref().map(RunningMaintenance::wake_handle);
        move || owed.iter().chain(&learned).for_each(WakeHandle::notify)
    }

    /// Starts nothing more, and waits for the work in progress.
    ///
    /// # Errors
    /// [`WorkersError`] if some had already ended.
    pub(crate) async fn stop(self) -> Result<(), WorkersError> {
        let sending = async {
            match self.notifier {
                Some(notifier) => notifier.stop().await,
                None => Ok(()),
            }
        };
        let maintaining = async {
            match self.maintenance {
                Some(maintenance) => maintenance.stop().await,
                None => Ok(()),
            }
        };
        let (sent, maintained) = tokio::join!(sending, maintaining);
        sent.and(maintained)
    }
}

fn start_notifier(
    config: &Config,
    store: &Store,
    links: Option<Arc<PayLinks>>,
    metrics: &Metrics,
) -> Result<Option<RunningNotifier>, MailError> {
    let Some(notifier) = notifier::notifier(config, store.clone(), links)? else {
        tracing::warn!("DUNLIN_SMTP_URL is not set: notices are queued, and no mail is sent");
        return Ok(None);
    };
    for lack in unnamed(&config.mail).into_iter().chain(unlinked(&config.mail)) {
        tracing::warn!("{lack}");
    }
    let metrics = metrics.clone();
    let observer = Arc::new(move |kind, outcome: AttemptOutcome| metrics.tried_mail(kind, outcome.as_str()));
    Ok(Some(notifier.with_attempt_observer(observer).start()))
}
