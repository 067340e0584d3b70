//! The state of a customer, computed from its facts.

use std::collections::{BTreeMap, BTreeSet};

use super::customer_state::CustomerState;
use super::dunning::{Dunning, DunningCase, case};
use super::effective::effective;
use super::pause::Pause;
use super::subscription_state::{CollectionPause, Doubted, SubscriptionState};
use crate::facts::{Facts, Invoice};
use crate::{Customer, InvoiceId, PaymentMethodId, Status, SubscriptionId, UnixSeconds};

impl Customer {
    /// Returns the tenant's state. This is short for `standing().state`.
    #[must_use]
    pub fn state(&self) -> CustomerState {
        self.state_of(&self.subscription_states())
    }

    pub(crate) fn state_of(&self, subscriptions: &BTreeMap<SubscriptionId, Box<SubscriptionState>>) -> CustomerState {
        CustomerState::of(subscriptions.values().map(Box::as_ref), self.profile().deleted_at)
    }

    /// Returns the state of every subscription that any fact or invoice mentions.
    pub(crate) fn subscription_states(&self) -> BTreeMap<SubscriptionId, Box<SubscriptionState>> {
        let by_invoice = self.invoices().values().filter_map(|invoice| invoice.subscription.as_ref());
        let ids: BTreeSet<&SubscriptionId> = self.subscription_ids().chain(by_invoice).collect();
        ids.into_iter()
            .filter_map(|id| Some((id.clone(), Box::new(self.subscription_state(id)?))))
            .collect()
    }

    fn subscription_state(&self, id: &SubscriptionId) -> Option<SubscriptionState> {
        let unknown = Facts::default();
        let facts = self.facts(id).unwrap_or(&unknown);
        let folded = facts.folded();
        let latest = self.latest_invoice_of(id).map(|(_, invoice)| invoice);
        let effective = effective(facts, folded, latest)?;
        let details = facts.details().cloned().unwrap_or_default();
        let told = folded.map(|folded| &folded.snapshot);
        let trial_end = told.and_then(|told| told.trial_end);
        let status_since = folded.map(|folded| folded.status_since);
        // An invoice made after the trial and before the pause shows that the subscription continued after the trial.
        let has_gone_on = |trial_end: &UnixSeconds| {
            latest.is_some_and(|latest| latest.shown.created >= *trial_end && Some(latest.shown.created) < status_since)
        };
        let last_trial_end = trial_end.filter(|end| !has_gone_on(end));
        let pause = Pause::of(details.paused_reason.as_deref(), last_trial_end, status_since);
        let behavior = told.and_then(|told| told.pause_collection.clone());
        let mut state = SubscriptionState {
            id: id.clone(),
            created: details.created,
            gap: effective.is_inferred || folded.is_some_and(|folded| folded.gap),
            doubt: folded.and_then(Doubted::of),
            status_since,
            trial_end,
            cancel_at_period_end: told.is_some_and(|told| told.cancel_at_period_end),
            cancel_at: told.and_then(|told| told.cancel_at),
            canceled_at: told.and_then(|told| told.canceled_at),
            schedule_ends_at: self.schedules().get(id).and_then(|schedule| schedule.ends_at),
            current_period_start: told.and_then(|told| told.period_start),
            current_period_end: told.and_then(|told| told.period_end),
            items: details
                .all_items
                .clone()
                .or_else(|| told.map(|told| told.items.clone()))
                .unwrap_or_default(),
            dunning: self.dunning(id, &effective.status, facts.served_since()),
            owing_since: None,
            falls_due_at: latest.and_then(|latest| falls_due_at(facts, latest)),
            served_since: facts.served_since(),
            pause: (effective.status == Status::Paused).then_some(pause),
            collection_paused: behavior.map(|behavior| CollectionPause {
                behavior,
                resumes_at: details.collection_resumes_at,
                since: folded.and_then(|folded| folded.collection_paused_since),
            }),
            pays_with: None,
            status: effective.status,
            details,
        };
        let since = effective.owing_since.or(folded.and_then(|folded| folded.owing_since));
        state.owing_since = self.owing_since(&state, since);
        state.pays_with = self.pays_with(&state);
        Some(state)
    }

    /// Returns the start of the current period of owing: the failure or due date that began it. An invoice left open
    /// long before does not count.
    fn owing_since(&self, state: &SubscriptionState, told: Option<UnixSeconds>) -> Option<UnixSeconds> {
        /// The longest delay between a failed attempt and the change to past due. Stripe reports the change at once or
        /// a little later.
        const WITHIN_SECS: i64 = 24 * 60 * 60;
        let is_owing = match state.status {
            Status::PastDue | Status::Unpaid => true,
            Status::Paused => state.pause == Some(Pause::Payment),
            Status::Incomplete
            | Status::IncompleteExpired
            | Status::Trialing
            | Status::Active
            | Status::Canceled
            | Status::Unknown(_) => false,
        };
        let told = told.or(state.status_since).filter(|_| is_owing);
        let Some(told) = told else {
            // Only invoices of the subscription are known.
            return state.dunning.as_ref().filter(|_| is_owing).map(|dunning| dunning.since);
        };
        // The latest invoice at that time. If it was sent, due and unpaid, the debt is for this invoice.
        let made_by_then = self
            .invoices_of(&state.id)
            .filter(|(_, invoice)| invoice.shown.created <= told);
        let latest = made_by_then
            .max_by_key(|(id, invoice)| invoice.recency(id))
            .map(|(_, invoice)| invoice);
        let was_owed = |invoice: &&Invoice| invoice.payment.is_none_or(|payment| payment.paid_at > told);
        let due_at = latest
            .filter(|invoice| invoice.is_sent())
            .filter(was_owed)
            .and_then(|invoice| invoice.shown.due_date);
        if let Some(due_at) = due_at.filter(|&due_at| due_at <= told) {
            return Some(due_at);
        }
        let failed = self
            .invoices_of(&state.id)
            .filter_map(|(_, invoice)| Some(invoice.failures?.first_at));
        let began = failed.filter(|&at| at <= told && told <= at.plus_secs(WITHIN_SECS)).max();
        began.or(Some(told))
    }

    /// Returns the payment method for the subscription's next payment, if known: its own, else the customer's default,
    /// else the one attached last (<https://docs.stripe.com/billing/subscriptions/overview>). A detached payment method
    /// never counts.
    fn pays_with(&self, state: &SubscriptionState) -> Option<PaymentMethodId> {
        if state.is_sent_invoices() {
            return None;
        }
        let is_there = |id: &PaymentMethodId| self.cards().get(id).is_none_or(|card| card.detached_at.is_none());
        let own = state.details.default_payment_method.as_ref().filter(|id| is_there(id));
        let default = || self.profile().default_payment_method().filter(|id| is_there(id));
        let newest = || {
            let attached = self.cards().iter().filter(|(id, _)| is_there(id));
            attached.max_by_key(|(id, card)| (card.attached_at, *id)).map(|(id, _)| id)
        };
        own.or_else(default).or_else(newest).cloned()
    }

    /// Returns the newest open dunning case of a subscription. If only sent invoices are open, returns the one that has
    /// been due longest.
    fn dunning(&self, id: &SubscriptionId, status: &Status, served_since: Option<UnixSeconds>) -> Option<Dunning> {
        let is_open = |(_, invoice): &(&InvoiceId, &Invoice)| case(invoice, Some(status), served_since) == DunningCase::Open;
        let open = || self.invoices_of(id).filter(is_open);
        let charged = open().filter(|(_, invoice)| invoice.due_at().is_none());
        let newest = charged.max_by_key(|(invoice_id, invoice)| invoice.recency(invoice_id));
        let first_due = || open().min_by_key(|(_, invoice)| invoice.due_at());
        let (invoice_id, invoice) = newest.or_else(first_due)?;
        Dunning::of(invoice_id, invoice)
    }

    /// Returns the number of failed attempts to collect the subscription's newest unpaid invoice that has failed.
    pub(crate) fn failed_attempts(&self, id: &SubscriptionId) -> u32 {
        let unpaid = self.invoices_of(id).filter(|(_, invoice)| invoice.payment.is_none());
        let failed = unpaid.filter_map(|(id, invoice)| Some((invoice.recency(id), invoice.failures?.attempt)));
        failed.max().map_or(0, |(_, attempt)| attempt)
    }
}

/// Returns the due date of the latest invoice, if that was sent. Returns `None` if the subscription reported anything
/// on that date or later: then its own status counts.
fn falls_due_at(facts: &Facts, latest: &Invoice) -> Option<UnixSeconds> {
    latest.due_at().filter(|&due_at| Some(due_at) > facts.last_told_at())
}
