//! Claims: the tenant to which an event's object assigns its customer.

use stripe_event::{Event, EventKind, Object};
use subscription::facts::{ClaimSource, TenantClaim};
use subscription::{TenantId, TenantIdError};

/// The metadata key under which a subscription or customer names its tenant, unless another one is configured.
pub const DEFAULT_METADATA_KEY: &str = "tenant_id";

/// Returns the claim of an event's object, if it makes one: the `client_reference_id` of a completed Checkout session,
/// or the metadata of a subscription or customer under `metadata_key`.
///
/// A claim is only somebody's word; see [`ClaimSource`] for whose.
///
/// # Errors
/// [`TenantIdError`] says why the text cannot be a tenant id. Such a text is not a claim.
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
    // Stripe writes an empty text for a value that was removed.
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let tenant = TenantId::parse(text)?;
    Ok(Some(TenantClaim { tenant, source }))
}
