//! Periodic jobs: recurring work, each by a worker of its own under one monitor.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use persistence::worker_name;
use tokio::sync::watch;

use crate::WorkersError;
use crate::queue::queue;
use crate::worker_group::WorkerGroup;

/// A function that adds a job's worker to a monitor, with this text in the worker's name.
type Register = dyn FnOnce(Monitor, &str) -> Monitor + Send;

/// A task that is done again and again, one run after the other.
pub struct PeriodicJob {
    name: &'static str,
    register: Box<Register>,
}

impl PeriodicJob {
    /// Makes a job of this name. `next` waits until there is work and returns it; `run` does it. The two never run
    /// at the same time.
    pub fn new<Job, Waiting, Running>(
        name: &'static str,
        next: impl Fn() -> Waiting + Send + Sync + 'static,
        run: impl Fn(Job) -> Running + Send + Sync + 'static,
    ) -> Self
    where
        Job: Send + 'static,
        Waiting: Future<Output = Job> + Send + 'static,
        Running: Future<Output = ()> + Send + 'static,
    {
        let (next, run) = (Arc::new(next), Arc::new(run));
        let register = move |monitor: Monitor, process: &str| {
            let process = process.to_owned();
            monitor.register(move |restarts| {
                let (next, run) = (Arc::clone(&next), Arc::clone(&run));
                WorkerBuilder::new(format!("{name}-{process}-{restarts}"))
                    .backend(queue(move || next()))
                    .concurrency(1)
                    .catch_panic()
                    .enable_tracing()
                    .build(move |job: Job| run(job))
            })
        };
        Self {
            name,
            register: Box::new(register),
        }
    }

    /// Makes a job that runs at once, and again after `interval` from the end of each run.
    pub fn every<Running>(name: &'static str, interval: Duration, run: impl Fn() -> Running + Send + Sync + 'static) -> Self
    where
        Running: Future<Output = ()> + Send + 'static,
    {
        let is_begun = AtomicBool::new(false);
        let next = move || {
            let is_first = !is_begun.swap(true, Ordering::Relaxed);
            tokio::time::sleep(if is_first { Duration::ZERO } else { interval })
        };
        Self::new(name, next, move |()| run())
    }
}

impl fmt::Debug for PeriodicJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeriodicJob")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Jobs that are not running yet.
#[derive(Debug)]
pub struct PeriodicJobs {
    jobs: Vec<PeriodicJob>,
    stop: watch::Sender<bool>,
}

/// Jobs that are running.
#[derive(Debug)]
pub struct RunningPeriodicJobs(WorkerGroup);

impl PeriodicJobs {
    /// Makes an empty set.
    pub fn new() -> Self {
        Self {
            jobs: Vec::new(),
            stop: watch::Sender::new(false),
        }
    }

    /// Returns the signal to stop, which becomes true. A long job checks it now and then.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Adds a job.
    #[must_use]
    pub fn with(mut self, job: PeriodicJob) -> Self {
        self.jobs.push(job);
        self
    }

    /// Starts the jobs. Work in progress may take `shutdown` longer once they are stopped.
    pub fn start(self, shutdown: Duration) -> RunningPeriodicJobs {
        let name = worker_name();
        let register = |monitor, job: PeriodicJob| (job.register)(monitor, &name);
        let monitor = self.jobs.into_iter().fold(Monitor::new(), register);
        RunningPeriodicJobs(WorkerGroup::start(monitor, self.stop, shutdown))
    }
}

impl Default for PeriodicJobs {
    fn default() -> Self {
        Self::new()
    }
}

impl RunningPeriodicJobs {
    /// Starts no more runs, and waits for the work in progress.
    ///
    /// # Errors
    /// [`WorkersError`] if the workers had already ended.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.0.stop().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::{Mutex, mpsc};

    use super::*;

    /// Makes a job that does what is sent to it, and reports what it did.
    fn job(name: &'static str) -> (mpsc::UnboundedSender<u32>, mpsc::UnboundedReceiver<u32>, PeriodicJob) {
        let (ask, asked) = mpsc::unbounded_channel();
        let (tell, told) = mpsc::unbounded_channel();
        let asked = Arc::new(Mutex::new(asked));
        let next = move || {
            let asked = Arc::clone(&asked);
            async move {
                match asked.lock().await.recv().await {
                    Some(job) => job,
                    None => std::future::pending().await,
                }
            }
        };
        let run = move |job: u32| {
            let tell = tell.clone();
            async move {
                assert_ne!(job, 13, "this one panics");
                tell.send(job).unwrap();
            }
        };
        (ask, told, PeriodicJob::new(name, next, run))
    }

    #[tokio::test]
    async fn jobs_run_side_by_side_and_outlive_their_panics() {
        let (ask_one, mut told_one, one) = job("one");
        let (ask_two, mut told_two, two) = job("two");
        let running = PeriodicJobs::new().with(one).with(two).start(Duration::from_secs(5));
        ask_one.send(13).unwrap();
        ask_one.send(1).unwrap();
        ask_two.send(2).unwrap();
        assert_eq!((told_one.recv().await, told_two.recv().await), (Some(1), Some(2)));
        running.stop().await.unwrap();
    }

    #[tokio::test]
    async fn what_is_under_way_is_waited_for_and_knows_that_it_is_to_end() {
        let begun = Arc::new(tokio::sync::Notify::new());
        let ended = Arc::new(AtomicUsize::new(0));
        let jobs = PeriodicJobs::new();
        let stopping = jobs.stopping();
        let (begins, ends) = (Arc::clone(&begun), Arc::clone(&ended));
        let long = PeriodicJob::new(
            "long",
            || std::future::ready(()),
            move |()| {
                let (begins, ends, mut stopping) = (Arc::clone(&begins), Arc::clone(&ends), stopping.clone());
                async move {
                    begins.notify_one();
                    stopping.wait_for(|&stopping| stopping).await.unwrap();
                    assert!(*stopping.borrow());
                    ends.fetch_add(1, Ordering::SeqCst);
                }
            },
        );
        let running = jobs.with(long).start(Duration::from_secs(5));
        begun.notified().await;
        assert_eq!(ended.load(Ordering::SeqCst), 0);
        running.stop().await.unwrap();
        assert!(ended.load(Ordering::SeqCst) >= 1);
    }
}
