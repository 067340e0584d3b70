//! The tables as rows. No other crate sees them.

pub(crate) mod binding_proposal;
pub(crate) mod charge;
pub(crate) mod contact;
pub(crate) mod customer;
pub(crate) mod delivery_hour;
pub(crate) mod drift;
pub(crate) mod event_payload;
pub(crate) mod invoice;
pub(crate) mod mail_outage;
pub(crate) mod mail_recipient;
pub(crate) mod outbox;
pub(crate) mod payment_method;
pub(crate) mod read_task;
pub(crate) mod reconciliation;
pub(crate) mod stripe_event;
pub(crate) mod subscription;
pub(crate) mod subscription_fact;
pub(crate) mod suppressed_address;
pub(crate) mod tenant;
pub(crate) mod timeline;
