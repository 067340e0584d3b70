//! Proposals: a customer's tenant as objects of Stripe claim it, kept until somebody decides.

use std::collections::BTreeSet;

use ledger::{CustomerKey, HeldBinding, NewProposal, ProposalState, ProposedBinding, TenantRecord, UnixMicros, proposal_state};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, NotSet, QueryFilter, QueryOrder, QuerySelect, Set};
use subscription::facts::ClaimSource;
use subscription::{CustomerId, EventId, TenantId, UnixSeconds};

use crate::entity::binding_proposal::{ActiveModel, Column, Entity, Model};
use crate::entity::tenant;
use crate::error::at;
use crate::rows::is_one_of;
use crate::{Proposals, StoreError};

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

impl Proposals<'_> {
    /// Lists proposals in the order they were found, at most `limit`. By default it lists only the undecided ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(self, filter: &ProposalFilter, limit: u64) -> Result<Vec<Proposal>, StoreError> {
        let mut query = Entity::find().order_by_asc(Column::Id).limit(limit);
        if !filter.with_decided {
            query = query.filter(Column::State.eq(ProposalState::OPEN));
        }
        if let Some(after) = filter.after {
            query = query.filter(Column::Id.gt(after));
        }
        let reading = self.store.reading().await?;
        let rows = query.all(&reading).await.map_err(at("list the proposals"))?;
        judged(&reading, rows).await
    }

    /// Dismisses a proposal or a conflict. It is no longer listed, and a repeated claim does not renew it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dismiss(self, id: i64, now: UnixMicros) -> Result<Decision, StoreError> {
        let tx = self.store.begin().await?;
        let dismissed = Entity::update_many()
            .col_expr(Column::State, Expr::value(ProposalState::DISMISSED))
            .col_expr(Column::DecidedAt, Expr::value(now.as_micros()))
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(ProposalState::OPEN))
            .exec(&tx)
            .await
            .map_err(at("dismiss the proposal"))?;
        let proposal = find(&tx, id).await?;
        self.store.commit(tx).await?;
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
pub(crate) async fn settle_by_binding(tx: &impl ConnectionTrait, tenant: &TenantRecord, now: UnixMicros) -> Result<(), StoreError> {
    let Some((customer, account)) = tenant.customer() else {
        return Ok(());
    };
    Entity::update_many()
        .col_expr(Column::State, Expr::value(ProposalState::ACCEPTED))
        .col_expr(Column::DecidedAt, Expr::value(now.as_micros()))
        .filter(Column::CustomerId.eq(customer.as_str()))
        .filter(Column::Account.eq(account))
        .filter(Column::TenantId.eq(tenant.id.as_str()))
        .filter(Column::State.eq(ProposalState::OPEN))
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
    let held: Vec<(String, String, Option<String>)> = tenant::Entity::find()
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
    let held = held.into_iter().filter_map(|(tenant, account, customer)| {
        Some(HeldBinding {
            tenant: TenantId::parse(&tenant).ok()?,
            account,
            customer: customer.map(CustomerId::new),
        })
    });
    let held: Vec<HeldBinding> = held.collect();
    let judged = rows.into_iter().filter_map(|row| Proposal::from_row(row, &held));
    Ok(judged.collect())
}

impl Proposal {
    /// Reads a row. Returns `None` for a row that no version ever wrote.
    fn from_row(row: Model, held: &[HeldBinding]) -> Option<Self> {
        let customer = CustomerKey::new(row.customer_id, row.account, row.livemode);
        let tenant = TenantId::parse(&row.tenant_id).ok()?;
        let proposed = ProposedBinding {
            customer: &customer,
            tenant: &tenant,
        };
        let state = match row.state.as_str() {
            ProposalState::ACCEPTED => ProposalState::Accepted,
            ProposalState::DISMISSED => ProposalState::Dismissed,
            _ => proposal_state(proposed, held),
        };
        Some(Self {
            id: row.id,
            source: ClaimSource::parse(&row.source)?,
            event: EventId::new(row.event_id),
            claimed_at: UnixSeconds::new(row.claimed_at),
            found_at: UnixMicros::new(row.found_at),
            tenant,
            customer,
            state,
        })
    }
}

/// Makes the row of a claim that is recorded.
pub(crate) fn proposal_row(claim: NewProposal) -> ActiveModel {
    let state = if claim.is_accepted {
        ProposalState::ACCEPTED
    } else {
        ProposalState::OPEN
    };
    ActiveModel {
        id: NotSet,
        customer_id: Set(claim.customer.id.to_string()),
        account: Set(claim.customer.scope.account),
        livemode: Set(claim.customer.scope.livemode),
        tenant_id: Set(claim.tenant.to_string()),
        source: Set(claim.source.as_str().to_owned()),
        event_id: Set(claim.event.to_string()),
        claimed_at: Set(claim.claimed_at),
        found_at: Set(claim.found_at.as_micros()),
        state: Set(state.to_owned()),
        decided_at: Set(claim.is_accepted.then_some(claim.found_at.as_micros())),
    }
}
