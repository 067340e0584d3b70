//! Claiming: a worker takes a notice that is due and still to be sent, and no other worker gets it until the lease
//! ends.

use std::collections::BTreeSet;

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};
use subscription::{Access, Notice, NoticeContent, access};

use crate::connections::Executor;
use crate::entity::{outbox, tenant};
use crate::error::{at, from_json};
use crate::tenant::with_contacts;
use crate::{CustomerKey, NoticeState, Store, StoreError, Tenant, UnixMicros, customer_record};

mod earlier;

use earlier::{by_what_was_told, told_before};

/// The rules by which notices are claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimTerms {
    /// The duration of a claim, in seconds. A worker that has not finished by then has lost the claim.
    pub lease_secs: i64,
    /// The number of attempts after which a notice is given up.
    pub max_attempts: i64,
    /// The treatment of a notice that may or may not have been handed over.
    pub on_unknown: OnUnknown,
    /// The time since the first attempt, in seconds, within which the mail server recognizes Dunlin's key and takes a
    /// notice only once. Later it might take it twice.
    pub resend_within_secs: Option<i64>,
    /// The shortest time between two dunning mails to one tenant, in seconds. 0 means no limit.
    pub min_interval_secs: i64,
    /// The kinds of notice that are never sent.
    pub kinds_off: BTreeSet<String>,
}

/// The treatment of a notice of which it is unknown whether the mail server took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnknown {
    /// The notice is sent again: never lost, sometimes sent twice.
    Resend,
    /// The notice waits for a person: never sent twice, sometimes held up.
    Hold,
}

/// The result of the search for a notice to send.
#[derive(Debug)]
pub enum Claimed {
    /// This notice is to be sent.
    Notice(Box<Claim>),
    /// A due notice was ended or postponed without being sent. There may be more.
    Settled,
    /// No notice is due.
    Nothing {
        /// The time when the next notice is due, if it is known.
        next_due_at: Option<UnixMicros>,
    },
}

/// A notice that a worker holds.
#[derive(Debug)]
pub struct Claim {
    /// The lease: its end, and the proof of it.
    pub lease: Lease,
    /// The key that makes the notice unique.
    pub dedupe_key: String,
    /// The content of the notice, as it is true now.
    pub content: NoticeContent,
    /// The number of attempts, including this one.
    pub attempt: i64,
    /// The tenant that the notice is about, with its contacts.
    pub tenant: Option<Tenant>,
    /// The tenant's access now.
    pub access: Option<Access>,
    /// The recipients who already have it.
    pub delivered_to: Vec<String>,
    /// The earlier notices to the tenant about paying, each with its time.
    pub tried: Vec<(String, UnixMicros)>,
}

/// The right to send one notice until a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The number of the notice.
    pub notice_id: i64,
    /// The end of the lease.
    pub until: UnixMicros,
    /// The owner. It is different for every claim, so that a worker that lost its claim cannot mistake another's for
    /// its own.
    pub(crate) owner: String,
}

impl Store {
    /// Claims for the named worker the notice that has been due longest. It skips the notices in `in_hand`, which the
    /// worker still holds, whatever the clock says about their leases.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is claimed.
    pub async fn claim_notice(
        &self,
        worker: &str,
        terms: &ClaimTerms,
        in_hand: &BTreeSet<i64>,
        now: UnixMicros,
    ) -> Result<Claimed, StoreError> {
        // This query takes no lock, because nothing is due most of the time.
        let next_due_at = self.next_notice_due_at().await?;
        if next_due_at.is_none_or(|due_at| due_at > now) {
            return Ok(Claimed::Nothing { next_due_at });
        }
        self.retrying(|| self.try_claim(worker, terms, in_hand, now)).await
    }

    async fn try_claim(
        &self,
        worker: &str,
        terms: &ClaimTerms,
        in_hand: &BTreeSet<i64>,
        now: UnixMicros,
    ) -> Result<Claimed, StoreError> {
        let tx = self.begin().await?;
        let Some(row) = first_due(&tx, in_hand, now).await? else {
            return Ok(Claimed::Nothing { next_due_at: None });
        };
        let claimed = match self.consider(&tx, &row, terms, now).await? {
            Verdict::Send(prospect) => Claimed::Notice(Box::new(claim(&tx, row, *prospect, worker, terms, now).await?)),
            Verdict::End(state, reason) => {
                end(&tx, row, state, reason, now).await?;
                Claimed::Settled
            }
            Verdict::Wait(until, reason) => {
                hold_back(&tx, row, until, reason).await?;
                Claimed::Settled
            }
        };
        self.commit(tx).await?;
        Ok(claimed)
    }

    /// Returns the time when the first open notice is due.
    async fn next_notice_due_at(&self) -> Result<Option<UnixMicros>, StoreError> {
        let due_at: Option<i64> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::DueAt)
            .filter(outbox::Column::State.is_in(NoticeState::OPEN))
            .order_by_asc(outbox::Column::DueAt)
            .into_tuple()
            .one(&self.reading().await?)
            .await
            .map_err(at("look for notices that are due"))?;
        Ok(due_at.map(UnixMicros::new))
    }

    /// Decides whether a due notice is to be sent. Its customer stays locked meanwhile, so that no change can overtake
    /// the decision.
    async fn consider(
        &self,
        tx: &Executor,
        row: &outbox::Model,
        terms: &ClaimTerms,
        now: UnixMicros,
    ) -> Result<Verdict, StoreError> {
        if terms.kinds_off.contains(&row.kind) {
            return Ok(Verdict::superseded("switched_off"));
        }
        let mut prospect = match from_json("notice", &row.notice)? {
            NoticeContent::Notice(notice) => match self.still_true(tx, row, &notice, now).await? {
                Ok(prospect) => prospect,
                Err(reason) => return Ok(Verdict::superseded(reason)),
            },
            staff @ NoticeContent::Staff(_) => Prospect {
                tenant: find_tenant(tx, &row.tenant_id).await?,
                ..Prospect::about(staff)
            },
        };
        if let Some(end) = end_of_attempts(row, terms, now) {
            return Ok(end);
        }
        if let NoticeContent::Notice(notice) = &prospect.content {
            if let Some(verdict) = by_what_was_told(tx, row, notice, terms, now).await? {
                return Ok(verdict);
            }
            if matches!(notice, Notice::ChurnAlert(_)) {
                prospect.tried = told_before(tx, row).await?;
            }
        }
        Ok(Verdict::Send(Box::new(prospect)))
    }

    /// Returns the notice as it reads now, or the reason why it is not to be sent.
    pub(crate) async fn still_true(
        &self,
        tx: &Executor,
        row: &outbox::Model,
        notice: &Notice,
        now: UnixMicros,
    ) -> Result<Result<Prospect, &'static str>, StoreError> {
        let key = CustomerKey::of_row(row.customer_id.as_str(), row.account.clone(), row.livemode);
        let mut records = customer_record::load(tx, &BTreeSet::from([key.clone()]), &self.terms, None).await?;
        let Some(record) = records.remove(&key) else {
            return Ok(Err("unbound"));
        };
        let Some(tenant) = record.tenant.filter(|tenant| tenant.id == row.tenant_id) else {
            return Ok(Err("unbound"));
        };
        let now = now.to_unix_seconds();
        match record.standing.still_owes(notice, now) {
            Ok(notice) => Ok(Ok(Prospect {
                tenant: with_contacts(tx, vec![tenant]).await?.pop(),
                access: Some(access(&record.standing.state, &self.terms.policy, now)),
                ..Prospect::about(NoticeContent::Notice(notice))
            })),
            Err(superseded) => Ok(Err(superseded.as_str())),
        }
    }
}

/// The decision about a notice that is due.
enum Verdict {
    Send(Box<Prospect>),
    End(NoticeState, String),
    Wait(UnixMicros, String),
}

impl Verdict {
    fn superseded(reason: &str) -> Self {
        Self::End(NoticeState::Superseded, reason.to_owned())
    }
}

/// The content to send, and the tenant it is about.
pub(crate) struct Prospect {
    content: NoticeContent,
    tenant: Option<Tenant>,
    access: Option<Access>,
    tried: Vec<(String, UnixMicros)>,
}

impl Prospect {
    fn about(content: NoticeContent) -> Self {
        Self {
            content,
            tenant: None,
            access: None,
            tried: Vec::new(),
        }
    }
}

async fn first_due(
    tx: &impl ConnectionTrait,
    in_hand: &BTreeSet<i64>,
    now: UnixMicros,
) -> Result<Option<outbox::Model>, StoreError> {
    outbox::Entity::find()
        .filter(outbox::Column::State.is_in(NoticeState::OPEN))
        .filter(outbox::Column::DueAt.lte(now.as_micros()))
        .filter(outbox::Column::Id.is_not_in(in_hand.iter().copied()))
        .order_by_asc(outbox::Column::DueAt)
        .order_by_asc(outbox::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(tx)
        .await
        .map_err(at("look for a notice that is due"))
}

/// Returns the end of a notice that is not tried again. A row that is found held past its lease lost its worker, and no
/// row is tried without end.
fn end_of_attempts(row: &outbox::Model, terms: &ClaimTerms, now: UnixMicros) -> Option<Verdict> {
    let may_have_been_sent = row.state == NoticeState::Transmitting.as_str();
    if may_have_been_sent && terms.on_unknown == OnUnknown::Hold {
        let reason = "the worker was lost while it handed the mail over".to_owned();
        return Some(Verdict::End(NoticeState::Unknown, reason));
    }
    if may_have_been_sent && is_past_resending(row, terms, now) {
        let reason = "the mail server no longer knows whether it took the mail".to_owned();
        return Some(Verdict::End(NoticeState::Unknown, reason));
    }
    (row.attempts >= terms.max_attempts).then(|| {
        let state = if may_have_been_sent {
            NoticeState::Unknown
        } else {
            NoticeState::Dead
        };
        let last = row.reason.clone().unwrap_or_else(|| "its worker was lost".to_owned());
        Verdict::End(state, format!("given up after {} attempts: {last}", row.attempts))
    })
}

pub(crate) fn is_past_resending(row: &outbox::Model, terms: &ClaimTerms, now: UnixMicros) -> bool {
    let last = row
        .transmitted_at
        .zip(terms.resend_within_secs)
        .map(|(first, within)| UnixMicros::new(first).plus_secs(within));
    last.is_some_and(|last| now >= last)
}

async fn find_tenant(tx: &impl ConnectionTrait, id: &str) -> Result<Option<Tenant>, StoreError> {
    let row = tenant::Entity::find_by_id(id).one(tx).await.map_err(at("read the tenant"))?;
    Ok(with_contacts(tx, row.into_iter().collect()).await?.pop())
}

async fn claim(
    tx: &impl ConnectionTrait,
    row: outbox::Model,
    prospect: Prospect,
    worker: &str,
    terms: &ClaimTerms,
    now: UnixMicros,
) -> Result<Claim, StoreError> {
    let attempt = row.attempts + 1;
    let lease = Lease {
        notice_id: row.id,
        until: now.plus_secs(terms.lease_secs),
        owner: format!("{worker}:{attempt}"),
    };
    let claim = Claim {
        dedupe_key: row.dedupe_key.clone(),
        attempt,
        delivered_to: from_json("list of recipients", &row.delivered_to)?,
        content: prospect.content,
        tenant: prospect.tenant,
        access: prospect.access,
        tried: prospect.tried,
        lease,
    };
    let mut row = row.into_active_model();
    row.state = Set(NoticeState::Claimed.as_str().to_owned());
    row.attempts = Set(attempt);
    row.due_at = Set(claim.lease.until.as_micros());
    row.lease_owner = Set(Some(claim.lease.owner.clone()));
    row.update(tx).await.map_err(at("claim a notice"))?;
    Ok(claim)
}

pub(crate) async fn end(
    tx: &impl ConnectionTrait,
    row: outbox::Model,
    state: NoticeState,
    reason: String,
    now: UnixMicros,
) -> Result<(), StoreError> {
    let mut row = row.into_active_model();
    row.state = Set(state.as_str().to_owned());
    row.reason = Set(Some(reason));
    row.settled_at = Set(Some(now.as_micros()));
    row.update(tx).await.map(drop).map_err(at("end a notice"))
}

async fn hold_back(tx: &impl ConnectionTrait, row: outbox::Model, until: UnixMicros, reason: String) -> Result<(), StoreError> {
    let mut row = row.into_active_model();
    row.state = Set(NoticeState::Pending.as_str().to_owned());
    row.reason = Set(Some(reason));
    row.due_at = Set(until.as_micros());
    row.update(tx).await.map(drop).map_err(at("hold a notice back"))
}
