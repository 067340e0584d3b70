//! What a server does by itself: reads what is in doubt, follows the list of events, and once a day looks through everything.

use std::sync::Arc;
use std::time::{Duration, Instant};

use persistence::{Cursor, ReadTask, Store, UnixMicros, Via};
use stripe_client::StripeClient;
use tokio::sync::watch;
use workers::{Errand, Errands, RunningErrands, WorkersError};

use super::events::{Followed, LAG_SECS, Window};
use super::objects::ObjectsRead;
use super::payers::POLL;
use super::{AskError, Asking, LEASE_SECS, Progress, Waiting};
use crate::clock;
use crate::config::Config;
use crate::tally::Tally;

/// How a reconciliation ended.
#[derive(Clone, Debug)]
pub struct Reconciled {
    /// When.
    pub at: UnixMicros,
    /// What the list of events told.
    pub followed: Followed,
    /// What was read, where it was time for that.
    pub objects: Option<ObjectsRead>,
    /// How much was found that should have been told before.
    pub drift: u64,
    /// Why it failed, if it did; for a person.
    pub failure: Option<String>,
}

/// A server that asks Stripe by itself.
#[derive(Debug)]
pub struct Reconciling {
    errands: RunningErrands,
    last: watch::Receiver<Option<Reconciled>>,
}

/// How long what is under way may take once the server is to stop: it looks after every page.
const SHUTDOWN: Duration = Duration::from_secs(15);
/// For how long an operator waits for another: somewhat longer than the lease of one that died.
const PATIENCE: Duration = Duration::from_secs(LEASE_SECS.unsigned_abs() + 30);
/// Between two looks whether the other is done.
const TURN_PAUSE: Duration = Duration::from_millis(500);
/// Everything is looked through so often, in seconds.
const DAY_SECS: i64 = 24 * 60 * 60;

impl Reconciling {
    /// Begins to ask, giving way to the webhooks that come to this process, if it receives some. `bell` rings whenever something
    /// was learned.
    ///
    /// Where key and configuration contradict each other, nothing is asked, and the log says so: webhooks are taken all the same.
    pub fn start(
        config: &Config,
        store: &Store,
        stripe: StripeClient,
        webhooks: Option<Arc<Tally>>,
        bell: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Option<Self> {
        let errands = Errands::new();
        let asking = Asking::try_new(stripe, store.clone(), &config.ours, errands.stopping());
        let asking = match asking {
            Ok(asking) => match webhooks {
                Some(webhooks) => asking.giving_way_to(webhooks),
                None => asking,
            },
            Err(error) => {
                tracing::error!("Stripe is not asked: {error}");
                return None;
            }
        };
        let (told, last) = watch::channel(None);
        let errands = errands
            .with(reads(&asking, bell.clone()))
            .with(payers(&asking, bell.clone()))
            .with(reconciliation(&asking, config.reconcile.interval_secs, told, bell));
        Some(Self {
            errands: errands.start(SHUTDOWN),
            last,
        })
    }

    /// How the last reconciliation of this process ended.
    pub fn last(&self) -> watch::Receiver<Option<Reconciled>> {
        self.last.clone()
    }

    /// Asks no more; what was found so far is committed.
    ///
    /// # Errors
    /// [`WorkersError`] where the workers had ended before.
    pub async fn stop(self) -> Result<(), WorkersError> {
        self.errands.stop().await
    }
}

fn reads(asking: &Asking, bell: impl Fn() + Clone + Send + Sync + 'static) -> Errand {
    let (waiting, asking) = (asking.clone(), asking.clone());
    let next = move || {
        let asking = waiting.clone();
        async move { asking.next_read().await }
    };
    let run = move |task: ReadTask| {
        let (asking, bell) = (asking.clone(), bell.clone());
        async move {
            asking.run_read(&task).await;
            bell();
        }
    };
    Errand::new("read", next, run)
}

fn payers(asking: &Asking, bell: impl Fn() + Clone + Send + Sync + 'static) -> Errand {
    let asking = asking.clone();
    let run = move || {
        let (asking, bell) = (asking.clone(), bell.clone());
        async move {
            asking.find_payers().await;
            bell();
        }
    };
    Errand::every("payer", POLL, run)
}

fn reconciliation(
    asking: &Asking,
    interval_secs: u32,
    told: watch::Sender<Option<Reconciled>>,
    bell: impl Fn() + Clone + Send + Sync + 'static,
) -> Errand {
    let asking = asking.clone();
    let told = Arc::new(told);
    let run = move || {
        let (asking, told, bell) = (asking.clone(), Arc::clone(&told), bell.clone());
        async move {
            if let Some(reconciled) = asking.reconcile(interval_secs).await {
                told.send_replace(Some(reconciled));
            }
            bell();
        }
    };
    Errand::every("reconciliation", Duration::from_secs(u64::from(interval_secs)), run)
}

impl Asking {
    /// Reconciles, unless another instance is at it or was a moment ago.
    async fn reconcile(&self, interval_secs: u32) -> Option<Reconciled> {
        let began = clock::now();
        let result = self.try_reconcile(interval_secs, began).await;
        let mut reconciled = match result {
            Ok(None) | Err(AskError::Elsewhere) => return None,
            Ok(Some((followed, objects))) => Reconciled {
                at: clock::now(),
                followed,
                objects,
                drift: 0,
                failure: None,
            },
            Err(error) => {
                let told = anyhow::Error::from(error);
                tracing::error!("reconciliation failed: {told:#}");
                Reconciled {
                    at: clock::now(),
                    followed: Followed::default(),
                    objects: None,
                    drift: 0,
                    failure: Some(format!("{told:#}")),
                }
            }
        };
        reconciled.drift = self.store.count_drifts(began).await.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "drift cannot be counted");
            0
        });
        if let Err(error) = self.store.owe_drift_alert(clock::now()).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "our admin cannot be told of drift; the next reconciliation tries again"
            );
        }
        let Reconciled { followed, drift, .. } = &reconciled;
        if *drift > 0 {
            tracing::error!(drift, "Stripe told things that no webhook had: see GET /api/v1/drift");
        }
        tracing::info!(events = followed.listed, missing = followed.missing, drift, objects = ?reconciled.objects, "reconciled");
        Some(reconciled)
    }

    /// The list of events first, for that is what the cursor is about; then, once a day, the objects.
    async fn try_reconcile(
        &self,
        interval_secs: u32,
        began: UnixMicros,
    ) -> Result<Option<(Followed, Option<ObjectsRead>)>, AskError> {
        let Some(mut cursor) = self.claim().await? else {
            return Ok(None);
        };
        let reconciled = self.reconcile_from(&mut cursor, interval_secs, began).await;
        self.settle(&cursor, reconciled).await
    }

    /// Takes the account for this worker, if nobody else has it.
    pub(super) async fn claim(&self) -> Result<Option<Cursor>, AskError> {
        let claimed = self
            .store
            .claim_reconciliation(&self.scope, &self.worker, LEASE_SECS, clock::now());
        Ok(claimed.await?)
    }

    /// The same, waiting while another has it: until it is done, or, where it died, until its time is over.
    ///
    /// # Errors
    /// [`AskError::Elsewhere`] where it goes on for longer than that.
    pub(super) async fn claim_in_turn(&self, waiting: Waiting<'_>) -> Result<Cursor, AskError> {
        let began = Instant::now();
        let mut is_told = false;
        loop {
            if let Some(cursor) = self.claim().await? {
                return Ok(cursor);
            }
            if began.elapsed() > PATIENCE {
                return Err(AskError::Elsewhere);
            }
            if !is_told {
                waiting();
                is_told = true;
            }
            tokio::time::sleep(TURN_PAUSE).await;
        }
    }

    /// Keeps how far this worker came, also where what it did failed in the end, and lets others go on.
    pub(super) async fn settle<T>(&self, cursor: &Cursor, done: Result<T, AskError>) -> Result<T, AskError> {
        let kept = self
            .store
            .settle_reconciliation(&self.scope, &self.worker, cursor, clock::now())
            .await;
        let done = done?;
        if !kept? {
            tracing::warn!("another instance took the reconciliation over");
        }
        Ok(done)
    }

    async fn reconcile_from(
        &self,
        cursor: &mut Cursor,
        interval_secs: u32,
        began: UnixMicros,
    ) -> Result<Option<(Followed, Option<ObjectsRead>)>, AskError> {
        self.check_account().await?;
        let date = self.date().await?;
        let is_due = |at: Option<UnixMicros>| at.is_none_or(|at| at.plus_secs(DAY_SECS) <= began);
        let (is_full, reads_objects) = (is_due(cursor.full_at), is_due(cursor.objects_at));
        let fresh_secs = LAG_SECS + i64::from(interval_secs) / 2;
        let window = match cursor.events_through {
            Some(through) if !is_full && !reads_objects && through >= date - fresh_secs => return Ok(None),
            Some(through) if !is_full => Window::after(through, date),
            Some(_) | None => Window::full(date),
        };
        let via = self.via_of_objects().await?;
        let followed = self.follow_events(window, &|_, _| ()).await?;
        cursor.events_through = Some(window.to);
        if is_full {
            cursor.full_at = Some(began);
        }
        if !reads_objects {
            return Ok(Some((followed, None)));
        }
        let objects = self.read_objects(via, &|_, _| ()).await?;
        cursor.objects_at = Some(began);
        Ok(Some((followed, Some(objects))))
    }

    /// Follows the events of a window and reads every object, for an operator. While another instance is at it, it is waited for:
    /// `waiting` is then called once.
    ///
    /// # Errors
    /// [`AskError`]; what was learned before stays learned.
    pub async fn reconcile_once(
        &self,
        window: Window,
        now: UnixMicros,
        (waiting, events, objects): (Waiting<'_>, Progress<'_>, Progress<'_>),
    ) -> Result<(Followed, ObjectsRead), AskError> {
        let mut cursor = self.claim_in_turn(waiting).await?;
        let result = self.everything(window, (events, objects)).await;
        if result.is_ok() {
            // A window that begins behind the cursor leaves a hole; the server's next look has to start where it was.
            if cursor.events_through.is_none_or(|through| window.from <= through) {
                cursor.events_through = cursor.events_through.max(Some(window.to));
            }
            cursor.objects_at = Some(now);
        }
        self.settle(&cursor, result).await
    }

    async fn everything(
        &self,
        window: Window,
        (events, objects): (Progress<'_>, Progress<'_>),
    ) -> Result<(Followed, ObjectsRead), AskError> {
        self.check_account().await?;
        let via = self.via_of_objects().await?;
        let followed = self.follow_events(window, events).await?;
        Ok((followed, self.read_objects(via, objects).await?))
    }

    /// What is read where nothing was ever heard of is no drift: there was nothing to be wrong.
    async fn via_of_objects(&self) -> Result<Via, AskError> {
        let is_new = self.store.first_received_at().await?.is_none();
        Ok(if is_new { Via::Import } else { Via::Read })
    }
}
