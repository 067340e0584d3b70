//! A Stripe customer: everything known about its subscriptions, invoices, payment methods, schedules and disputes.

use std::collections::BTreeMap;

use crate::facts::{Card, Change, CustomerProfile, Dispute, Fact, Facts, Invoice, Schedule};
use crate::{DisputeId, InvoiceId, PaymentMethodId, SubscriptionId, UnixSeconds};

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

    /// Returns the subscriptions about which any fact is known.
    pub(crate) fn subscription_ids(&self) -> impl Iterator<Item = &SubscriptionId> {
        self.subscriptions.keys()
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
