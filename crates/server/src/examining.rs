//! The periodic examination by a server.

use std::sync::Arc;
use std::time::Duration;

use doctor::{Doctor, Finding, Report, Severity};
use intake::SignatureCounter;
use persistence::Store;
use tokio::sync::watch;
use workers::{PeriodicJob, PeriodicJobs, RunningPeriodicJobs, WorkersError};

/// The time that an examination in progress may take once the server stops. Nothing is lost with it.
const SHUTDOWN: Duration = Duration::from_secs(1);

/// Periodic examinations that are running.
#[derive(Debug)]
pub(crate) struct Examining {
    jobs: RunningPeriodicJobs,
    last: watch::Receiver<Option<Report>>,
    signatures: Arc<SignatureCounter>,
    store: Store,
}

impl Examining {
    /// Starts examinations: one at once, and then one every `interval_secs`. Each first writes the counts down.
    pub(crate) fn start(doctor: Doctor, signatures: Arc<SignatureCounter>, store: &Store, interval_secs: u32) -> Self {
        let (told, last) = watch::channel(None);
        let told = Arc::new(told);
        let write_down = (Arc::clone(&signatures), store.clone());
        let run = move || {
            let (doctor, told) = (doctor.clone(), Arc::clone(&told));
            let (signatures, store) = write_down.clone();
            async move {
                keep(&signatures, &store).await;
                let report = doctor.examine().await;
                let news = report.news_since(told.borrow().as_ref());
                news.into_iter().for_each(log);
                told.send_replace(Some(report));
            }
        };
        let job = PeriodicJob::every("doctor", Duration::from_secs(u64::from(interval_secs)), run);
        Self {
            jobs: PeriodicJobs::new().with(job).start(SHUTDOWN),
            last,
            signatures,
            store: store.clone(),
        }
    }

    /// Returns the last report, which is `None` before the first examination.
    pub(crate) fn last(&self) -> watch::Receiver<Option<Report>> {
        self.last.clone()
    }

    /// Stops the examinations, and writes down the rest of the counts.
    ///
    /// # Errors
    /// [`WorkersError`] if the workers had already ended.
    pub(crate) async fn stop(self) -> Result<(), WorkersError> {
        let stopped = self.jobs.stop().await;
        keep(&self.signatures, &self.store).await;
        stopped
    }
}

async fn keep(signatures: &SignatureCounter, store: &Store) {
    if let Err(error) = signatures.write_down(store).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "how many deliveries came is not written down yet"
        );
    }
}

fn log(finding: &Finding) {
    let fix = finding.fix.as_deref();
    if finding.severity == Severity::Error {
        tracing::error!(finding.id, fix, "{}", finding.says);
    } else {
        tracing::warn!(finding.id, fix, "{}", finding.says);
    }
}
