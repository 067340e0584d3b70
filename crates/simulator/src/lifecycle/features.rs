//! The contents of a lifecycle, feature by feature.

use std::collections::BTreeMap;

use stripe_event::{Before, Event, EventKind, Object, Subscription, SubscriptionStatus};

use crate::payload::ENDIVE;

/// The possible contents of a lifecycle beyond checkouts, trials, renewals, failures and ends. Each share is of the
/// lives of [`Features::ALL`].
#[expect(clippy::struct_excessive_bools, reason = "each is there or not, whatever the others are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Features {
    /// Several subscriptions: an add-on beside the base, a duplicate by accident, a replacement made before the old one
    /// ends or after. In one of two.
    pub several_subscriptions: bool,
    /// Sent invoices with due dates: paid in time, late or never. In one of five.
    pub sent_invoices: bool,
    /// Debits that take days, and may bounce. One bounces in one of twelve.
    pub delayed_debits: bool,
    /// An end that is set at creation, or by the merchant right after the checkout. In one of seven.
    pub fixed_terms: bool,
    /// Trials with and without a card, and each of the ways in which one without ends. In two of five.
    pub trials: bool,
    /// Subscriptions that are paused, for each of the five reasons, and resumed. In one of five.
    pub pauses: bool,
    /// Paused collection, in each of the three ways, with and without a date of return. In one of six.
    pub paused_collection: bool,
    /// Cards that are added, become the default of the subscription or of the customer, are removed, and are renewed by
    /// the network. In three of five.
    pub cards: bool,
    /// Partial payments, and payments out of band. In one of five.
    pub partial_payments: bool,
    /// Coupons, some of which leave nothing to pay. In one of three.
    pub discounts: bool,
    /// Changes of seats and plans, and more items than an event shows. In one of ten.
    pub changes: bool,
    /// Ends for each reason that Stripe knows, requested with or without feedback, withdrawn, by the customer or the
    /// merchant. In nearly all.
    pub reasons: bool,
    /// Customers that are deleted with everything they have. In one of thirty.
    pub deleted_customers: bool,
    /// Updates of invoices with their previous attributes, also in the second of a payment. In four of five.
    pub invoice_befores: bool,
    /// Schedules that set an end, another one, none, or release their subscription. In one of fifteen.
    pub schedules: bool,
    /// Disputed payments, and disputes that are won and lost. In one of seven.
    pub disputes: bool,
    /// Invoices that cannot be finalized, for a while or for good. In one of fourteen.
    pub finalization_failures: bool,
    /// The API versions with the reason of a pause. In three of five.
    pub newest_versions: bool,
}

impl Features {
    /// All features.
    pub const ALL: Self = Self::each(true);
    /// Nothing beyond what every lifecycle has.
    pub const NONE: Self = Self::each(false);

    const fn each(is_there: bool) -> Self {
        Self {
            several_subscriptions: is_there,
            sent_invoices: is_there,
            delayed_debits: is_there,
            fixed_terms: is_there,
            trials: is_there,
            pauses: is_there,
            paused_collection: is_there,
            cards: is_there,
            partial_payments: is_there,
            discounts: is_there,
            changes: is_there,
            reasons: is_there,
            deleted_customers: is_there,
            invoice_befores: is_there,
            schedules: is_there,
            disputes: is_there,
            finalization_failures: is_there,
            newest_versions: is_there,
        }
    }

    /// Returns the features that a life in fact has.
    pub fn of(events: &[Event<'_>]) -> Self {
        let mut found = Self::NONE;
        let mut subscriptions: BTreeMap<&str, &Subscription<'_>> = BTreeMap::new();
        let mut cards = 0;
        for event in events {
            found.newest_versions |= event.api_version.as_deref() >= Some(ENDIVE);
            match &event.object {
                Object::Subscription { now, before } => {
                    let before = match before {
                        Before::Was(before) => Some(before),
                        Before::NotGiven => None,
                    };
                    found.note_subscription(&event.kind, now, before);
                    subscriptions.insert(&now.id, now);
                }
                Object::Invoice { now, before } => {
                    let is_open = now.status != Some(stripe_event::InvoiceStatus::Paid);
                    found.delayed_debits |= event.kind == EventKind::InvoicePaymentFailed
                        && now.billing_reason.as_deref() == Some("subscription_create")
                        && subscriptions
                            .values()
                            .any(|one| one.status == SubscriptionStatus::Active && Some(&one.id) == now.subscription.as_ref());
                    found.partial_payments |= is_open && now.amount_paid > 0;
                    found.invoice_befores |= *before != Before::NotGiven;
                    found.finalization_failures |= now.finalization_error.is_some();
                }
                Object::SubscriptionSchedule(_) => found.schedules = true,
                Object::Dispute(_) => found.disputes = true,
                Object::PaymentMethod { .. } => {
                    cards += 1;
                    found.cards |= cards > 1;
                }
                Object::Customer { .. } => {
                    found.cards |= event.kind == EventKind::CustomerUpdated;
                    found.deleted_customers |= event.kind == EventKind::CustomerDeleted;
                }
                _ => {}
            }
        }
        found.several_subscriptions = subscriptions.len() > 1;
        found
    }

    fn note_subscription(&mut self, kind: &EventKind<'_>, now: &Subscription<'_>, before: Option<&Subscription<'_>>) {
        let is_made = *kind == EventKind::SubscriptionCreated;
        self.sent_invoices |= now.collection_method.as_deref() == Some("send_invoice");
        self.fixed_terms |= is_made && now.cancel_at.is_some();
        self.trials |= now.status == SubscriptionStatus::Trialing;
        self.pauses |= now.status == SubscriptionStatus::Paused;
        self.paused_collection |= now.pause_collection_behavior.is_some();
        self.discounts |= now.is_discounted;
        self.changes |= before.is_some_and(|before| before.items != now.items);
        self.reasons |= now.canceled_at.is_some() && !is_made;
    }

    /// Returns each feature's name, and true if it is present.
    pub fn named(&self) -> [(&'static str, bool); 18] {
        [
            ("several_subscriptions", self.several_subscriptions),
            ("sent_invoices", self.sent_invoices),
            ("delayed_debits", self.delayed_debits),
            ("fixed_terms", self.fixed_terms),
            ("trials", self.trials),
            ("pauses", self.pauses),
            ("paused_collection", self.paused_collection),
            ("cards", self.cards),
            ("partial_payments", self.partial_payments),
            ("discounts", self.discounts),
            ("changes", self.changes),
            ("reasons", self.reasons),
            ("deleted_customers", self.deleted_customers),
            ("invoice_befores", self.invoice_befores),
            ("schedules", self.schedules),
            ("disputes", self.disputes),
            ("finalization_failures", self.finalization_failures),
            ("newest_versions", self.newest_versions),
        ]
    }
}
