//! Work that falls due by time: customers whose alarm has passed, and the daily digest.

use std::collections::BTreeSet;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::{Digest, NoticeContent, StaffNotice, StuckNotice, UnixSeconds};

use crate::entity::{customer, outbox, stripe_event};
use crate::error::at;
use crate::outbox::owed_row;
use crate::rows::Writes;
use crate::{CustomerKey, NoticeState, Outcome, Store, StoreError, UnixMicros, dossier};

/// The most customers woken in one transaction.
const MAX_BATCH: u64 = 64;
/// The most notices of a kind that a digest lists.
const MAX_LISTED: u64 = 20;
const DAY_SECS: i64 = 24 * 60 * 60;

impl Store {
    /// Returns the time of the next alarm.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_wake_at(&self) -> Result<Option<UnixSeconds>, StoreError> {
        let next: Option<Option<i64>> = customer::Entity::find()
            .select_only()
            .column(customer::Column::WakeAt)
            .filter(customer::Column::WakeAt.is_not_null())
            .order_by_asc(customer::Column::WakeAt)
            .into_tuple()
            .one(&self.reading().await?)
            .await
            .map_err(at("look for alarms"))?;
        Ok(next.flatten().map(UnixSeconds::new))
    }

    /// Owes the notices that fell due by time, for a batch of customers whose alarm has passed. Returns the number of
    /// customers.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing of it is owed yet.
    pub async fn wake_customers(&self, now: UnixMicros) -> Result<usize, StoreError> {
        let rung = customer::Entity::find()
            .filter(customer::Column::WakeAt.lte(now.to_unix_seconds().as_secs()))
            .order_by_asc(customer::Column::WakeAt)
            .limit(MAX_BATCH)
            .all(&self.reading().await?)
            .await
            .map_err(at("look for alarms that rang"))?;
        if rung.is_empty() {
            return Ok(0);
        }
        let key = |row: customer::Model| CustomerKey::of_row(row.id, row.account, row.livemode);
        let keys: BTreeSet<CustomerKey> = rung.into_iter().map(key).collect();
        self.retrying(|| self.try_wake(&keys, now)).await?;
        Ok(keys.len())
    }

    async fn try_wake(&self, keys: &BTreeSet<CustomerKey>, now: UnixMicros) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let mut dossiers = dossier::lock(&tx, keys, &self.terms, &self.memory).await?;
        for (key, dossier) in &mut dossiers {
            dossier.wake(key, &self.terms, now)?;
        }
        dossier::save(Writes::new(&tx), &mut dossiers, now).await?;
        self.commit(tx).await?;
        self.memory.keep(dossiers);
        Ok(())
    }

    /// Owes the admin a digest of the last whole day, UTC, if anything in it waits for a person. A second call for the
    /// same day changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn owe_digest(&self, now: UnixMicros) -> Result<(), StoreError> {
        let until = now.to_unix_seconds().as_secs().div_euclid(DAY_SECS) * DAY_SECS;
        let digest = self.digest(until - DAY_SECS, until).await?;
        if digest.quarantined + digest.dead_count + digest.unknown_count == 0 {
            return Ok(());
        }
        let row = owed_row(
            format!("team:digest:{until}"),
            &NoticeContent::Staff(StaffNotice::Digest(digest)),
            now,
            now,
        )?;
        let tx = self.begin().await?;
        outbox::Entity::insert(row)
            .on_conflict(OnConflict::column(outbox::Column::DedupeKey).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await
            .map_err(at("owe the digest"))?;
        self.commit(tx).await
    }

    async fn digest(&self, since_secs: i64, until_secs: i64) -> Result<Digest, StoreError> {
        let micros = |secs: i64| UnixMicros::new(0).plus_secs(secs).as_micros();
        let (since, until) = (micros(since_secs), micros(until_secs));
        let quarantined = stripe_event::Entity::find()
            .filter(stripe_event::Column::Outcome.eq(Outcome::Quarantined.as_str()))
            .filter(stripe_event::Column::ReceivedAt.gte(since))
            .filter(stripe_event::Column::ReceivedAt.lt(until))
            .count(&self.reading().await?)
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

    async fn stuck(&self, state: NoticeState, since: i64, until: i64) -> Result<(u64, Vec<StuckNotice>), StoreError> {
        let query = outbox::Entity::find()
            .filter(outbox::Column::State.eq(state.as_str()))
            .filter(outbox::Column::SettledAt.gte(since))
            .filter(outbox::Column::SettledAt.lt(until))
            // A digest that cannot be sent is no reason for another one.
            .filter(outbox::Column::Kind.ne("digest"));
        let count = query
            .clone()
            .count(&self.reading().await?)
            .await
            .map_err(at("count stuck notices"))?;
        let rows = query
            .order_by_asc(outbox::Column::Id)
            .limit(MAX_LISTED)
            .all(&self.reading().await?)
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
