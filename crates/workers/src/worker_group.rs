//! Workers under one monitor: started together, restarted if one breaks, stopped together.

use std::time::Duration;

use apalis_core::monitor::Monitor;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The reason why the workers ended by themselves.
#[derive(Debug, thiserror::Error)]
#[error("the workers ended: {0}")]
pub struct WorkersError(String);

/// Running workers.
#[derive(Debug)]
pub(crate) struct WorkerGroup {
    stop: watch::Sender<bool>,
    monitor: JoinHandle<Result<(), WorkersError>>,
}

impl WorkerGroup {
    /// Starts a monitor's workers, which run until `stop` is set. Work in progress may take `shutdown` longer then.
    pub(crate) fn start(monitor: Monitor, stop: watch::Sender<bool>, shutdown: Duration) -> Self {
        // A job that panics or takes too long ends by itself. Only a worker that breaks is restarted.
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

    /// Starts nothing more, and waits for the work in progress.
    ///
    /// # Errors
    /// [`WorkersError`] if the workers had already ended.
    pub(crate) async fn stop(self) -> Result<(), WorkersError> {
        // There is no receiver if the workers have already ended.
        self.stop.send_replace(true);
        match self.monitor.await {
            Ok(ended) => ended,
            Err(panic) => Err(WorkersError(panic.to_string())),
        }
    }
}

async fn run(monitor: Monitor, mut stopped: watch::Receiver<bool>) -> Result<(), WorkersError> {
    let stop = async move {
        // A dropped sender means stop, too.
        drop(stopped.wait_for(|&stopped| stopped).await);
        Ok(())
    };
    let ended = monitor.run_with_signal(stop).await;
    ended.map_err(|error| WorkersError(error.to_string()))
}
