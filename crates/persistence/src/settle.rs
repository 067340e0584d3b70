//! What became of a claimed notice, written only by whoever still holds its lease; and what an operator decides about one.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, QuerySelect, Set};

use crate::claim::{end, is_past_resending};
use crate::entity::{outbox, suppressed_address};
use crate::error::{at, from_json, to_json};
use crate::outbox::owed_row;
use crate::{ClaimTerms, Lease, Matter, NoticeState, OnUnknown, OwedNotice, Store, StoreError, TeamNotice, UnixMicros};

/// What became of an attempt to hand a notice over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The server took it for these recipients.
    Sent {
        /// Who has it now.
        to: Vec<String>,
        /// When to try those again whom the server asked to wait for, if there are any.
        rest_at: Option<UnixMicros>,
    },
    /// Nothing was handed over; it may be tried again.
    Later {
        /// When.
        at: UnixMicros,
        /// Why it failed.
        reason: String,
    },
    /// Nothing was handed over, and trying again is of no use.
    Never {
        /// Why.
        reason: String,
    },
    /// It was handed over and not confirmed.
    Unknown {
        /// When to try again, where the terms say so.
        at: UnixMicros,
        /// What happened.
        reason: String,
    },
    /// It is not to be sent: there is nobody to send it to, by configuration.
    Superseded {
        /// Why.
        reason: String,
    },
}

/// An address that the mail server refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The address.
    pub email: String,
    /// The server's words.
    pub reply: String,
}

impl Store {
    /// Says that the notice is being handed over from now on: whoever finds it after the lease cannot know whether it was.
    /// `false`: the lease is lost, or the notice stands no longer, which is written; nothing may be handed over.
    ///
    /// Whether it stands is asked once more, under the customer's lock: a mail server may take long to come to this point, and what
    /// was acknowledged meanwhile counts.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing may be handed over.
    pub async fn begin_transmission(&self, lease: &Lease, now: UnixMicros) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let row = locked(&tx, lease.notice_id).await?;
        let may_begin = |row: &outbox::Model| row.state == NoticeState::Claimed.as_str() && row.due_at > now.as_micros();
        let Some(row) = row.filter(|row| is_held_by(row, lease) && may_begin(row)) else {
            return Ok(false);
        };
        if let Matter::Notice(notice) = from_json("notice", &row.notice)?
            && let Err(reason) = self.still_true(&tx, &row, &notice, now).await?
        {
            end(&tx, row, NoticeState::Superseded, reason.to_owned(), now).await?;
            self.commit(tx).await?;
            return Ok(false);
        }
        let first = row.transmitted_at.unwrap_or(now.as_micros());
        let mut row = row.into_active_model();
        row.state = Set(NoticeState::Transmitting.as_str().to_owned());
        row.transmitted_at = Set(Some(first));
        outbox::Entity::update(row)
            .exec(&tx)
            .await
            .map_err(at("mark a notice as being handed over"))?;
        self.commit(tx).await?;
        Ok(true)
    }

    /// Writes what became of a claimed notice, and suppresses the addresses that were refused. `false`: the lease was lost,
    /// and what somebody else made of the notice stands.
    ///
    /// # Errors
    /// [`StoreError`]; then the notice is as if its worker had been lost.
    pub async fn settle_notice(
        &self,
        lease: &Lease,
        settlement: Settlement,
        rejections: &[Rejection],
        terms: &ClaimTerms,
        now: UnixMicros,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let row = locked(&tx, lease.notice_id).await?;
        let Some(row) = row.filter(|row| is_held_by(row, lease)) else {
            return Ok(false);
        };
        suppress(&tx, &row, rejections, now).await?;
        let settled = settled(row, settlement, terms, now)?;
        outbox::Entity::update(settled)
            .exec(&tx)
            .await
            .map_err(at("settle the notice"))?;
        self.commit(tx).await?;
        Ok(true)
    }

    /// Has a notice that is dead or unknown tried again from now; or one that is pending tried at once. `None`: there is no
    /// such notice; the notice as it is, unchanged, where it is in no such state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retry_notice(&self, id: i64, now: UnixMicros) -> Result<Option<OwedNotice>, StoreError> {
        let again = ["pending", "dead", "unknown"];
        self.decide(id, &again, |row| {
            row.state = Set(NoticeState::Pending.as_str().to_owned());
            row.due_at = Set(now.as_micros());
            row.attempts = Set(0);
            row.transmitted_at = Set(None);
            row.settled_at = Set(None);
            row.reason = Set(Some("tried again by an operator".to_owned()));
        })
        .await
    }

    /// Has a notice that is pending, dead or unknown never sent. As [`Store::retry_notice`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_notice(&self, id: i64, now: UnixMicros) -> Result<Option<OwedNotice>, StoreError> {
        let open = ["pending", "dead", "unknown"];
        self.decide(id, &open, |row| {
            row.state = Set(NoticeState::Superseded.as_str().to_owned());
            row.settled_at = Set(Some(now.as_micros()));
            row.reason = Set(Some("dropped by an operator".to_owned()));
        })
        .await
    }

    async fn decide(
        &self,
        id: i64,
        from: &[&str],
        change: impl FnOnce(&mut outbox::ActiveModel),
    ) -> Result<Option<OwedNotice>, StoreError> {
        let tx = self.begin().await?;
        let Some(row) = locked(&tx, id).await? else {
            return Ok(None);
        };
        if !from.contains(&row.state.as_str()) {
            return OwedNotice::from_row(row).map(Some);
        }
        let mut row = row.into_active_model();
        row.lease_owner = Set(None);
        change(&mut row);
        let row = outbox::Entity::update(row)
            .exec(&tx)
            .await
            .map_err(at("decide about the notice"))?;
        self.commit(tx).await?;
        OwedNotice::from_row(row).map(Some)
    }
}

/// The notice, which nobody else decides about until the unit of work ends.
async fn locked(tx: &impl ConnectionTrait, id: i64) -> Result<Option<outbox::Model>, StoreError> {
    let row = outbox::Entity::find_by_id(id).lock_exclusive().one(tx).await;
    row.map_err(at("read the notice"))
}

/// Whoever handed a notice over may say so even if it was taken for lost meanwhile, as long as nobody else has it.
fn is_held_by(row: &outbox::Model, lease: &Lease) -> bool {
    let may_settle = ["claimed", "transmitting", "unknown"];
    row.lease_owner.as_deref() == Some(lease.owner.as_str()) && may_settle.contains(&row.state.as_str())
}

fn settled(
    row: outbox::Model,
    settlement: Settlement,
    terms: &ClaimTerms,
    now: UnixMicros,
) -> Result<outbox::ActiveModel, StoreError> {
    let attempts = row.attempts;
    let is_last = attempts >= terms.max_attempts;
    let may_resend = terms.on_unknown == OnUnknown::Resend && !is_last && !is_past_resending(&row, terms, now);
    let mut delivered_to: Vec<String> = from_json("list of recipients", &row.delivered_to)?;
    let mut row = row.into_active_model();
    let (state, due_at, reason) = match settlement {
        Settlement::Sent { to, rest_at } => {
            delivered_to.extend(to);
            row.delivered_to = Set(to_json("list of recipients", &delivered_to)?);
            match rest_at.filter(|_| !is_last) {
                Some(at) => {
                    let reason = "a recipient's server asked to wait".to_owned();
                    (NoticeState::Pending, Some(at), Some(reason))
                }
                None => (NoticeState::Sent, None, None),
            }
        }
        Settlement::Later { reason, .. } if is_last && !delivered_to.is_empty() => (NoticeState::Sent, None, Some(reason)),
        Settlement::Later { reason, .. } if is_last => {
            let reason = format!("given up after {attempts} attempts: {reason}");
            (NoticeState::Dead, None, Some(reason))
        }
        Settlement::Later { at, reason } => (NoticeState::Pending, Some(at), Some(reason)),
        Settlement::Never { reason } => (NoticeState::Dead, None, Some(reason)),
        Settlement::Unknown { at, reason } if may_resend => (NoticeState::Pending, Some(at), Some(reason)),
        Settlement::Unknown { reason, .. } => (NoticeState::Unknown, None, Some(reason)),
        Settlement::Superseded { reason } => (NoticeState::Superseded, None, Some(reason)),
    };
    row.state = Set(state.as_str().to_owned());
    row.reason = Set(reason);
    match due_at {
        Some(at) => row.due_at = Set(at.as_micros()),
        None => row.settled_at = Set(Some(now.as_micros())),
    }
    Ok(row)
}

/// Has the addresses not written to any more, and our admin told of each.
async fn suppress(
    tx: &impl ConnectionTrait,
    notice: &outbox::Model,
    rejections: &[Rejection],
    now: UnixMicros,
) -> Result<(), StoreError> {
    for rejection in rejections {
        let address = suppressed_address::ActiveModel {
            email: Set(rejection.email.to_lowercase()),
            reply: Set(rejection.reply.clone()),
            since: Set(now.as_micros()),
        };
        let known = OnConflict::column(suppressed_address::Column::Email).do_nothing().to_owned();
        suppressed_address::Entity::insert(address)
            .on_conflict(known.clone())
            .exec_without_returning(tx)
            .await
            .map_err(at("suppress an address"))?;
        let told = Matter::Team(TeamNotice::AddressRejected {
            email: rejection.email.clone(),
            reply: rejection.reply.clone(),
        });
        let key = format!("team:address_rejected:{}:{}", notice.id, rejection.email.to_lowercase());
        let row = outbox::ActiveModel {
            tenant_id: Set(notice.tenant_id.clone()),
            ..owed_row(key, &told, now, now)?
        };
        outbox::Entity::insert(row)
            .on_conflict(OnConflict::column(outbox::Column::DedupeKey).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await
            .map_err(at("tell of the address"))?;
    }
    Ok(())
}
