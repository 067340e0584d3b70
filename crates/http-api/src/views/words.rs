//! The words of the API, as its description lists them.
//!
//! The types are never made: what is sent are the words themselves. A word that is Stripe's may be another than those
//! that are listed.

use std::borrow::Cow;

use persistence::{Cause, DriftKind, NoticeState, Outcome, ProposalState, ReadReason, Role, Source};
use subscription::Status;
use subscription::access::Level;
use subscription::access::Reason;
use subscription::facts::ClaimSource;
use subscription::notices::{Audience, NoticeContent};
use subscription::state::{ActionRequired, Pause};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Object, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::bounce_fate::BounceFate;

/// Describes a field that is one of these words.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $schema:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T($schema)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

words! {
    /// The extent of access.
    AccessLevel = closed(Level::ALL.map(Level::as_str));
    /// The reason of an access decision.
    ReasonCode = closed(Reason::ALL.map(Reason::code));
    /// The status of a subscription: Stripe's word.
    SubscriptionStatus = open(Status::KNOWN.iter().map(Status::as_str));
    /// The reason of a pause.
    PauseReason = closed(Pause::ALL.map(Pause::as_str));
    /// The treatment of invoices while payments are not collected: Stripe's word.
    CollectionBehavior = open(["keep_as_draft", "mark_uncollectible", "void"]);
    /// The action that a customer has to take.
    RequiredAction = closed(ActionRequired::ALL.map(ActionRequired::as_str));
    /// The role of a contact.
    ContactRole = closed(Role::ALL.map(Role::as_str));
    /// The outcome of an event.
    EventOutcome = closed(Outcome::ALL.map(Outcome::as_str));
    /// The status of a delivery.
    DeliveryStatus = closed(["ok", "duplicate"]);
    /// The outcome of a bounce.
    BounceOutcome = closed(BounceFate::ALL.map(BounceFate::as_str));
    /// The way in which drift was found.
    DriftSource = closed(Source::ALL.into_iter().filter(|source| source.shows_drift()).map(Source::as_str));
    /// The kind of the object that drifted.
    DriftedKind = closed(DriftKind::ALL.map(DriftKind::as_str));
    /// The field that drifted; of an event that changed nothing, its type.
    DriftedField = open([
        "subscription_status",
        "trial_end",
        "cancel_at",
        "items",
        "paused",
        "collection_paused",
        "invoice_status",
    ]);
    /// The kind of a notice.
    NoticeKind = closed(NoticeContent::KINDS);
    /// The audience of a notice.
    NoticeAudience = closed(Audience::ALL.map(Audience::as_str));
    /// The state of a notice.
    NoticeStatus = closed(NoticeState::ALL.map(NoticeState::as_str));
    /// The source of a claim.
    ProposalSource = closed(ClaimSource::ALL.map(ClaimSource::as_str));
    /// The state of a proposal.
    ProposalStatus = closed(ProposalState::WORDS);
    /// The reason to ask Stripe about a subscription.
    PendingReadReason = closed(ReadReason::ALL.map(ReadReason::as_str));
    /// The field that changed.
    TimelineField = closed([
        "subscription_status",
        "stripe_subscription_id",
        "stripe_customer_id",
        "trial_end",
        "cancel_at",
        "items",
        "paused",
        "collection_paused",
        "uncertain_since",
        "other_subscriptions",
        "customer_deleted",
        "access",
        "pay_link",
    ]);
    /// The kind of the cause of a change.
    CauseKind = closed(Cause::KINDS);
    /// A condition for readiness.
    CheckId = closed(["deliveries", "database", "schema"]);
    /// The status of a server that works.
    HealthStatus = closed(["ok"]);
}

/// Describes a text that is one of these words.
fn closed<'a>(words: impl IntoIterator<Item = &'a str>) -> Schema {
    Schema::Object(one_of(words))
}

/// Describes a text that is one of these words, or one that nobody has heard of yet.
fn open<'a>(words: impl IntoIterator<Item = &'a str>) -> Schema {
    let any = AnyOfBuilder::new().item(one_of(words)).item(Object::with_type(Type::String));
    Schema::AnyOf(any.build())
}

fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .build()
}
