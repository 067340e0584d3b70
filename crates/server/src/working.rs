//! The work of a process beside answering requests: it sends what is owed, owes what falls due, and deletes what
//! expired.

use std::sync::Arc;
use std::time::Duration;

use intake::clock;
use pay_link::PayLinks;
use persistence::Store;
use workers::{Maintenance, RunningMaintenance, RunningPostRoom, WorkersError};

use crate::config::Config;
use crate::metrics::Metrics;
use crate::post_room::{MailError, SHUTDOWN_SECS, post_room, unlinked, unnamed};

/// The running workers. A process that only answers requests has none.
#[derive(Debug, Default)]
pub(crate) struct Working {
    /// The post room, if a destination of mail is configured.
    post_room: Option<RunningPostRoom>,
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
        let post_room = start_post_room(config, store, links, metrics)?;
        let owed = post_room.as_ref().map(RunningPostRoom::bell);
        let tell = move || {
            if let Some(owed) = &owed {
                owed();
            }
        };
        let maintenance = Maintenance::new(store.clone(), clock::now, tell).start(Duration::from_secs(SHUTDOWN_SECS));
        Ok(Self {
            post_room,
            maintenance: Some(maintenance),
        })
    }

    /// Returns a function that tells the workers that something was learned: notices may be owed, and something may
    /// fall due sooner.
    pub(crate) fn bell(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let owed = self.post_room.as_ref().map(RunningPostRoom::bell);
        let learned = self.maintenance.as_ref().map(RunningMaintenance::bell);
        move || {
            if let Some(owed) = &owed {
                owed();
            }
            if let Some(learned) = &learned {
                learned();
            }
        }
    }

    /// Starts nothing more, and waits for the work in progress.
    ///
    /// # Errors
    /// [`WorkersError`] if some had already ended.
    pub(crate) async fn stop(self) -> Result<(), WorkersError> {
        let sending = async {
            match self.post_room {
                Some(post_room) => post_room.stop().await,
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

fn start_post_room(
    config: &Config,
    store: &Store,
    links: Option<Arc<PayLinks>>,
    metrics: &Metrics,
) -> Result<Option<RunningPostRoom>, MailError> {
    let Some(post_room) = post_room(config, store.clone(), links)? else {
        tracing::warn!("DUNLIN_SMTP_URL is not set: notices are queued, and no mail is sent");
        return Ok(None);
    };
    for lack in unnamed(&config.mail).into_iter().chain(unlinked(&config.mail)) {
        tracing::warn!("{lack}");
    }
    let metrics = metrics.clone();
    let count = Arc::new(move |kind, tried| metrics.tried_mail(kind, tried));
    Ok(Some(post_room.with_count(count).start()))
}
