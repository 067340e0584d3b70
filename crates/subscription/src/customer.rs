//! A Stripe customer: everything known about its subscriptions, invoices, payment methods, schedules and disputes.

use std::collections::{BTreeMap, BTreeSet};

use crate::effective::effective;
use crate::{
    Card, Change, CollectionPause, CustomerProfile, CustomerState, Dispute, DisputeId, Doubted, Dunning, DunningCase, Facts,
    Invoice, InvoiceFact, InvoiceId, Pause, PaymentMethodId, Policy, ProfileVersion, Schedule, Standing, Status, SubscriptionFact,
    SubscriptionId, SubscriptionState, UnixSeconds, case,
};

/// One fact that Stripe reports about a customer.
#[expect(
    clippy::large_enum_variant,
    reason = "there are few per event and each is moved once; a box would only add an allocation"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A fact about a subscription.
    Subscription {
        /// The subscription.
        id: SubscriptionId,
        /// The fact.
        fact: SubscriptionFact,
    },
    /// A fact about an invoice.
    Invoice {
        /// The invoice.
        id: InvoiceId,
        /// The fact.
        fact: InvoiceFact,
    },
    /// A fact about the customer itself.
    Profile(ProfileVersion),
    /// A fact about the schedule of a subscription.
    Schedule {
        /// The subscription.
        id: SubscriptionId,
        /// The schedule.
        schedule: Schedule,
    },
    /// A fact about a payment that is disputed or may be.
    Dispute {
        /// The dispute or warning.
        id: DisputeId,
        /// The fact.
        dispute: Dispute,
    },
    /// A fact about a payment method.
    Card {
        /// The payment method.
        id: PaymentMethodId,
        /// The fact.
        card: Card,
    },
}

/// Everything known about one Stripe customer. Facts are only ever added; see [`Customer::learn`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    subscriptions: BTreeMap<SubscriptionId, Facts>,
    invoices: BTreeMap<InvoiceId, Box<Invoice>>,
    cards: BTreeMap<PaymentMethodId, Box<Card>>,
    schedules: BTreeMap<SubscriptionId, Schedule>,
    profile: CustomerProfile,
    disputes: BTreeMap<DisputeId, Box<Dispute>>,
}

impl Customer {
    /// Adds a fact. Neither order nor repetition of facts changes the result.
    pub fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::Subscription { id, fact } => {
                self.subscriptions.entry(id).or_default().insert(fact);
            }
            Fact::Invoice { id, fact } => self.learn_invoice(id, Invoice::from(fact)),
            Fact::Card { id, card } => self.learn_card(id, card),
            Fact::Profile(version) => self.learn_profile(CustomerProfile::from(version)),
            Fact::Dispute { id, dispute } => self.learn_dispute(id, dispute),
            Fact::Schedule { id, schedule } => self.learn_schedule(id, schedule),
        }
    }

    /// Replaces the details of a known change by those that a newer version reads from the same event. Returns `false`
    /// if they are the same or the change is unknown.
    pub fn retell(&mut self, id: &SubscriptionId, told: &Change) -> bool {
        self.subscriptions.get_mut(id).is_some_and(|facts| facts.retell(told))
    }

    /// Adds an invoice that was joined before.
    pub fn learn_invoice(&mut self, id: InvoiceId, invoice: Invoice) {
        let joined = match self.invoices.remove(&id) {
            Some(known) => known.join(invoice),
            None => invoice,
        };
        self.invoices.insert(id, Box::new(joined));
    }

    /// Adds a payment method that was joined before.
    pub fn learn_card(&mut self, id: PaymentMethodId, card: Card) {
        let joined = match self.cards.remove(&id) {
            Some(known) => known.join(card),
            None => card,
        };
        self.cards.insert(id, Box::new(joined));
    }

    /// Adds knowledge about the customer itself.
    pub fn learn_profile(&mut self, profile: CustomerProfile) {
        self.profile = std::mem::take(&mut self.profile).join(profile);
    }

    /// Adds the schedule of a subscription.
    pub fn learn_schedule(&mut self, id: SubscriptionId, schedule: Schedule) {
        let joined = match self.schedules.remove(&id) {
            Some(known) => known.join(schedule),
            None => schedule,
        };
        self.schedules.insert(id, joined);
    }

    /// Adds a dispute that was joined before.
    pub fn learn_dispute(&mut self, id: DisputeId, dispute: Dispute) {
        let joined = match self.disputes.remove(&id) {
            Some(known) => known.join(dispute),
            None => dispute,
        };
        self.disputes.insert(id, Box::new(joined));
    }

    /// Returns the same customer with the facts of each subscription up to and including `horizon` in one fact:
    /// [`Facts::compacted`]. Each invoice and each card is one value already.
    #[must_use]
    pub fn compacted(&self, horizon: UnixSeconds) -> Self {
        let subscriptions = self.subscriptions.iter();
        Self {
            subscriptions: subscriptions
                .map(|(id, facts)| (id.clone(), facts.compacted(horizon)))
                .collect(),
            invoices: self.invoices.clone(),
            cards: self.cards.clone(),
            schedules: self.schedules.clone(),
            profile: self.profile.clone(),
            disputes: self.disputes.clone(),
        }
    }

    /// Returns the same customer. Of each subscription with more than `many` facts only about the `newest` stay as they
    /// are, and its baseline sums up those before. Every answer stays the same, now and after any fact that does not
    /// [reach into a baseline](Customer::reaches_into_baseline).
    #[must_use]
    pub fn compacted_by_count(mut self, many: usize, newest: usize) -> Self {
        for facts in self.subscriptions.values_mut().filter(|facts| facts.len() > many) {
            *facts = facts.compacted_to(newest);
        }
        self
    }

    /// Returns `true` if a fact speaks of a time about which only a sum of facts is known.
    #[must_use]
    pub fn reaches_into_baseline(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Subscription { id, fact } => self.facts(id).is_some_and(|facts| facts.reaches_into_baseline(fact)),
            Fact::Invoice { .. } | Fact::Card { .. } | Fact::Profile(_) | Fact::Schedule { .. } | Fact::Dispute { .. } => false,
        }
    }

    /// Returns the facts about one subscription.
    pub fn facts(&self, id: &SubscriptionId) -> Option<&Facts> {
        self.subscriptions.get(id)
    }

    /// Returns its invoices, one-off invoices included.
    pub fn invoices(&self) -> &BTreeMap<InvoiceId, Box<Invoice>> {
        &self.invoices
    }

    /// Returns its payment methods.
    pub fn cards(&self) -> &BTreeMap<PaymentMethodId, Box<Card>> {
        &self.cards
    }

    /// Returns the knowledge about the customer itself.
    pub fn profile(&self) -> &CustomerProfile {
        &self.profile
    }

    /// Returns the latest schedule of each subscription. Earlier schedules are obsolete and not kept.
    pub fn schedules(&self) -> &BTreeMap<SubscriptionId, Schedule> {
        &self.schedules
    }

    /// Returns its disputes and early fraud warnings.
    pub fn disputes(&self) -> &BTreeMap<DisputeId, Box<Dispute>> {
        &self.disputes
    }

    /// Counts the facts, invoices, cards and other values that are known: a measure of the memory they take.
    pub fn count_facts(&self) -> u64 {
        let facts: usize = self.subscriptions.values().map(Facts::len).sum();
        let objects = self.invoices.len() + self.cards.len() + self.schedules.len() + self.disputes.len();
        (facts + objects + self.profile.len()) as u64
    }

    /// Returns the customer's state and its current notices. The default [`Policy`] decides what falls due by time.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing_under(&Policy::default())
    }

    /// Returns the same; this policy decides what falls due by time.
    #[must_use]
    pub fn standing_under(&self, policy: &Policy) -> Standing {
        Standing::of(self, policy)
    }

    /// Returns the tenant's state. This is short for `standing().state`.
    #[must_use]
    pub fn state(&self) -> CustomerState {
        self.state_of(&self.subscription_states())
    }

    pub(crate) fn state_of(&self, subscriptions: &BTreeMap<SubscriptionId, Box<SubscriptionState>>) -> CustomerState {
        CustomerState::of(subscriptions.values().map(Box::as_ref), self.profile.deleted_at)
    }

    /// Returns the state of every subscription that any fact or invoice mentions.
    pub(crate) fn subscription_states(&self) -> BTreeMap<SubscriptionId, Box<SubscriptionState>> {
        let by_invoice = self.invoices.values().filter_map(|invoice| invoice.subscription.as_ref());
        let ids: BTreeSet<&SubscriptionId> = self.subscriptions.keys().chain(by_invoice).collect();
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
            schedule_ends_at: self.schedules.get(id).and_then(|schedule| schedule.ends_at),
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
        let is_there = |id: &PaymentMethodId| self.cards.get(id).is_none_or(|card| card.detached_at.is_none());
        let own = state.details.default_payment_method.as_ref().filter(|id| is_there(id));
        let default = || self.profile.default_payment_method().filter(|id| is_there(id));
        let newest = || {
            let attached = self.cards.iter().filter(|(id, _)| is_there(id));
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

    /// Returns the newest invoice of a subscription.
    pub(crate) fn latest_invoice_of<'a>(&'a self, id: &'a SubscriptionId) -> Option<(&'a InvoiceId, &'a Invoice)> {
        self.invoices_of(id)
            .max_by_key(|(invoice_id, invoice)| invoice.recency(invoice_id))
    }

    /// Returns the invoices of a subscription.
    pub(crate) fn invoices_of<'a>(&'a self, id: &'a SubscriptionId) -> impl Iterator<Item = (&'a InvoiceId, &'a Invoice)> {
        self.invoices
            .iter()
            .filter(move |(_, invoice)| invoice.subscription.as_ref() == Some(id))
            .map(|(id, invoice)| (id, invoice.as_ref()))
    }
}

/// Returns the due date of the latest invoice, if that was sent. Returns `None` if the subscription reported anything
/// on that date or later: then its own status counts.
fn falls_due_at(facts: &Facts, latest: &Invoice) -> Option<UnixSeconds> {
    latest.due_at().filter(|&due_at| Some(due_at) > facts.last_told_at())
}
