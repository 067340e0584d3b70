//! The daily digest of what waits for a person.

use ledger::{NewNotice, NoticeState, Outcome, UnixMicros};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::notices::{Digest, StaffNotice, StuckNotice};
use subscription::{DAY_SECS, UnixSeconds};

use crate::entity::{outbox, stripe_event};
use crate::error::at;
use crate::outbox::owe_new;
use crate::{Outbox, StoreError};

/// The most notices of a kind that a digest lists.
const MAX_LISTED: u64 = 20;

impl Outbox<'_> {
    /// Owes the admin a digest of the last whole day, UTC, if anything in it waits for a person. A second call for the
    /// same day changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn owe_digest(self, now: UnixMicros) -> Result<(), StoreError> {
        let until = now.to_unix_seconds().as_secs().div_euclid(DAY_SECS) * DAY_SECS;
        let digest = self.digest(until - DAY_SECS, until).await?;
        if digest.quarantined + digest.dead_count + digest.unknown_count == 0 {
            return Ok(());
        }
        let notice = NewNotice::to_staff(format!("team:digest:{until}"), StaffNotice::Digest(digest), now, now);
        let tx = self.store.begin().await?;
        owe_new(&tx, [notice], "owe the digest").await?;
        self.store.commit(tx).await
    }

    async fn digest(self, since_secs: i64, until_secs: i64) -> Result<Digest, StoreError> {
        let micros = |secs: i64| UnixMicros::new(0).plus_secs(secs).as_micros();
        let (since, until) = (micros(since_secs), micros(until_secs));
        let quarantined = stripe_event::Entity::find()
            .filter(stripe_event::Column::Outcome.eq(Outcome::Quarantined.as_str()))
            .filter(stripe_event::Column::ReceivedAt.gte(since))
            .filter(stripe_event::Column::ReceivedAt.lt(until))
            .count(&self.store.reading().await?)
            .await
            .map_err(at("count the quarantined deliveries"))?;
        let (dead_count, dead) = self.stuck(NoticeState::Dead, since, until).await?;
        let (unknown_count, unknown) = self.stuck(NoticeState::Unknown, since, until).await?;
        Ok(Digest {
            since: UnixSeconds::new(since_secs),
            until: UnixSeconds::new(until_secs),
            quarantined,
            dead_count,
            dead,
            unknown_count,
            unknown,
        })
    }

    async fn stuck(self, state: NoticeState, since: i64, until: i64) -> Result<(u64, Vec<StuckNotice>), StoreError> {
        let query = outbox::Entity::find()
            .filter(outbox::Column::State.eq(state.as_str()))
            .filter(outbox::Column::SettledAt.gte(since))
            .filter(outbox::Column::SettledAt.lt(until))
            // A digest that cannot be sent is no reason for another one.
            .filter(outbox::Column::Kind.ne("digest"));
        let count = query
            .clone()
            .count(&self.store.reading().await?)
            .await
            .map_err(at("count stuck notices"))?;
        let rows = query
            .order_by_asc(outbox::Column::Id)
            .limit(MAX_LISTED)
            .all(&self.store.reading().await?)
            .await
            .map_err(at("list stuck notices"))?;
        let stuck = |row: outbox::Model| StuckNotice {
            id: row.id,
            kind: row.kind,
            tenant_id: row.tenant_id,
            reason: row.reason.unwrap_or_default(),
        };
        Ok((count, rows.into_iter().map(stuck).collect()))
    }
}
