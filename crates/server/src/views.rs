//! The API's JSON: what callers see, apart from how it is stored.

use jiff::Timestamp;
use pay_link::PayLinks;
use persistence::{OwedNotice, ReceivedEvent, SuppressedAddress, Tenant, TenantState, TimelineEntry, UnixMicros};
use serde::Serialize;
use subscription::{Access, ActionRequired, Dunning, Money, Pause, SubscriptionState, UnixSeconds};
use utoipa::ToSchema;

mod bounce;
mod drift;
mod pending_read;
mod proposal;
mod report;

pub use bounce::{BounceView, BouncedView, BouncesView};
pub use drift::DriftView;
pub use pending_read::PendingReadView;
pub use proposal::ProposalView;
pub use report::ReportView;

/// Formats a moment as RFC 3339 in UTC, in whole seconds.
fn at(moment: UnixSeconds) -> Option<String> {
    Timestamp::from_second(moment.as_secs()).ok().map(|moment| moment.to_string())
}

/// Formats a moment as RFC 3339 in UTC, to the microsecond.
pub(crate) fn at_micros(moment: UnixMicros) -> String {
    wording::moment(moment.as_micros())
}

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantView {
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
pub struct ContactView {
    email: String,
    name: String,
    /// `owner`, `billing` or `technical`.
    role: &'static str,
}

impl TenantView {
    /// Makes the view of a tenant, whose mails are written with these letters.
    pub fn of(tenant: &Tenant, letters: &mail::Letters) -> Self {
        let subscription = tenant.state.subscription.as_ref();
        let contacts = tenant.contacts.iter().map(|contact| ContactView {
            email: contact.email.clone(),
            name: contact.name.clone(),
            role: contact.role.as_str(),
        });
        Self {
            id: tenant.id.to_string(),
            name: tenant.name.clone(),
            stripe_customer_id: tenant.stripe_customer_id.as_ref().map(ToString::to_string),
            stripe_account: Some(tenant.stripe_account.clone()).filter(|account| !account.is_empty()),
            livemode: tenant.livemode,
            locale: tenant.locale.clone(),
            mail_locale: letters.nearest_locale(&tenant.locale).to_owned(),
            timezone: tenant.timezone.clone(),
            subscription_status: subscription.map(|s| s.status.to_string()),
            stripe_subscription_id: subscription.map(|s| s.id.to_string()),
            trial_end: subscription.and_then(|s| s.trial_end).and_then(at),
            certain: subscription.is_none_or(|s| s.doubt.is_none()),
            gap: subscription.is_some_and(|s| s.gap),
            customer_deleted_at: tenant.state.deleted_at.and_then(at),
            contacts: contacts.collect(),
            version: tenant.version,
            created_at: at_micros(tenant.created_at),
            updated_at: at_micros(tenant.updated_at),
        }
    }
}

/// The decision whether a tenant may use the service now, and the reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessView {
    tenant_id: String,
    allowed: bool,
    /// `full` or `none`.
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
pub struct ReasonView {
    code: &'static str,
    message: &'static str,
}

/// A future decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThenView {
    allowed: bool,
    level: &'static str,
    reason: CodeView,
}

/// A reason, in one word.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeView {
    code: &'static str,
}

/// A subscription.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, as Stripe's object has them"
)]
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriptionView {
    id: String,
    status: String,
    /// The items that are sold.
    items: Vec<ItemView>,
    /// `true` if there are more items than Stripe told.
    items_incomplete: bool,
    trial_end: Option<String>,
    cancel_at_period_end: bool,
    cancel_at: Option<String>,
    /// The time at which it ends by itself, if an end is set: by a date, by its period's end or by its schedule.
    ends_at: Option<String>,
    current_period_end: Option<String>,
    /// The reason of the pause: `requested`, `payment`, `trial_ended` or `other`; `null` if it is not paused.
    paused: Option<&'static str>,
    /// The pause of payment collection; `null` if payments are collected.
    collection_paused: Option<CollectionPausedView>,
    /// The payment that is being chased.
    dunning: Option<DunningView>,
    certain: bool,
    gap: bool,
}

/// One price of a subscription.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemView {
    price: String,
    /// `null` for metered prices.
    quantity: Option<u64>,
}

/// A pause in the collection of payments (`pause_collection`).
#[derive(Debug, Serialize, ToSchema)]
pub struct CollectionPausedView {
    /// The treatment of invoices: `keep_as_draft`, `mark_uncollectible` or `void`.
    behavior: String,
    /// The time at which collection resumes, if that is set.
    resumes_at: Option<String>,
}

/// A payment that is being chased.
#[derive(Debug, Serialize, ToSchema)]
pub struct DunningView {
    invoice_id: String,
    attempt_count: u32,
    next_payment_attempt: Option<String>,
    /// The amount left to pay.
    amount_due: MoneyView,
    /// The due date of an invoice that was sent.
    due_at: Option<String>,
    /// `update_payment_method`, `confirm_payment` or `pay_invoice`.
    action_required: &'static str,
    /// The link at which the tenant can pay, at any time; null if no pay links are configured.
    pay_url: Option<String>,
}

/// An amount in the currency's minor unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoneyView {
    amount: i64,
    /// ISO 4217, lower case.
    currency: String,
}

fn level(allowed: bool) -> &'static str {
    if allowed { "full" } else { "none" }
}

impl AccessView {
    /// Makes the view of a decision about a tenant.
    pub fn of(tenant: &TenantState, access: &Access, links: Option<&PayLinks>, now: UnixMicros) -> Self {
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
            level: level(access.allowed),
            reason: ReasonView {
                code: access.reason.code(),
                message: access.reason.message(),
            },
            valid_until: access.valid_until.and_then(at),
            then: access.then.map(|then| ThenView {
                allowed: then.allowed,
                level: level(then.allowed),
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

impl SubscriptionView {
    fn of(subscription: &SubscriptionState, dunning: Option<DunningView>) -> Self {
        let items = subscription.items.iter().map(|item| ItemView {
            price: item.price.clone(),
            quantity: item.quantity,
        });
        let collection = subscription.collection_paused.as_ref();
        Self {
            id: subscription.id.to_string(),
            status: subscription.status.to_string(),
            items: items.collect(),
            items_incomplete: subscription.details.has_more_items,
            ends_at: subscription.ends_at().and_then(at),
            paused: subscription.pause.map(Pause::as_str),
            collection_paused: collection.map(|pause| CollectionPausedView {
                behavior: pause.behavior.clone(),
                resumes_at: pause.resumes_at.and_then(at),
            }),
            dunning,
            trial_end: subscription.trial_end.and_then(at),
            cancel_at_period_end: subscription.cancel_at_period_end,
            cancel_at: subscription.cancel_at.and_then(at),
            current_period_end: subscription.current_period_end.and_then(at),
            certain: subscription.doubt.is_none(),
            gap: subscription.gap,
        }
    }
}

impl DunningView {
    fn of(dunning: &Dunning, pay_url: Option<String>) -> Self {
        Self {
            invoice_id: dunning.invoice_id.to_string(),
            attempt_count: dunning.attempt_count,
            next_payment_attempt: dunning.next_payment_attempt.and_then(at),
            amount_due: MoneyView::of(&dunning.amount_due),
            due_at: dunning.due_at.and_then(at),
            action_required: match dunning.action_required {
                ActionRequired::UpdatePaymentMethod => "update_payment_method",
                ActionRequired::ConfirmPayment => "confirm_payment",
                ActionRequired::PayInvoice => "pay_invoice",
            },
            pay_url,
        }
    }
}

impl MoneyView {
    fn of(money: &Money) -> Self {
        Self {
            amount: money.amount,
            currency: money.currency.clone(),
        }
    }
}

/// A change of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineView {
    at: String,
    /// `subscription_status`, `stripe_subscription_id`, `trial_end`, `cancel_at`, `items`, `paused`,
    /// `collection_paused`, `uncertain_since`, `other_subscriptions`, `customer_deleted`, `access`, `pay_link`
    /// (somebody followed it, and to where), or, for a tenant that was bound by a claim, `stripe_customer_id`.
    what: String,
    from: Option<String>,
    to: Option<String>,
    cause: CauseView,
}

/// The cause of a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct CauseView {
    /// `event`, `api`, `read`, `time` or `link`.
    kind: String,
    /// The id of the event, or the invoice of a link.
    id: Option<String>,
}

impl TimelineView {
    /// Makes the view of an entry.
    pub fn of(entry: &TimelineEntry) -> Self {
        Self {
            at: at_micros(entry.at),
            what: entry.what.clone(),
            from: readable(&entry.what, entry.from.as_deref()),
            to: readable(&entry.what, entry.to.as_deref()),
            cause: CauseView {
                kind: entry.cause.clone(),
                id: entry.cause_id.clone(),
            },
        }
    }
}

/// Converts the domain's times in Unix seconds to RFC 3339 for callers.
fn readable(what: &str, value: Option<&str>) -> Option<String> {
    let value = value?;
    match (what, value.parse::<i64>()) {
        ("trial_end" | "cancel_at" | "uncertain_since" | "customer_deleted", Ok(secs)) => at(UnixSeconds::new(secs)),
        _ => Some(value.to_owned()),
    }
}

/// An event as received.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    account: Option<String>,
    livemode: bool,
    api_version: Option<String>,
    /// Stripe's `created`; `null` if the body could not be read.
    created: Option<String>,
    received_at: String,
    customer: Option<String>,
    object_id: Option<String>,
    /// `applied`, `ignored`, `foreign` or `quarantined`.
    outcome: &'static str,
    reason: Option<String>,
    /// The body as it was received, while it is kept (35 days); only in the answer about one event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    payload: Option<PayloadView>,
}

/// A body.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PayloadView {
    /// A JSON body.
    Json(Box<serde_json::value::RawValue>),
    /// Another body.
    Text(String),
}

impl EventView {
    /// Makes the view of an event.
    pub fn of(received: &ReceivedEvent, body: Option<&[u8]>) -> Self {
        let event = &received.event;
        let is_readable = !event.kind.is_empty();
        Self {
            id: event.key.id.to_string(),
            kind: event.kind.clone(),
            account: event.key.scope.connected_account().map(str::to_owned),
            livemode: event.key.scope.livemode,
            api_version: event.api_version.clone(),
            created: at(UnixSeconds::new(event.created)).filter(|_| is_readable),
            received_at: at_micros(received.received_at),
            customer: event.customer.as_ref().map(ToString::to_string),
            object_id: event.object_id.clone(),
            outcome: event.outcome.as_str(),
            reason: event.reason.clone(),
            payload: body.map(|body| payload(body, is_readable)),
        }
    }
}

fn payload(body: &[u8], is_readable: bool) -> PayloadView {
    let text = String::from_utf8_lossy(body).into_owned();
    if !is_readable {
        return PayloadView::Text(text);
    }
    serde_json::value::RawValue::from_string(text.clone()).map_or(PayloadView::Text(text), PayloadView::Json)
}

/// A notice that is owed.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    id: i64,
    dedupe_key: String,
    tenant_id: String,
    kind: &'static str,
    /// `customer`, `admin` or `sales`.
    audience: String,
    /// `pending`, `claimed`, `transmitting`, `sent`, `unknown`, `dead` or `superseded`.
    state: &'static str,
    /// The reason why it is held back, failed, was superseded or given up.
    reason: Option<String>,
    /// The time at which it is due, or, if a worker has it, at which the lease ends.
    due_at: String,
    /// The number of tries.
    attempts: i64,
    /// The addresses it was delivered to.
    delivered_to: Vec<String>,
    /// Those of the addresses that it did not reach after all.
    bounced: Vec<BouncedView>,
    /// The time at which it was settled.
    settled_at: Option<String>,
    event_id: Option<String>,
    created_at: String,
    /// The content of the mail, as it was decided; its fields depend on `kind`.
    #[schema(value_type = Object)]
    notice: subscription::NoticeContent,
}

impl NoticeView {
    /// Makes the view of a notice.
    pub fn of(owed: OwedNotice) -> Self {
        Self {
            id: owed.id,
            dedupe_key: owed.dedupe_key,
            tenant_id: owed.tenant_id,
            kind: owed.content.kind(),
            audience: owed.audience,
            state: owed.state.as_str(),
            reason: owed.reason,
            due_at: at_micros(owed.due_at),
            attempts: owed.attempts,
            delivered_to: owed.delivered_to,
            bounced: owed.bounced.into_iter().map(BouncedView::of).collect(),
            settled_at: owed.settled_at.map(at_micros),
            event_id: owed.event.map(|event| event.to_string()),
            created_at: at_micros(owed.created_at),
            notice: owed.content,
        }
    }
}

/// An address that gets no mail, because its mail server refused it for good.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuppressedAddressView {
    /// The address, in lower case.
    email: String,
    /// The server's words.
    reply: String,
    since: String,
}

impl SuppressedAddressView {
    /// Makes the view of an address.
    pub fn of(address: SuppressedAddress) -> Self {
        Self {
            email: address.email,
            reply: address.reply,
            since: at_micros(address.since),
        }
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// The cursor of the next page; `null` if there is none.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page. `items` must be fetched with one more than `limit`, to know whether more follow.
    pub fn cut<S>(mut items: Vec<S>, limit: u64, cursor: impl Fn(&S) -> String, view: impl Fn(S) -> T) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).map(cursor);
        Self {
            data: items.into_iter().map(view).collect(),
            next_cursor,
        }
    }
}
