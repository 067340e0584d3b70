//! An access decision, as callers see it.

use pay_link::PayLinks;
use persistence::{TenantState, UnixMicros};
use serde::Serialize;
use subscription::access::Access;
use subscription::state::{Dunning, SubscriptionState};
use utoipa::ToSchema;

use super::subscription::{DunningView, SubscriptionView};
use super::words::{AccessLevel, ReasonCode};
use super::{at, at_micros};

/// The decision whether a tenant may use the service now, and the reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessView {
    tenant_id: String,
    allowed: bool,
    #[schema(value_type = AccessLevel)]
    level: &'static str,
    reason: ReasonView,
    /// The time at which the decision changes by itself; `null` if it does not change before Stripe says something new.
    valid_until: Option<String>,
    /// The decision after that time.
    then: Option<ThenView>,
    /// The subscription that the decision rests on.
    subscription: Option<SubscriptionView>,
    /// Every subscription that has not ended, the one that decides about the tenant first.
    subscriptions: Vec<SubscriptionView>,
    /// The payment that is being chased: of the deciding subscription, or else of another.
    dunning: Option<DunningView>,
    version: i64,
    as_of: String,
}

/// A reason.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReasonView {
    #[schema(value_type = ReasonCode)]
    code: &'static str,
    message: &'static str,
}

/// A future decision.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ThenView {
    allowed: bool,
    #[schema(value_type = AccessLevel)]
    level: &'static str,
    reason: CodeView,
}

/// A reason, in one word.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CodeView {
    #[schema(value_type = ReasonCode)]
    code: &'static str,
}

impl AccessView {
    /// Makes the view of a decision about a tenant.
    pub(crate) fn of(tenant: &TenantState, access: &Access, links: Option<&PayLinks>, now: UnixMicros) -> Self {
        let pay_url = |dunning: &Dunning| {
            let url = links?.url(&tenant.id, &dunning.invoice_id, tenant.scope.as_ref()?, now)?;
            Some(url.into())
        };
        let at_now = now.to_unix_seconds();
        let chased = |one: &SubscriptionState| {
            let dunning = one.dunning_at(at_now)?;
            Some(DunningView::of(dunning, pay_url(dunning)))
        };
        let view = |one: &SubscriptionState| SubscriptionView::of(one, chased(one));
        let state = &tenant.state;
        let decisive = access.subscription.as_ref().and_then(|id| state.subscription_of(id));
        let living = state.subscriptions().filter(|one| !one.status.is_terminal());
        Self {
            tenant_id: tenant.id.to_string(),
            allowed: access.allowed,
            level: access.level().as_str(),
            reason: ReasonView {
                code: access.reason.code(),
                message: access.reason.message(),
            },
            valid_until: access.valid_until.and_then(at),
            then: access.then.map(|then| ThenView {
                allowed: then.allowed,
                level: then.level().as_str(),
                reason: CodeView {
                    code: then.reason.code(),
                },
            }),
            subscription: decisive.map(view),
            subscriptions: living.map(view).collect(),
            dunning: decisive.and_then(chased).or_else(|| state.subscriptions().find_map(chased)),
            version: tenant.version,
            as_of: at_micros(now),
        }
    }
}
