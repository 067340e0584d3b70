//! Workers under one monitor: started together, started again where one breaks, stopped together.

use std::time::Duration;

use apalis_core::monitor::Monitor;
use rand::distr::{Alphanumeric, SampleString};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Why the workers ended by themselves.
#[derive(Debug, thiserror::Error)]
#[error("the workers ended: {0}")]
pub struct WorkersError(String);

/// Workers that are at work.
#[derive(Debug)]
pub(crate) struct Team {
    stop: watch::Sender<bool>,
    monitor: JoinHandle<Result<(), WorkersError>>,
}

/// Letters and digits in a name.
const NAME_LEN: usize = 12;

/// A name that no other process bears, and not this one at its next start: nobody's lease is taken for one's own, and apalis
/// refuses a name that another worker bore lately.
pub fn own_name() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), NAME_LEN)
}

impl Team {
    /// Sets a monitor's workers to work, until `stop` says so. `shutdown` is for how long what is under way may go on then.
    pub(crate) fn start(monitor: Monitor, stop: watch::Sender<bool>, shutdown: Duration) -> Self {
        // A job that panicked or took too long ends by itself; only a worker that broke is started again.
        let monitor = monitor
            .should_restart(|worker, error| {
                tracing::error!(worker = worker.name(), "a worker is started again: {error}");
                true
            })
            .shutdown_timeout(shutdown);
        let stopped = stop.subscribe();
        Self {
            stop,
            monitor: tokio::spawn(run(monitor, stopped)),
        }
    }

    /// Begins nothing more, and waits for what is under way.
    ///
    /// # Errors
    /// [`WorkersError`] where the workers had ended before.
    pub(crate) async fn stop(self) -> Result<(), WorkersError> {
        // Nobody listens where the workers have ended already.
        self.stop.send_replace(true);
        match self.monitor.await {
            Ok(ended) => ended,
            Err(panic) => Err(WorkersError(panic.to_string())),
        }
    }
}

async fn run(monitor: Monitor, mut stopped: watch::Receiver<bool>) -> Result<(), WorkersError> {
    let stop = async move {
        // A sender that is gone wants no more work done either.
        drop(stopped.wait_for(|&stopped| stopped).await);
        Ok(())
    };
    let ended = monitor.run_with_signal(stop).await;
    ended.map_err(|error| WorkersError(error.to_string()))
}
