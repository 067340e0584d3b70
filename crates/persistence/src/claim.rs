//! Claiming: a worker takes a notice that is due and still to be sent, and no other worker gets it until the lease
//! ends.

use std::collections::BTreeSet;

use ledger::{ClaimTerms, CustomerKey, Delay, End, NoticeState, UnixMicros};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::access::{Access, access};
use subscription::notices::{Notice, NoticeContent};

use crate::connections::Executor;
use crate::entity::{outbox, tenant};
use crate::error::{at, from_json};
use crate::outbox::{is_in, sending_of, write_sending};
use crate::tenant::with_contacts;
use crate::{Outbox, StoreError, Tenant, customer_record};

mod earlier;

use earlier::{by_what_was_told, told_before};

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

impl Outbox<'_> {
    /// Claims for the named worker the notice that has been due longest. It skips the notices in `in_hand`, which the
    /// worker still holds, whatever the clock says about their leases.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is claimed.
    pub async fn claim(
        self,
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
        self.store.retrying(|| self.try_claim(worker, terms, in_hand, now)).await
    }

    async fn try_claim(
        self,
        worker: &str,
        terms: &ClaimTerms,
        in_hand: &BTreeSet<i64>,
        now: UnixMicros,
    ) -> Result<Claimed, StoreError> {
        let tx = self.store.begin().await?;
        let Some(row) = first_due(&tx, in_hand, now).await? else {
            return Ok(Claimed::Nothing { next_due_at: None });
        };
        let claimed = match self.consider(&tx, &row, terms, now).await? {
            Verdict::Send(prospect) => Claimed::Notice(Box::new(claim(&tx, row, *prospect, worker, terms, now).await?)),
            Verdict::End(ending) => {
                end(&tx, row, ending, now).await?;
                Claimed::Settled
            }
            Verdict::Wait(delay) => {
                hold_back(&tx, row, delay).await?;
                Claimed::Settled
            }
        };
        self.store.commit(tx).await?;
        Ok(claimed)
    }

    /// Returns the time when the first open notice is due.
    async fn next_notice_due_at(self) -> Result<Option<UnixMicros>, StoreError> {
        let due_at: Option<i64> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::DueAt)
            .filter(is_in(NoticeState::OPEN))
            .order_by_asc(outbox::Column::DueAt)
            .into_tuple()
            .one(&self.store.reading().await?)
            .await
            .map_err(at("look for notices that are due"))?;
        Ok(due_at.map(UnixMicros::new))
    }

    /// Decides whether a due notice is to be sent. Its customer stays locked meanwhile, so that no change can overtake
    /// the decision.
    async fn consider(
        self,
        tx: &Executor,
        row: &outbox::Model,
        terms: &ClaimTerms,
        now: UnixMicros,
    ) -> Result<Verdict, StoreError> {
        if terms.kinds_off.contains(&row.kind) {
            return Ok(Verdict::End(End::superseded("switched_off")));
        }
        let mut prospect = match from_json("notice", &row.notice)? {
            NoticeContent::Notice(notice) => match self.still_true(tx, row, &notice, now).await? {
                Ok(prospect) => prospect,
                Err(reason) => return Ok(Verdict::End(End::superseded(reason))),
            },
            staff @ NoticeContent::Staff(_) => Prospect {
                tenant: find_tenant(tx, &row.tenant_id).await?,
                ..Prospect::about(staff)
            },
        };
        if let Some(end) = sending_of(row)?.end_of_attempts(terms, now) {
            return Ok(Verdict::End(end));
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
        self,
        tx: &Executor,
        row: &outbox::Model,
        notice: &Notice,
        now: UnixMicros,
    ) -> Result<Result<Prospect, &'static str>, StoreError> {
        let key = CustomerKey::new(row.customer_id.as_str(), row.account.clone(), row.livemode);
        let mut records = customer_record::load(tx, &BTreeSet::from([key.clone()]), &self.store.terms, None).await?;
        let Some(record) = records.remove(&key).map(|stored| stored.record) else {
            return Ok(Err("unbound"));
        };
        if record.tenant().is_none_or(|tenant| tenant.id.as_str() != row.tenant_id) {
            return Ok(Err("unbound"));
        }
        let now = now.to_unix_seconds();
        match record.standing().still_owes(notice, now) {
            Ok(notice) => Ok(Ok(Prospect {
                tenant: find_tenant(tx, &row.tenant_id).await?,
                access: Some(access(&record.standing().state, &self.store.terms.policy, now)),
                ..Prospect::about(NoticeContent::Notice(notice))
            })),
            Err(superseded) => Ok(Err(superseded.as_str())),
        }
    }
}

/// The decision about a notice that is due.
enum Verdict {
    Send(Box<Prospect>),
    End(End),
    Wait(Delay),
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
        .filter(is_in(NoticeState::OPEN))
        .filter(outbox::Column::DueAt.lte(now.as_micros()))
        .filter(outbox::Column::Id.is_not_in(in_hand.iter().copied()))
        .order_by_asc(outbox::Column::DueAt)
        .order_by_asc(outbox::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(tx)
        .await
        .map_err(at("look for a notice that is due"))
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
    let mut sending = sending_of(&row)?;
    sending.claim(terms, now);
    let claim = Claim {
        dedupe_key: row.dedupe_key.clone(),
        attempt: sending.attempts,
        delivered_to: sending.delivered_to.clone(),
        content: prospect.content,
        tenant: prospect.tenant,
        access: prospect.access,
        tried: prospect.tried,
        lease: Lease {
            notice_id: row.id,
            until: sending.due_at,
            owner: format!("{worker}:{}", sending.attempts),
        },
    };
    let owner = Some(claim.lease.owner.clone());
    write_sending(tx, row, &sending, owner, "claim a notice").await?;
    Ok(claim)
}

/// Ends a notice unsent.
pub(crate) async fn end(tx: &impl ConnectionTrait, row: outbox::Model, end: End, now: UnixMicros) -> Result<(), StoreError> {
    let mut sending = sending_of(&row)?;
    sending.end(end, now);
    let owner = row.lease_owner.clone();
    write_sending(tx, row, &sending, owner, "end a notice").await.map(drop)
}

async fn hold_back(tx: &impl ConnectionTrait, row: outbox::Model, delay: Delay) -> Result<(), StoreError> {
    let mut sending = sending_of(&row)?;
    sending.delay(delay);
    let owner = row.lease_owner.clone();
    write_sending(tx, row, &sending, owner, "hold a notice back").await.map(drop)
}
