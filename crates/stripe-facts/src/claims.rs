//! Which tenant an event's object says its customer is.

use stripe_event::{Event, EventKind, Object};
use subscription::{ClaimSource, TenantClaim, TenantId, TenantIdError};

/// The metadata key under which a subscription or customer names its tenant, if no other is configured.
pub const DEFAULT_METADATA_KEY: &str = "tenant_id";

/// What an event's object claims, if it claims anything: `client_reference_id` of a Checkout session that is completed, or the
/// metadata of a subscription or customer under `metadata_key`.
///
/// A claim is only somebody's word; see [`ClaimSource`] for whose.
///
/// # Errors
/// Why the text cannot name a tenant. Then it is no claim.
pub fn claim(event: &Event<'_>, metadata_key: &str) -> Result<Option<TenantClaim>, TenantIdError> {
    let (text, source) = match &event.object {
        Object::CheckoutSession(session) if event.kind == EventKind::CheckoutSessionCompleted => {
            (session.client_reference_id.as_deref(), ClaimSource::ClientReferenceId)
        }
        Object::Subscription { now, .. } => (
            now.metadata.get(metadata_key).map(AsRef::as_ref),
            ClaimSource::SubscriptionMetadata,
        ),
        Object::Customer { now: customer, .. } => (
            customer.metadata.get(metadata_key).map(AsRef::as_ref),
            ClaimSource::CustomerMetadata,
        ),
        Object::CheckoutSession(_)
        | Object::Invoice { .. }
        | Object::PaymentMethod { .. }
        | Object::Charge(_)
        | Object::Dispute(_)
        | Object::EarlyFraudWarning(_)
        | Object::SubscriptionSchedule(_)
        | Object::Thin(_)
        | Object::Unknown { .. }
        | Object::Unreadable(_) => return Ok(None),
    };
    // Stripe's empty texts are those that were taken back.
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let tenant = TenantId::parse(text)?;
    Ok(Some(TenantClaim { tenant, source }))
}
