//! The tenants that claims may bind, with the obstacles.

use std::collections::BTreeSet;

use ledger::{Bindable, ClaimedTenant, CustomerKey, ProposalState};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use subscription::TenantId;
use subscription::facts::TenantClaim;

use crate::StoreError;
use crate::customer_record::CustomerRecords;
use crate::entity::{binding_proposal, tenant};
use crate::error::{at, from_json};
use crate::rows::is_one_of;
use crate::tenant::tenant_of;

/// Loads what these claims may bind, for customers that are locked. Usually there is nothing to load, because the
/// customer is bound already, or the claim is recorded.
pub(crate) async fn load_bindable<'a>(
    tx: &impl ConnectionTrait,
    claims: impl Iterator<Item = (CustomerKey, &'a TenantClaim)>,
    records: &CustomerRecords,
) -> Result<Bindable, StoreError> {
    let may_bind = |(key, claim): &(CustomerKey, &TenantClaim)| {
        let stored = records.get(key);
        stored.is_some_and(|stored| stored.record.may_be_bound_by(claim))
    };
    let claims: Vec<(CustomerKey, &TenantClaim)> = claims.filter(may_bind).collect();
    if claims.is_empty() {
        return Ok(Bindable::default());
    }
    let customers: BTreeSet<&str> = claims.iter().map(|(key, _)| key.id.as_str()).collect();
    let wanted: BTreeSet<&str> = claims.iter().map(|(_, claim)| claim.tenant.as_str()).collect();
    let involved = Condition::any()
        .add(is_one_of(tx, tenant::Column::Id, &wanted))
        .add(is_one_of(tx, tenant::Column::StripeCustomerId, &customers));
    let rows = tenant::Entity::find()
        .filter(involved)
        .order_by_asc(tenant::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
        .map_err(at("load the tenants that are claimed"))?;
    let mut tenants = Vec::with_capacity(rows.len());
    for row in rows {
        let state = from_json("tenant state", &row.state)?;
        tenants.extend(tenant_of(row).map(|tenant| ClaimedTenant { tenant, state }));
    }
    Ok(Bindable::new(tenants, decided_about(tx, &customers).await?))
}

/// Returns the claims about these customers that were decided.
async fn decided_about(
    tx: &impl ConnectionTrait,
    customers: &BTreeSet<&str>,
) -> Result<BTreeSet<(CustomerKey, TenantId)>, StoreError> {
    let rows = binding_proposal::Entity::find()
        .filter(is_one_of(tx, binding_proposal::Column::CustomerId, customers))
        .filter(binding_proposal::Column::State.ne(ProposalState::OPEN))
        .all(tx)
        .await
        .map_err(at("look for what was decided about claims"))?;
    let decided = rows.into_iter().filter_map(|row| {
        let customer = CustomerKey::new(row.customer_id, row.account, row.livemode);
        Some((customer, TenantId::parse(&row.tenant_id).ok()?))
    });
    Ok(decided.collect())
}
