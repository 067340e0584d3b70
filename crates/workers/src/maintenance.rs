//! Maintenance: work that falls due by time, and daily work, with or without a mail server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use persistence::{Store, worker_name};
use tokio::sync::watch;

use crate::due_work::{DueWork, MaintenanceContext};
use crate::queue::queue;
use crate::worker_group::WorkerGroup;
use crate::{Clock, WakeHandle, WorkersError};

/// Maintenance that is not running yet. It owes what falls due by time alone, and once a day the digest; it prunes and
/// compacts.
pub struct Maintenance {
    context: MaintenanceContext,
}

/// Maintenance that is running.
#[derive(Debug)]
pub struct RunningMaintenance {
    learned: WakeHandle,
    workers: WorkerGroup,
}

impl Maintenance {
    /// Makes the maintenance of this database. It calls `owed` when a notice may have become owed.
    pub fn new(store: Store, clock: Clock, owed: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            context: MaintenanceContext::new(store, clock, owed),
        }
    }

    /// Starts it. Work in progress may take `shutdown` longer once it is stopped.
    pub fn start(self, shutdown: Duration) -> RunningMaintenance {
        let learned = WakeHandle::new(&self.context.learned);
        let (context, name) = (Arc::new(self.context), worker_name());
        let monitor = Monitor::new().register(move |restarts| {
            let (waiting, running) = (Arc::clone(&context), Arc::clone(&context));
            WorkerBuilder::new(format!("maintenance-{name}-{restarts}"))
                .backend(queue(move || {
                    let context = Arc::clone(&waiting);
                    async move { context.next().await }
                }))
                .concurrency(1)
                .catch_panic()
                .enable_tracing()
                .build(move |work: DueWork| {
                    let context = Arc::clone(&running);
                    async move { context.run(work).await }
                })
        });
        RunningMaintenance {
            learned,
            workers: WorkerGroup::start(monitor, watch::Sender::new(false), shutdown),
        }
    }
}

impl fmt::Debug for Maintenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Maintenance").finish_non_exhaustive()
    }
}

impl RunningMaintenance {
    /// Returns the handle that tells the maintenance that something was learned, so that something may fall due sooner.
    pub fn wake_handle(&self) -> WakeHandle {
        self.learned.clone()
    }

    /// Starts nothing more, and waits for the work in progress.
    ///
    /// # Errors
    /// [`WorkersError`] if it had already ended.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.workers.stop().await
    }
}
