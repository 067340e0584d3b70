//! A tenant, as callers see it.

use persistence::Tenant;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{ContactRole, SubscriptionStatus};
use super::{at, at_micros};
use crate::mail::Mail;

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantView {
    id: String,
    name: String,
    stripe_customer_id: Option<String>,
    /// `null` for your own account.
    stripe_account: Option<String>,
    /// `null` until the customer is first seen.
    livemode: Option<bool>,
    locale: String,
    /// The language of its mails: that of `locale` exactly, or else its base language, or else `en`.
    mail_locale: String,
    timezone: String,
    /// Stripe's word; `null` if there is no subscription.
    #[schema(value_type = Option<SubscriptionStatus>)]
    subscription_status: Option<String>,
    stripe_subscription_id: Option<String>,
    /// RFC 3339, UTC.
    trial_end: Option<String>,
    /// `false` while the events received allow another answer.
    certain: bool,
    /// `true` if events are missing before the newest one.
    gap: bool,
    /// The time at which the customer was deleted at Stripe, if it was.
    customer_deleted_at: Option<String>,
    contacts: Vec<ContactView>,
    version: i64,
    created_at: String,
    updated_at: String,
}

/// A contact person of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContactView {
    email: String,
    name: String,
    #[schema(value_type = ContactRole)]
    role: &'static str,
}

impl TenantView {
    /// Makes the view of a tenant, whose mails are written by this side of mail.
    pub(crate) fn of(tenant: &Tenant, mail: &dyn Mail) -> Self {
        let subscription = tenant.state.subscription.as_ref();
        let contacts = tenant.contacts.iter().map(|contact| ContactView {
            email: contact.email.clone(),
            name: contact.name.clone(),
            role: contact.role.as_str(),
        });
        Self {
            id: tenant.record.id.to_string(),
            name: tenant.record.name.clone(),
            stripe_customer_id: tenant.record.stripe_customer_id.as_ref().map(ToString::to_string),
            stripe_account: Some(tenant.record.stripe_account.clone()).filter(|account| !account.is_empty()),
            livemode: tenant.record.livemode,
            locale: tenant.record.locale.clone(),
            mail_locale: mail.nearest_locale(&tenant.record.locale).to_owned(),
            timezone: tenant.record.timezone.clone(),
            subscription_status: subscription.map(|s| s.status.to_string()),
            stripe_subscription_id: subscription.map(|s| s.id.to_string()),
            trial_end: subscription.and_then(|s| s.trial_end).and_then(at),
            certain: subscription.is_none_or(|s| s.doubt.is_none()),
            gap: subscription.is_some_and(|s| s.gap),
            customer_deleted_at: tenant.state.deleted_at.and_then(at),
            contacts: contacts.collect(),
            version: tenant.record.version,
            created_at: at_micros(tenant.record.created_at),
            updated_at: at_micros(tenant.record.updated_at),
        }
    }
}
