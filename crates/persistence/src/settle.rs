//! What became of a claimed notice, written only by whoever still holds its lease; and what an operator decides about one.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, QuerySelect, Set};

use crate::claim::{end, is_past_resending};
use crate::entity::{outbox, suppressed_address};
use crate::error::{at, from_json, to_json};
use crate::outbox::owed_row;
use crate::{
    ClaimTerms, HandedOver, Lease, Matter, NoticeState, OnUnknown, OwedNotice, Store, StoreError, TeamNotice, UnixMicros, bounce,
};

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

/// What the mail server objected to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objections {
    /// Addresses that take no mail.
    pub rejections: Vec<Rejection>,
    /// Its words, where it refused us, or what we send, and no address is to blame.
    pub refusal: Option<String>,
}

/// An address that takes no mail, as its mail server said.
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
    /// was acknowledged meanwhile counts. Whom it is handed over for is kept: it may bounce before it is known to have been taken.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing may be handed over.
    pub async fn begin_transmission(&self, lease: &Lease, handed_over: &HandedOver, now: UnixMicros) -> Result<bool, StoreError> {
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
        bounce::keep(&tx, lease.notice_id, handed_over).await?;
        self.commit(tx).await?;
        Ok(true)
    }

    /// Writes what became of a claimed notice, suppresses the addresses that take no mail, and owes our admin word of what was
    /// objected to: once for an address, once a day for a refusal of us, and never for a notice that is itself about mail.
    /// `false`: the lease was lost, and what somebody else made of the notice stands.
    ///
    /// # Errors
    /// [`StoreError`]; then the notice is as if its worker had been lost.
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
        if !told.is_empty() && !from_json::<Matter>("notice", &row.notice)?.is_about_mail() {
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

/// The notice, which nobody else decides about until the unit of work ends.
pub(crate) async fn locked(tx: &impl ConnectionTrait, id: i64) -> Result<Option<outbox::Model>, StoreError> {
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

/// Has the addresses not written to any more. What our admin is to be told: of an address only when it comes to be suppressed.
async fn object(
    tx: &impl ConnectionTrait,
    notice: &outbox::Model,
    objections: &Objections,
    now: UnixMicros,
) -> Result<Vec<outbox::ActiveModel>, StoreError> {
    let mut told = Vec::new();
    for rejection in &objections.rejections {
        if suppress(tx, rejection, now).await? {
            told.push(rejected(notice, rejection, now)?);
        }
    }
    if let Some(reply) = &objections.refusal {
        told.push(refused(reply, now)?);
    }
    Ok(told)
}

/// Has an address not written to any more; whether it was until now.
pub(crate) async fn suppress(tx: &impl ConnectionTrait, rejection: &Rejection, now: UnixMicros) -> Result<bool, StoreError> {
    let address = suppressed_address::ActiveModel {
        email: Set(rejection.email.to_lowercase()),
        reply: Set(rejection.reply.clone()),
        since: Set(now.as_micros()),
    };
    let known = OnConflict::column(suppressed_address::Column::Email).do_nothing().to_owned();
    let inserted = suppressed_address::Entity::insert(address)
        .on_conflict(known)
        .exec_without_returning(tx)
        .await
        .map_err(at("suppress an address"))?;
    Ok(inserted > 0)
}

pub(crate) fn rejected(notice: &outbox::Model, rejection: &Rejection, now: UnixMicros) -> Result<outbox::ActiveModel, StoreError> {
    let told = Matter::Team(TeamNotice::AddressRejected {
        email: rejection.email.clone(),
        reply: rejection.reply.clone(),
    });
    let email = rejection.email.to_lowercase();
    // An address of our own is no tenant's.
    let tenant = if notice.audience == "customer" {
        notice.tenant_id.clone()
    } else {
        String::new()
    };
    Ok(outbox::ActiveModel {
        tenant_id: Set(tenant),
        ..owed_row(format!("team:address_rejected:{}:{email}", day_of(now)), &told, now, now)?
    })
}

fn refused(reply: &str, now: UnixMicros) -> Result<outbox::ActiveModel, StoreError> {
    let told = Matter::Team(TeamNotice::MailRefused {
        reply: reply.to_owned(),
        at_secs: now.to_unix_seconds().as_secs(),
    });
    owed_row(format!("team:mail_refused:{}", day_of(now)), &told, now, now)
}

/// The number of the day, UTC, since the epoch.
fn day_of(at: UnixMicros) -> i64 {
    at.to_unix_seconds().as_secs().div_euclid(DAY_SECS)
}

const DAY_SECS: i64 = 24 * 60 * 60;

/// Owes these notices, unless they are owed already.
pub(crate) async fn tell(tx: &impl ConnectionTrait, told: Vec<outbox::ActiveModel>) -> Result<(), StoreError> {
    for row in told {
        outbox::Entity::insert(row)
            .on_conflict(OnConflict::column(outbox::Column::DedupeKey).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await
            .map_err(at("tell of what the mail server objected to"))?;
    }
    Ok(())
}
