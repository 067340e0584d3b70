//! Errands: recurring work, each by a worker of its own under one monitor.

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
use crate::team::Team;

/// A function that adds an errand's worker to a monitor, with this text in the worker's name.
type Register = dyn FnOnce(Monitor, &str) -> Monitor + Send;

/// A task that is done again and again, one run after the other.
pub struct Errand {
    name: &'static str,
    register: Box<Register>,
}

impl Errand {
    /// Makes an errand of this name. `next` waits until there is work and returns it; `run` does it. The two never run
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
        let register = move |monitor: Monitor, team: &str| {
            let team = team.to_owned();
            monitor.register(move |restarts| {
                let (next, run) = (Arc::clone(&next), Arc::clone(&run));
                WorkerBuilder::new(format!("{name}-{team}-{restarts}"))
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

    /// Makes an errand that runs at once, and again after `interval` from the end of each run.
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

impl fmt::Debug for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Errand").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Errands that are not running yet.
#[derive(Debug)]
pub struct Errands {
    errands: Vec<Errand>,
    stop: watch::Sender<bool>,
}

/// Errands that are running.
#[derive(Debug)]
pub struct RunningErrands(Team);

impl Errands {
    /// Makes an empty set.
    pub fn new() -> Self {
        Self {
            errands: Vec::new(),
            stop: watch::Sender::new(false),
        }
    }

    /// Returns the signal to stop, which becomes true. A long errand checks it now and then.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Adds an errand.
    #[must_use]
    pub fn with(mut self, errand: Errand) -> Self {
        self.errands.push(errand);
        self
    }

    /// Starts the errands. Work in progress may take `shutdown` longer once they are stopped.
    pub fn start(self, shutdown: Duration) -> RunningErrands {
        let name = worker_name();
        let register = |monitor, errand: Errand| (errand.register)(monitor, &name);
        let monitor = self.errands.into_iter().fold(Monitor::new(), register);
        RunningErrands(Team::start(monitor, self.stop, shutdown))
    }
}

impl Default for Errands {
    fn default() -> Self {
        Self::new()
    }
}

impl RunningErrands {
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

    /// Makes an errand that does what is sent to it, and reports what it did.
    fn errand(name: &'static str) -> (mpsc::UnboundedSender<u32>, mpsc::UnboundedReceiver<u32>, Errand) {
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
        (ask, told, Errand::new(name, next, run))
    }

    #[tokio::test]
    async fn errands_are_run_side_by_side_and_outlive_their_panics() {
        let (ask_one, mut told_one, one) = errand("one");
        let (ask_two, mut told_two, two) = errand("two");
        let running = Errands::new().with(one).with(two).start(Duration::from_secs(5));
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
        let errands = Errands::new();
        let stopping = errands.stopping();
        let (begins, ends) = (Arc::clone(&begun), Arc::clone(&ended));
        let long = Errand::new(
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
        let running = errands.with(long).start(Duration::from_secs(5));
        begun.notified().await;
        assert_eq!(ended.load(Ordering::SeqCst), 0);
        running.stop().await.unwrap();
        assert!(ended.load(Ordering::SeqCst) >= 1);
    }
}
