//! The outcome of a claimed notice, which only the holder of its lease records, and an operator's decisions about a
//! notice.

use sea_orm::{EntityTrait, IntoActiveModel, Set};
use subscription::NoticeContent;

use crate::claim::{end, is_past_resending};
use crate::entity::outbox;
use crate::error::{at, from_json, to_json};
use crate::objections::{object, tell};
use crate::outbox::locked;
use crate::{
    ClaimTerms, HandedOver, Lease, NoticeState, Objections, OnUnknown, OwedNotice, Store, StoreError, UnixMicros, mail_recipient,
};

/// The outcome of an attempt to hand a notice over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The server took the notice for these recipients.
    Sent {
        /// The recipients who have it now.
        to: Vec<String>,
        /// The time to retry the recipients that the server deferred, if there are any.
        rest_at: Option<UnixMicros>,
    },
    /// Nothing was handed over. A retry may succeed.
    Later {
        /// The time of the retry.
        at: UnixMicros,
        /// The cause of the failure.
        reason: String,
    },
    /// Nothing was handed over, and a retry is useless.
    Never {
        /// The reason.
        reason: String,
    },
    /// The notice was handed over and not confirmed.
    Unknown {
        /// The time of the retry, if the terms allow one.
        at: UnixMicros,
        /// The cause.
        reason: String,
    },
    /// The notice is not to be sent, because the configuration leaves nobody to send it to.
    Superseded {
        /// The reason.
        reason: String,
    },
}

impl Store {
    /// Marks the notice as being handed over. After the lease nobody can know whether it was. Returns `false` if the
    /// lease is lost, or if the notice no longer holds, which is recorded. Then nothing may be handed over.
    ///
    /// Whether the notice holds is checked again here, under the customer's lock: a mail server may take long to get to
    /// this point, and deliveries acknowledged meanwhile count. The recipients are stored, because the mail may bounce
    /// before it is known to have been taken.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing may be handed over.
    pub async fn begin_transmission(&self, lease: &Lease, handed_over: &HandedOver, now: UnixMicros) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let row = locked(&tx, lease.notice_id).await?;
        let may_begin = |row: &outbox::Model| row.state == NoticeState::Claimed.as_str() && row.due_at > now.as_micros();
        let Some(row) = row.filter(|row| is_held_by(row, lease) && may_begin(row)) else {
            return Ok(false);
        };
        if let NoticeContent::Notice(notice) = from_json("notice", &row.notice)?
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
        mail_recipient::keep(&tx, lease.notice_id, handed_over).await?;
        self.commit(tx).await?;
        Ok(true)
    }

    /// Records the outcome of a claimed notice, suppresses the addresses that take no mail, and owes the admin notices
    /// of the objections: once for an address, once a day for a refusal of Dunlin, and never for a notice that is
    /// itself about mail. Returns `false` if the lease was lost. Then the outcome that another worker recorded stands.
    ///
    /// # Errors
    /// [`StoreError`]. Then the notice is as if its worker had been lost.
    pub async fn settle_notice(
        &self,
        lease: &Lease,
        settlement: Settlement,
        objections: &Objections,
        terms: &ClaimTerms,
        now: UnixMicros,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let row = locked(&tx, lease.notice_id).await?;
        let Some(row) = row.filter(|row| is_held_by(row, lease)) else {
            return Ok(false);
        };
        let told = object(&tx, &row, objections, now).await?;
        if !told.is_empty() && !from_json::<NoticeContent>("notice", &row.notice)?.is_about_mail() {
            tell(&tx, told).await?;
        }
        let settled = settled(row, settlement, terms, now)?;
        outbox::Entity::update(settled)
            .exec(&tx)
            .await
            .map_err(at("settle the notice"))?;
        self.commit(tx).await?;
        Ok(true)
    }

    /// Schedules a retry of a dead or unknown notice from now on, or of a pending one at once. Returns `None` if there
    /// is no such notice, and the unchanged notice if it is in another state.
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

    /// Drops a pending, dead or unknown notice, so that it is never sent. It returns the same as
    /// [`Store::retry_notice`].
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
            return OwedNotice::of_row(&tx, row).await.map(Some);
        }
        let mut row = row.into_active_model();
        row.lease_owner = Set(None);
        change(&mut row);
        let row = outbox::Entity::update(row)
            .exec(&tx)
            .await
            .map_err(at("decide about the notice"))?;
        let notice = OwedNotice::of_row(&tx, row).await?;
        self.commit(tx).await?;
        Ok(Some(notice))
    }
}

/// Returns true if the lease still holds the notice. A worker may report a handover even if it was taken for lost
/// meanwhile, as long as no other worker has the notice.
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
        Settlement::Never { reason } if !delivered_to.is_empty() => (NoticeState::Sent, None, Some(reason)),
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
