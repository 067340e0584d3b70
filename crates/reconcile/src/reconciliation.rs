//! A reconciliation: one worker at a time follows the list of events, and reads every object once a day.

use std::time::{Duration, Instant};

use intake::clock;
use persistence::{Cursor, Source, UnixMicros};
use subscription::DAY_SECS;

use crate::events::{Followed, LAG_SECS, Window};
use crate::objects::ObjectsRead;
use crate::{AskError, LEASE_SECS, Progress, Reconciler, Waiting};

/// The result of a reconciliation.
#[derive(Clone, Debug)]
pub struct Reconciled {
    /// The time of its end.
    pub at: UnixMicros,
    /// The result of following the list of events.
    pub followed: Followed,
    /// The result of reading every object, if that was due.
    pub objects: Option<ObjectsRead>,
    /// The number of differences that webhooks should have told before.
    pub drift: u64,
    /// The reason of the failure, if it failed; for a person.
    pub failure: Option<String>,
}

/// The time that an operator waits for another instance: somewhat longer than the lease of an instance that died.
const PATIENCE: Duration = Duration::from_secs(LEASE_SECS.unsigned_abs() + 30);
/// The seconds after which everything is read again.
const OBJECTS_EVERY_SECS: i64 = DAY_SECS;
/// The pause between two checks whether the other instance is done.
const TURN_PAUSE: Duration = Duration::from_millis(500);

impl Reconciler {
    /// Reconciles, unless another instance is doing so or did a moment ago.
    pub async fn reconcile(&self, interval_secs: u32) -> Option<Reconciled> {
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
                let told = format!("{:#}", anyhow::Error::from(error));
                tracing::error!("reconciliation failed: {told}");
                Reconciled {
                    at: clock::now(),
                    followed: Followed::default(),
                    objects: None,
                    drift: 0,
                    failure: Some(told),
                }
            }
        };
        reconciled.drift = self.store.drift().count(began).await.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "drift cannot be counted");
            0
        });
        if let Err(error) = self.store.outbox().owe_drift_alert(clock::now()).await {
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

    /// Follows the list of events first, because the cursor is about it, and then, once a day, reads the objects.
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

    /// Claims the account for this worker, if nobody else has it.
    pub(crate) async fn claim(&self) -> Result<Option<Cursor>, AskError> {
        let claimed = self
            .store
            .claim_reconciliation(&self.scope, &self.worker, LEASE_SECS, clock::now());
        Ok(claimed.await?)
    }

    /// Claims the account, and waits while another instance has it: until that is done, or, if it died, until its lease
    /// ends.
    ///
    /// # Errors
    /// [`AskError::Elsewhere`] if the other instance takes longer than that.
    pub(crate) async fn claim_in_turn(&self, waiting: Waiting<'_>) -> Result<Cursor, AskError> {
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

    /// Records how far this worker came, even if its work failed in the end, and lets others continue.
    pub(crate) async fn settle<T>(&self, cursor: &Cursor, done: Result<T, AskError>) -> Result<T, AskError> {
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
        let is_due = |at: Option<UnixMicros>| at.is_none_or(|at| at.plus_secs(OBJECTS_EVERY_SECS) <= began);
        let (is_full, reads_objects) = (is_due(cursor.full_at), is_due(cursor.objects_at));
        let fresh_secs = LAG_SECS + i64::from(interval_secs) / 2;
        let window = match cursor.events_through {
            Some(through) if !is_full && !reads_objects && through >= date - fresh_secs => return Ok(None),
            Some(through) if !is_full => Window::after(through, date),
            Some(_) | None => Window::full(date),
        };
        let source = self.source_of_objects().await?;
        let followed = self.follow_events(window, &|_, _| ()).await?;
        cursor.events_through = Some(window.to);
        if is_full {
            cursor.full_at = Some(began);
        }
        if !reads_objects {
            return Ok(Some((followed, None)));
        }
        let objects = self.read_objects(source, &|_, _| ()).await?;
        cursor.objects_at = Some(began);
        Ok(Some((followed, Some(objects))))
    }

    /// Follows the events of a window and reads every object, for an operator. It waits while another instance
    /// reconciles, and then calls `waiting` once.
    ///
    /// # Errors
    /// [`AskError`]. What was learned before is kept.
    pub async fn reconcile_once(
        &self,
        window: Window,
        now: UnixMicros,
        (waiting, events, objects): (Waiting<'_>, Progress<'_>, Progress<'_>),
    ) -> Result<(Followed, ObjectsRead), AskError> {
        let mut cursor = self.claim_in_turn(waiting).await?;
        let result = self.everything(window, (events, objects)).await;
        if result.is_ok() {
            // A window that begins after the cursor leaves a hole, so the server's next read must start at the cursor.
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
        let source = self.source_of_objects().await?;
        let followed = self.follow_events(window, events).await?;
        Ok((followed, self.read_objects(source, objects).await?))
    }

    /// Returns the source of objects that are read. If nothing was ever received, the read is an import and finds no
    /// drift, because nothing could be wrong.
    async fn source_of_objects(&self) -> Result<Source, AskError> {
        let is_new = self.store.inbox().first_received_at().await?.is_none();
        Ok(if is_new { Source::Import } else { Source::Read })
    }
}
