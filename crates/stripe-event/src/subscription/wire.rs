//! A subscription as sent, and its previous version according to `previous_attributes`.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::item::{Part, WireItem, recurring_amount};
use super::{CancellationDetails, Item, Subscription, SubscriptionStatus};
use crate::error::{Flaw, ObjectError, Problem};
use crate::field::{Field, hash};
use crate::metadata::Metadata;
use crate::text::{Expandable, Id, Text};
use crate::timestamp::Timestamp;

/// The fields that we read. One type serves the subscription and its `previous_attributes`, so no field can be read
/// from one and forgotten in the other.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wire<'a> {
    #[serde(borrow)]
    id: Field<Id<'a>>,
    #[serde(borrow)]
    customer: Field<Expandable<'a>>,
    #[serde(borrow)]
    customer_account: Field<Expandable<'a>>,
    #[serde(borrow)]
    status: Field<Text<'a>>,
    created: Field<Timestamp>,
    /// Before 2019-03-14, in place of `created`.
    start: Field<Timestamp>,
    start_date: Field<Timestamp>,
    cancel_at_period_end: Field<bool>,
    cancel_at: Field<Timestamp>,
    canceled_at: Field<Timestamp>,
    ended_at: Field<Timestamp>,
    trial_start: Field<Timestamp>,
    trial_end: Field<Timestamp>,
    current_period_start: Field<Timestamp>,
    current_period_end: Field<Timestamp>,
    #[serde(borrow, deserialize_with = "hash")]
    items: Field<Items<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    pause_collection: Field<PauseCollection<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    status_details: Field<StatusDetails<'a>>,
    #[serde(borrow)]
    schedule: Field<Expandable<'a>>,
    /// Before 2025-03-31.basil.
    discount: Field<IgnoredAny>,
    discounts: Field<Vec<IgnoredAny>>,
    #[serde(borrow)]
    latest_invoice: Field<Expandable<'a>>,
    #[serde(borrow)]
    default_payment_method: Field<Expandable<'a>>,
    #[serde(borrow)]
    collection_method: Field<Text<'a>>,
    /// Before 2019-10-17, in place of `collection_method`.
    #[serde(borrow)]
    billing: Field<Text<'a>>,
    #[serde(borrow)]
    currency: Field<Text<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    trial_settings: Field<TrialSettings<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    cancellation_details: Field<Cancellation<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    metadata: Field<Metadata<'a>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Items<'a> {
    #[serde(borrow)]
    data: Field<Vec<WireItem<'a>>>,
    has_more: Field<bool>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct PauseCollection<'a> {
    #[serde(borrow)]
    behavior: Field<Text<'a>>,
    resumes_at: Field<Timestamp>,
}

/// The reasons for a status, since 2026-09-30.endive.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct StatusDetails<'a> {
    #[serde(borrow, deserialize_with = "hash")]
    paused: Field<PausedDetails<'a>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct PausedDetails<'a> {
    #[serde(borrow, deserialize_with = "hash")]
    subscription: Field<PausedSubscription<'a>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct PausedSubscription<'a> {
    #[serde(borrow, rename = "type")]
    kind: Field<Text<'a>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct TrialSettings<'a> {
    #[serde(borrow, deserialize_with = "hash")]
    end_behavior: Field<EndBehavior<'a>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct EndBehavior<'a> {
    #[serde(borrow)]
    missing_payment_method: Field<Text<'a>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Cancellation<'a> {
    #[serde(borrow)]
    reason: Field<Text<'a>>,
    #[serde(borrow)]
    feedback: Field<Text<'a>>,
    /// One of the account's own options.
    #[serde(borrow)]
    feedback_option: Field<Expandable<'a>>,
    #[serde(borrow)]
    comment: Field<Text<'a>>,
}

impl<'a> Wire<'a> {
    /// Returns the previous version. `previous` holds only the changed keys and whole arrays; null means "was not set".
    ///
    /// See <https://docs.stripe.com/api/events/object#event_object-data-previous_attributes>.
    pub(super) fn before(self, previous: Self) -> Self {
        Self {
            id: self.id.before(previous.id),
            customer: self.customer.before(previous.customer),
            customer_account: self.customer_account.before(previous.customer_account),
            status: self.status.before(previous.status),
            created: self.created.before(previous.created),
            start: self.start.before(previous.start),
            start_date: self.start_date.before(previous.start_date),
            cancel_at_period_end: self.cancel_at_period_end.before(previous.cancel_at_period_end),
            cancel_at: self.cancel_at.before(previous.cancel_at),
            canceled_at: self.canceled_at.before(previous.canceled_at),
            ended_at: self.ended_at.before(previous.ended_at),
            trial_start: self.trial_start.before(previous.trial_start),
            trial_end: self.trial_end.before(previous.trial_end),
            current_period_start: self.current_period_start.before(previous.current_period_start),
            current_period_end: self.current_period_end.before(previous.current_period_end),
            items: self.items.before_with(previous.items, Items::before),
            pause_collection: self
                .pause_collection
                .before_with(previous.pause_collection, PauseCollection::before),
            status_details: self
                .status_details
                .before_with(previous.status_details, StatusDetails::before),
            schedule: self.schedule.before(previous.schedule),
            discount: self.discount.before(previous.discount),
            discounts: self.discounts.before(previous.discounts),
            latest_invoice: self.latest_invoice.before(previous.latest_invoice),
            default_payment_method: self.default_payment_method.before(previous.default_payment_method),
            collection_method: self.collection_method.before(previous.collection_method),
            billing: self.billing.before(previous.billing),
            currency: self.currency.before(previous.currency),
            trial_settings: self
                .trial_settings
                .before_with(previous.trial_settings, TrialSettings::before),
            cancellation_details: self
                .cancellation_details
                .before_with(previous.cancellation_details, Cancellation::before),
            metadata: self.metadata.before_with(previous.metadata, Metadata::before),
        }
    }

    /// Converts it to the one shape for all versions.
    pub(super) fn normalised(self) -> Result<Subscription<'a>, ObjectError> {
        let customer = self.customer.id("subscription.customer")?;
        let account = self.customer_account.id("subscription.customer_account")?;
        let Id(id) = self.id.required("subscription.id")?;
        let Text(status) = self.status.required("subscription.status")?;
        let Timestamp(created) = self.created.or(self.start).required("subscription.created")?;
        let items = self.items.optional("subscription.items")?.unwrap_or_default();
        let has_more_items = items.has_more.known().unwrap_or_default();
        let parts = items.parts()?;
        let period_start = self.current_period_start.seconds("subscription.current_period_start")?;
        let period_end = self.current_period_end.seconds("subscription.current_period_end")?;
        let ends_with_period = self.cancel_at_period_end.optional("subscription.cancel_at_period_end")?;
        let pause = self
            .pause_collection
            .optional("subscription.pause_collection")?
            .unwrap_or_default();
        let trial_end = self.trial_end.seconds("subscription.trial_end")?;
        let trial = self.trial_settings.optional("subscription.trial_settings")?;
        let cancellation = self.cancellation_details.optional("subscription.cancellation_details")?;
        Ok(Subscription {
            id,
            customer: customer.or(account).ok_or(Flaw {
                field: "subscription.customer",
                problem: Problem::Missing,
            })?,
            status: SubscriptionStatus::parse(status),
            created,
            start_date: self.start_date.seconds("subscription.start_date")?,
            cancel_at_period_end: ends_with_period.unwrap_or_default(),
            cancel_at: self.cancel_at.seconds("subscription.cancel_at")?,
            canceled_at: self.canceled_at.seconds("subscription.canceled_at")?,
            ended_at: self.ended_at.seconds("subscription.ended_at")?,
            trial_start: self.trial_start.seconds("subscription.trial_start")?,
            // Each item may have its own trial. Then the subscription has none, and it is in its trial until the last
            // one ends.
            trial_end: trial_end.or_else(|| parts.iter().filter_map(|part| part.trial_end).max()),
            current_period_start: period_start.or_else(|| parts.iter().filter_map(|part| part.period_start).min()),
            current_period_end: period_end.or_else(|| parts.iter().filter_map(|part| part.period_end).max()),
            recurring_amount: recurring_amount(&parts).filter(|_| !has_more_items),
            items: sorted_items(parts),
            has_more_items,
            pause_collection_behavior: pause.behavior.text("subscription.pause_collection.behavior")?,
            pause_collection_resumes_at: pause.resumes_at.seconds("subscription.pause_collection.resumes_at")?,
            paused_reason: self.status_details.known().and_then(StatusDetails::paused_reason),
            schedule: self.schedule.known_id(),
            is_discounted: self.discount.known().is_some() || self.discounts.known().is_some_and(|all| !all.is_empty()),
            latest_invoice: self.latest_invoice.id("subscription.latest_invoice")?,
            default_payment_method: self.default_payment_method.id("subscription.default_payment_method")?,
            collection_method: self
                .collection_method
                .or(self.billing)
                .text("subscription.collection_method")?,
            currency: self.currency.text("subscription.currency")?,
            trial_end_behavior: trial.unwrap_or_default().normalised()?,
            cancellation_details: cancellation.unwrap_or_default().normalised()?,
            metadata: self.metadata.known().unwrap_or_default().0,
        })
    }
}

fn sorted_items(parts: Vec<Part<'_>>) -> Vec<Item<'_>> {
    let mut items: Vec<_> = parts.into_iter().map(|part| part.item).collect();
    items.sort_unstable();
    items
}

impl<'a> Items<'a> {
    fn before(self, previous: Self) -> Self {
        Self {
            data: self.data.before(previous.data),
            has_more: self.has_more.before(previous.has_more),
        }
    }

    fn parts(self) -> Result<Vec<Part<'a>>, Flaw> {
        let data = self.data.optional("subscription.items.data")?;
        let items = data.unwrap_or_default().into_iter();
        items.map(WireItem::normalised).collect()
    }
}

impl PauseCollection<'_> {
    fn before(self, previous: Self) -> Self {
        Self {
            behavior: self.behavior.before(previous.behavior),
            resumes_at: self.resumes_at.before(previous.resumes_at),
        }
    }
}

impl<'a> StatusDetails<'a> {
    fn before(self, previous: Self) -> Self {
        Self {
            paused: self.paused.before_with(previous.paused, PausedDetails::before),
        }
    }

    fn paused_reason(self) -> Option<Cow<'a, str>> {
        let paused = self.paused.known()?.subscription.known()?;
        paused.kind.known_text()
    }
}

impl PausedDetails<'_> {
    fn before(self, previous: Self) -> Self {
        Self {
            subscription: self
                .subscription
                .before_with(previous.subscription, |now, previous| PausedSubscription {
                    kind: now.kind.before(previous.kind),
                }),
        }
    }
}

impl<'a> TrialSettings<'a> {
    fn before(self, previous: Self) -> Self {
        Self {
            end_behavior: self.end_behavior.before_with(previous.end_behavior, EndBehavior::before),
        }
    }

    fn normalised(self) -> Result<Option<Cow<'a, str>>, Flaw> {
        self.end_behavior
            .optional("subscription.trial_settings.end_behavior")?
            .unwrap_or_default()
            .missing_payment_method
            .text("subscription.trial_settings.end_behavior.missing_payment_method")
    }
}

impl EndBehavior<'_> {
    fn before(self, previous: Self) -> Self {
        Self {
            missing_payment_method: self.missing_payment_method.before(previous.missing_payment_method),
        }
    }
}

impl<'a> Cancellation<'a> {
    fn before(self, previous: Self) -> Self {
        Self {
            reason: self.reason.before(previous.reason),
            feedback: self.feedback.before(previous.feedback),
            feedback_option: self.feedback_option.before(previous.feedback_option),
            comment: self.comment.before(previous.comment),
        }
    }

    fn normalised(self) -> Result<CancellationDetails<'a>, Flaw> {
        Ok(CancellationDetails {
            reason: self.reason.text("subscription.cancellation_details.reason")?,
            feedback: self
                .feedback
                .text("subscription.cancellation_details.feedback")?
                .or_else(|| self.feedback_option.known_id()),
            comment: self.comment.text("subscription.cancellation_details.comment")?,
        })
    }
}
