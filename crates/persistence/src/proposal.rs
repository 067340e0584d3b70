//! Proposals: a customer's tenant as objects of Stripe claim it, kept until somebody decides.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::{ClaimSource, CustomerId, EventId, TenantId, UnixSeconds};

use crate::entity::binding_proposal::{self, Column, Entity, Model};
use crate::entity::tenant;
use crate::error::at;
use crate::rows::is_one_of;
use crate::{CustomerKey, Store, StoreError, UnixMicros};

/// A claimed binding that is undecided, or that was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Dunlin's own number. Later ones are greater.
    pub id: i64,
    /// The customer.
    pub customer: CustomerKey,
    /// The tenant that the claim names.
    pub tenant: TenantId,
    /// The source of the claim.
    pub source: ClaimSource,
    /// The first event with the claim.
    pub event: EventId,
    /// The event's `created`.
    pub claimed_at: UnixSeconds,
    /// The time when Dunlin learned of it.
    pub found_at: UnixMicros,
    /// The state of the proposal.
    pub state: ProposalState,
}

/// The state of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalState {
    /// It waits for somebody to accept or dismiss it.
    Open,
    /// It cannot be accepted, because the tenant or the customer is bound elsewhere.
    Conflict {
        /// The other tenant that holds the customer.
        customer_held_by: Option<TenantId>,
        /// The other customer that the tenant holds.
        tenant_holds: Option<CustomerId>,
    },
    /// The tenant is bound to the customer.
    Accepted,
    /// Somebody dismissed it.
    Dismissed,
}

impl ProposalState {
    /// All words for it.
    pub const WORDS: [&'static str; 4] = [OPEN, CONFLICT, ACCEPTED, DISMISSED];

    /// Returns the word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => OPEN,
            Self::Conflict { .. } => CONFLICT,
            Self::Accepted => ACCEPTED,
            Self::Dismissed => DISMISSED,
        }
    }
}

/// A filter for the list of proposals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProposalFilter {
    /// Also the proposals that were decided.
    pub with_decided: bool,
    /// Only the proposals after this number.
    pub after: Option<i64>,
}

/// The outcome of a decision about a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The decision was taken, and this is the proposal now.
    Taken(Box<Proposal>),
    /// The decision is not possible. The proposal is unchanged.
    Refused(Box<Proposal>),
    /// There is no such proposal.
    Unknown,
}

impl Store {
    /// Lists proposals in the order they were found, at most `limit`. By default it lists only the undecided ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn proposals(&self, filter: &ProposalFilter, limit: u64) -> Result<Vec<Proposal>, StoreError> {
        let mut query = Entity::find().order_by_asc(Column::Id).limit(limit);
        if !filter.with_decided {
            query = query.filter(Column::State.eq(OPEN));
        }
        if let Some(after) = filter.after {
            query = query.filter(Column::Id.gt(after));
        }
        let reading = self.reading().await?;
        let rows = query.all(&reading).await.map_err(at("list the proposals"))?;
        judged(&reading, rows).await
    }

    /// Dismisses a proposal or a conflict. It is no longer listed, and a repeated claim does not renew it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dismiss_proposal(&self, id: i64, now: UnixMicros) -> Result<Decision, StoreError> {
        let tx = self.begin().await?;
        let dismissed = Entity::update_many()
            .col_expr(Column::State, Expr::value(DISMISSED))
            .col_expr(Column::DecidedAt, Expr::value(now.as_micros()))
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(OPEN))
            .exec(&tx)
            .await
            .map_err(at("dismiss the proposal"))?;
        let proposal = find(&tx, id).await?;
        self.commit(tx).await?;
        Ok(match proposal.map(Box::new) {
            None => Decision::Unknown,
            Some(proposal) if dismissed.rows_affected == 1 => Decision::Taken(proposal),
            Some(proposal) => Decision::Refused(proposal),
        })
    }
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: i64) -> Result<Option<Proposal>, StoreError> {
    let row = Entity::find_by_id(id).one(db).await.map_err(at("read the proposal"))?;
    Ok(judged(db, row.into_iter().collect()).await?.pop())
}

/// Settles all proposals of a binding that was made.
pub(crate) async fn settle_by_binding(
    tx: &impl ConnectionTrait,
    tenant: &tenant::Model,
    now: UnixMicros,
) -> Result<(), StoreError> {
    let Some(customer) = &tenant.stripe_customer_id else {
        return Ok(());
    };
    Entity::update_many()
        .col_expr(Column::State, Expr::value(ACCEPTED))
        .col_expr(Column::DecidedAt, Expr::value(now.as_micros()))
        .filter(Column::CustomerId.eq(customer.as_str()))
        .filter(Column::Account.eq(tenant.stripe_account.as_str()))
        .filter(Column::TenantId.eq(tenant.id.as_str()))
        .filter(Column::State.eq(OPEN))
        .exec(tx)
        .await
        .map(drop)
        .map_err(at("settle what proposed the binding"))
}

/// Judges these proposals by the current bindings. Those can change independently, so the judgement is not stored.
async fn judged(db: &impl ConnectionTrait, rows: Vec<Model>) -> Result<Vec<Proposal>, StoreError> {
    let customers: BTreeSet<&str> = rows.iter().map(|row| row.customer_id.as_str()).collect();
    let tenants: BTreeSet<&str> = rows.iter().map(|row| row.tenant_id.as_str()).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let involved = Condition::any()
        .add(is_one_of(db, tenant::Column::Id, &tenants))
        .add(is_one_of(db, tenant::Column::StripeCustomerId, &customers));
    let bindings: Vec<(String, String, Option<String>)> = tenant::Entity::find()
        .select_only()
        .columns([
            tenant::Column::Id,
            tenant::Column::StripeAccount,
            tenant::Column::StripeCustomerId,
        ])
        .filter(involved)
        .into_tuple()
        .all(db)
        .await
        .map_err(at("look for who is bound"))?;
    let judged = rows.into_iter().filter_map(|row| Proposal::from_row(row, &bindings));
    Ok(judged.collect())
}

impl Proposal {
    /// Reads a row. Returns `None` for a row that no version ever wrote.
    fn from_row(row: Model, bindings: &[(String, String, Option<String>)]) -> Option<Self> {
        let is_same = |account: &str, customer: Option<&str>| account == row.account && customer == Some(row.customer_id.as_str());
        let others = |(id, account, customer): &&(String, String, Option<String>)| {
            *id != row.tenant_id && is_same(account, customer.as_deref())
        };
        let holder = bindings.iter().find(others);
        let claimed = bindings.iter().find(|(id, ..)| *id == row.tenant_id);
        let held = claimed.filter(|(_, account, customer)| customer.is_some() && !is_same(account, customer.as_deref()));
        let state = match row.state.as_str() {
            ACCEPTED => ProposalState::Accepted,
            DISMISSED => ProposalState::Dismissed,
            _ if holder.is_none() && held.is_none() => ProposalState::Open,
            _ => ProposalState::Conflict {
                customer_held_by: holder.and_then(|(id, ..)| TenantId::parse(id).ok()),
                tenant_holds: held.and_then(|(.., customer)| customer.as_deref().map(CustomerId::new)),
            },
        };
        Some(Self {
            id: row.id,
            tenant: TenantId::parse(&row.tenant_id).ok()?,
            source: ClaimSource::parse(&row.source)?,
            customer: CustomerKey::of_row(row.customer_id, row.account, row.livemode),
            event: EventId::new(row.event_id),
            claimed_at: UnixSeconds::new(row.claimed_at),
            found_at: UnixMicros::new(row.found_at),
            state,
        })
    }
}

/// The words for the states of a proposal. A conflict is an open proposal that cannot be accepted now, but may be some
/// day.
pub(crate) const OPEN: &str = "open";
const CONFLICT: &str = "conflict";
pub(crate) const ACCEPTED: &str = "accepted";
const DISMISSED: &str = "dismissed";

/// Returns true if a row says that the binding was made.
pub(crate) fn is_accepted(row: &binding_proposal::ActiveModel) -> bool {
    matches!(&row.state, ActiveValue::Set(state) if state == ACCEPTED)
}
