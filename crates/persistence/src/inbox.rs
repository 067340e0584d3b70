//! The inbox: every event that was ever delivered, the newest first.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::{CustomerId, EventId};

use crate::entity::{event_payload, stripe_event};
use crate::error::at;
use crate::rows::is_one_of;
use crate::{CustomerKey, EventKey, EventRecord, Inbox, Outcome, Scope, StoreError, UnixMicros};

/// An event as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedEvent {
    /// The event.
    pub event: EventRecord,
    /// The time of the first delivery.
    pub received_at: UnixMicros,
}

/// A filter for the list of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only the events of this type.
    pub kind: Option<String>,
    /// Only the events about this customer.
    pub customer: Option<CustomerId>,
    /// Only the events with this outcome.
    pub outcome: Option<Outcome>,
    /// Only the events received before the one with this `received_at` and id.
    pub before: Option<(UnixMicros, EventId)>,
}

impl Inbox<'_> {
    /// Lists events, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(self, filter: &EventFilter, limit: u64) -> Result<Vec<ReceivedEvent>, StoreError> {
        use stripe_event::Column;
        let mut query = stripe_event::Entity::find()
            .order_by_desc(Column::ReceivedAt)
            .order_by_desc(Column::Id)
            .limit(limit);
        if let Some(kind) = &filter.kind {
            query = query.filter(Column::Kind.eq(kind.as_str()));
        }
        if let Some(customer) = &filter.customer {
            query = query.filter(Column::CustomerId.eq(customer.as_str()));
        }
        if let Some(outcome) = filter.outcome {
            query = query.filter(Column::Outcome.eq(outcome.as_str()));
        }
        if let Some((received_at, id)) = &filter.before {
            let earlier = Column::ReceivedAt.lt(received_at.as_micros());
            let tied = Condition::all()
                .add(Column::ReceivedAt.eq(received_at.as_micros()))
                .add(Column::Id.lt(id.as_str()));
            query = query.filter(Condition::any().add(earlier).add(tied));
        }
        let rows = query.all(&self.store.reading().await?).await.map_err(at("list the events"))?;
        Ok(rows.into_iter().map(ReceivedEvent::from_row).collect())
    }

    /// Counts all events that were ever delivered, row by row.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(self) -> Result<u64, StoreError> {
        let reading = self.store.reading().await?;
        stripe_event::Entity::find()
            .count(&reading)
            .await
            .map_err(at("count the events"))
    }

    /// Returns the event of this id, with its compressed body while that is kept. Of several accounts or modes it
    /// prefers one's own account, and live mode.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get(self, id: &EventId) -> Result<Option<(ReceivedEvent, Option<Vec<u8>>)>, StoreError> {
        let row = stripe_event::Entity::find()
            .filter(stripe_event::Column::Id.eq(id.as_str()))
            .order_by_asc(stripe_event::Column::Account)
            .order_by_desc(stripe_event::Column::Livemode)
            .one(&self.store.reading().await?)
            .await
            .map_err(at("read the event"))?;
        let Some(row) = row else {
            return Ok(None);
        };
        let key = (row.id.clone(), row.account.clone(), row.livemode);
        let body = event_payload::Entity::find_by_id(key)
            .one(&self.store.reading().await?)
            .await
            .map_err(at("read the event's body"))?;
        Ok(Some((ReceivedEvent::from_row(row), body.map(|row| row.body))))
    }

    /// Returns the API versions of the events received since then that could not be read, with their numbers. The
    /// version is `None` if it could not be read either.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quarantined_versions(self, since: UnixMicros) -> Result<Vec<(Option<String>, u64)>, StoreError> {
        use stripe_event::Column;
        let rows: Vec<(Option<String>, i64)> = stripe_event::Entity::find()
            .select_only()
            .column(Column::ApiVersion)
            .column_as(Column::Id.count(), "events")
            .filter(Column::Outcome.eq(Outcome::Quarantined.as_str()))
            .filter(Column::ReceivedAt.gte(since.as_micros()))
            .group_by(Column::ApiVersion)
            .order_by_asc(Column::ApiVersion)
            .into_tuple()
            .all(&self.store.reading().await?)
            .await
            .map_err(at("count what could not be read"))?;
        let counted = rows
            .into_iter()
            .map(|(version, events)| (version, u64::try_from(events).unwrap_or_default()));
        Ok(counted.collect())
    }

    /// Counts the events that were received since then and ignored for this reason.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ignored_for(self, reason: &str, since: UnixMicros) -> Result<u64, StoreError> {
        use stripe_event::Column;
        stripe_event::Entity::find()
            .filter(Column::ReceivedAt.gte(since.as_micros()))
            .filter(Column::Outcome.eq(Outcome::Ignored.as_str()))
            .filter(Column::Reason.eq(reason))
            .count(&self.store.reading().await?)
            .await
            .map_err(at("count what was ignored"))
    }

    /// Returns those of these events that are in the inbox.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn known(self, keys: &BTreeSet<EventKey>) -> Result<BTreeSet<EventKey>, StoreError> {
        use stripe_event::Column;
        let reading = self.store.reading().await?;
        let ids = keys.iter().map(|key| key.id.as_str()).collect();
        let found: Vec<(String, String, bool)> = stripe_event::Entity::find()
            .select_only()
            .columns([Column::Id, Column::Account, Column::Livemode])
            .filter(is_one_of(&reading, Column::Id, &ids))
            .into_tuple()
            .all(&reading)
            .await
            .map_err(at("look for the events"))?;
        let found = found.into_iter().map(|(id, account, livemode)| EventKey {
            id: EventId::new(id),
            scope: Scope { account, livemode },
        });
        Ok(found.filter(|key| keys.contains(key)).collect())
    }

    /// Returns every event about a customer whose body is kept, with that body.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bodies_of(self, customer: &CustomerKey) -> Result<Vec<(ReceivedEvent, Vec<u8>)>, StoreError> {
        let events = stripe_event::Entity::find()
            .filter(stripe_event::Column::CustomerId.eq(customer.id.as_str()))
            .filter(stripe_event::Column::Account.eq(customer.scope.account.as_str()))
            .filter(stripe_event::Column::Livemode.eq(customer.scope.livemode))
            .find_also_related(event_payload::Entity)
            .all(&self.store.reading().await?)
            .await
            .map_err(at("read the customer's events"))?;
        let kept = events.into_iter().filter_map(|(event, body)| Some((event, body?.body)));
        Ok(kept.map(|(event, body)| (ReceivedEvent::from_row(event), body)).collect())
    }
}

impl ReceivedEvent {
    fn from_row(row: stripe_event::Model) -> Self {
        let outcome = match row.outcome.as_str() {
            "applied" => Outcome::Applied,
            "foreign" => Outcome::Foreign,
            "quarantined" => Outcome::Quarantined,
            _ => Outcome::Ignored,
        };
        Self {
            event: EventRecord {
                key: EventKey {
                    id: EventId::new(row.id),
                    scope: Scope {
                        account: row.account,
                        livemode: row.livemode,
                    },
                },
                kind: row.kind,
                api_version: row.api_version,
                created: row.created,
                customer: row.customer_id.map(CustomerId::new),
                object_id: row.object_id,
                outcome,
                reason: row.reason,
            },
            received_at: UnixMicros::new(row.received_at),
        }
    }
}
