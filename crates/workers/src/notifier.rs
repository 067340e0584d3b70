//! The post room: its parts, its start and its stop.

use std::sync::Arc;
use std::time::Duration;

use apalis::layers::WorkerBuilderExt;
use apalis_core::monitor::Monitor;
use apalis_core::worker::builder::WorkerBuilder;
use mail::{Letters, Sender, Transport};
use persistence::Store;
use tokio::sync::{Notify, watch};

use crate::claimed_notice::Taken;
use crate::context::Post;
use crate::delivery::{deliver, next_claim};
use crate::queue::queue;
use crate::team::Team;
use crate::{Clock, Count, PayLinks, Rules, WorkersError};

/// The post room before it starts.
#[derive(Debug)]
pub struct PostRoom {
    post: Post,
}

/// The running post room.
#[derive(Debug)]
pub struct RunningPostRoom {
    owed: Arc<Notify>,
    team: Team,
}

impl PostRoom {
    /// Makes the post room of this outbox.
    pub fn new(store: Store, letters: Letters, transport: Transport, sender: Sender, rules: Rules, clock: Clock) -> Self {
        Self {
            post: Post::new(store, letters, transport, sender, rules, clock),
        }
    }

    /// Uses Dunlin's own pay links, made as each letter is sent, instead of Stripe's from the time of the notice.
    #[must_use]
    pub fn with_pay_links(mut self, links: PayLinks) -> Self {
        self.post.set_pay_links(links);
        self
    }

    /// Reports the outcome of each attempt to this function.
    #[must_use]
    pub fn with_count(mut self, count: Count) -> Self {
        self.post.set_count(count);
        self
    }

    #[cfg(test)]
    pub(crate) fn into_post(self) -> Post {
        self.post
    }

    /// Starts the workers.
    pub fn start(self) -> RunningPostRoom {
        let owed = Arc::clone(&self.post.owed);
        let shutdown = Duration::from_secs(self.post.rules.shutdown_secs);
        RunningPostRoom {
            owed,
            team: Team::start(self.monitor(), watch::Sender::new(false), shutdown),
        }
    }

    fn monitor(self) -> Monitor {
        let post = Arc::new(self.post);
        // Work that takes longer than its lease is no longer this process's to finish.
        let lease = post.lease();
        Monitor::new().register(move |restarts| {
            let (claiming, post) = (Arc::clone(&post), Arc::clone(&post));
            WorkerBuilder::new(format!("delivery-{}-{restarts}", post.worker))
                .backend(queue(move || {
                    let post = Arc::clone(&claiming);
                    async move { next_claim(&post).await }
                }))
                .concurrency(post.rules.concurrency)
                .timeout(lease)
                .catch_panic()
                .enable_tracing()
                .build(move |taken: Taken| {
                    let post = Arc::clone(&post);
                    async move { deliver(&post, &taken).await }
                })
        })
    }
}

impl RunningPostRoom {
    /// Returns a function that tells the post room that notices may be owed.
    pub fn bell(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let owed = Arc::clone(&self.owed);
        move || owed.notify_one()
    }

    /// Takes no more notices, and waits for those in progress.
    ///
    /// # Errors
    /// [`WorkersError`] if the workers had already ended.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.team.stop().await
    }
}
