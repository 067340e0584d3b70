//! Who paid: a dispute names a payment and no customer, and a payment method that is detached belongs to nobody any more.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use subscription::{DisputedPayment, Fact};

use crate::entity::{charge, outbox, payment_method};
use crate::error::at;
use crate::outbox::owed_row;
use crate::rows::{Known, Writes, is_one_of};
use crate::{CustomerKey, Delivery, Matter, Scope, StoreError, TeamNotice, UnixMicros, UnknownPayer};

/// What stands for a customer in a delivery that names none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stand {
    Charge(String),
    PaymentMethod(String),
}

/// Customers by what stands for them.
#[derive(Debug, Default)]
pub(crate) struct Payers(BTreeMap<(Scope, Stand), CustomerKey>);

impl Payers {
    /// Looks for whoever is not named. Mostly everybody is.
    pub(crate) async fn find(tx: &impl ConnectionTrait, batch: &[Delivery]) -> Result<Self, StoreError> {
        let mut payers = Self::default();
        for delivery in batch {
            if let (Some(charge), Some(key)) = (&delivery.charge, delivery.named_customer()) {
                payers
                    .0
                    .insert((key.scope.clone(), Stand::Charge(charge.as_str().to_owned())), key);
            }
        }
        let unnamed: BTreeSet<Stand> = batch.iter().filter_map(Delivery::stand).collect();
        let charges: BTreeSet<&str> = unnamed.iter().filter_map(Stand::charge).collect();
        if !charges.is_empty() {
            let rows = charge::Entity::find()
                .filter(is_one_of(tx, charge::Column::Id, &charges))
                .all(tx);
            for row in rows.await.map_err(at("look for who paid"))? {
                let key = CustomerKey::of_row(row.customer_id, row.account, row.livemode);
                payers.0.insert((key.scope.clone(), Stand::Charge(row.id)), key);
            }
        }
        let methods: BTreeSet<&str> = unnamed.iter().filter_map(Stand::payment_method).collect();
        if !methods.is_empty() {
            let rows = payment_method::Entity::find()
                .filter(is_one_of(tx, payment_method::Column::Id, &methods))
                .all(tx);
            for row in rows.await.map_err(at("look for whose it was"))? {
                let key = CustomerKey::of_row(row.customer_id, row.account, row.livemode);
                payers.0.insert((key.scope.clone(), Stand::PaymentMethod(row.id)), key);
            }
        }
        Ok(payers)
    }

    /// The customer whose state or tenant a delivery can change: the one it names, or whoever was found in its place.
    pub(crate) fn customer_of(&self, delivery: &Delivery) -> Option<CustomerKey> {
        if !delivery.tells() {
            return None;
        }
        let found = || {
            let stand = delivery.stand()?;
            self.0.get(&(delivery.event.key.scope.clone(), stand)).cloned()
        };
        delivery.named_customer().or_else(found)
    }
}

impl Stand {
    fn charge(&self) -> Option<&str> {
        match self {
            Self::Charge(id) => Some(id),
            Self::PaymentMethod(_) => None,
        }
    }

    fn payment_method(&self) -> Option<&str> {
        match self {
            Self::PaymentMethod(id) => Some(id),
            Self::Charge(_) => None,
        }
    }
}

impl Delivery {
    /// What stands for its customer, where it names none.
    fn stand(&self) -> Option<Stand> {
        if self.event.customer.is_some() {
            return None;
        }
        self.facts.iter().find_map(|fact| match fact {
            Fact::Dispute { dispute, .. } => Some(Stand::Charge(dispute.charge.as_str().to_owned())),
            Fact::Card { id, .. } => Some(Stand::PaymentMethod(id.as_str().to_owned())),
            Fact::Subscription { .. } | Fact::Invoice { .. } | Fact::Profile(_) | Fact::Schedule { .. } => None,
        })
    }
}

/// Keeps whose payments these were.
pub(crate) async fn keep<'a>(
    writes: &mut Writes<'_, impl ConnectionTrait>,
    deliveries: impl Iterator<Item = &'a Delivery>,
    now: UnixMicros,
) -> Result<(), StoreError> {
    let row = |delivery: &Delivery| {
        let (charge, key) = (delivery.charge.as_ref()?, delivery.named_customer()?);
        Some(charge::ActiveModel {
            id: Set(charge.as_str().to_owned()),
            account: Set(key.scope.account.clone()),
            livemode: Set(key.scope.livemode),
            customer_id: Set(key.id.to_string()),
            told_at: Set(now.as_micros()),
        })
    };
    let rows: BTreeMap<String, charge::ActiveModel> = deliveries
        .filter_map(|delivery| Some((delivery.charge.as_ref()?.as_str().to_owned(), row(delivery)?)))
        .collect();
    add(writes, rows.into_values().collect(), "keep whose payments these were").await
}

/// Tells our admin of payments that are disputed, and of which nobody knows whose they were.
pub(crate) async fn tell_of_unknown<'a>(
    writes: &mut Writes<'_, impl ConnectionTrait>,
    deliveries: impl Iterator<Item = &'a Delivery>,
    now: UnixMicros,
) -> Result<(), StoreError> {
    let mut rows: BTreeMap<String, outbox::ActiveModel> = BTreeMap::new();
    for delivery in deliveries {
        for fact in &delivery.facts {
            let Fact::Dispute { id, dispute } = fact else {
                continue;
            };
            let payment = DisputedPayment {
                dispute: id.clone(),
                charge: dispute.charge.clone(),
                amount: dispute.amount.clone(),
                reason: dispute.reason.clone(),
                outcome: dispute.status.clone().filter(|_| dispute.is_closed),
            };
            let stage = if dispute.is_closed { "closed" } else { "opened" };
            let told = Matter::Team(TeamNotice::UnknownPayer(UnknownPayer {
                is_warning: dispute.is_warning,
                payment,
            }));
            let dedupe_key = format!("team:{}:{}:{stage}", told.kind(), id.as_str());
            let row = outbox::ActiveModel {
                event_id: Set(Some(delivery.event.key.id.to_string())),
                ..owed_row(dedupe_key.clone(), &told, now, now)?
            };
            rows.insert(dedupe_key, row);
        }
    }
    add(writes, rows.into_values().collect(), "tell of a disputed payment").await
}

async fn add<A: ActiveModelTrait>(
    writes: &mut Writes<'_, impl ConnectionTrait>,
    rows: Vec<A>,
    step: &'static str,
) -> Result<(), StoreError> {
    writes.add(rows, Known::Keep).await.map_err(at(step))
}
