//! A Stripe customer: everything known about its subscriptions, invoices and cards.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Card, CustomerState, Doubted, Dunning, DunningCase, Facts, Invoice, InvoiceFact, InvoiceId, PaymentMethodId, Policy, Standing,
    Status, SubscriptionFact, SubscriptionId, SubscriptionState, UnixSeconds, case, effective::effective, fold,
};

/// One thing that Stripe told about a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// About a subscription.
    Subscription {
        /// Which one.
        id: SubscriptionId,
        /// What was told.
        fact: SubscriptionFact,
    },
    /// About an invoice.
    Invoice {
        /// Which one.
        id: InvoiceId,
        /// What was told.
        fact: InvoiceFact,
    },
    /// About a payment method.
    Card {
        /// Which one.
        id: PaymentMethodId,
        /// What was told.
        card: Card,
    },
}

/// Everything known about one Stripe customer. Facts only ever add up; see [`Customer::learn`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    subscriptions: BTreeMap<SubscriptionId, Facts>,
    invoices: BTreeMap<InvoiceId, Box<Invoice>>,
    cards: BTreeMap<PaymentMethodId, Box<Card>>,
}

impl Customer {
    /// Adds a fact. Neither the order of facts nor their repetition changes what the customer amounts to.
    pub fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::Subscription { id, fact } => {
                self.subscriptions.entry(id).or_default().insert(fact);
            }
            Fact::Invoice { id, fact } => self.learn_invoice(id, Invoice::from(fact)),
            Fact::Card { id, card } => self.learn_card(id, card),
        }
    }

    /// Adds an invoice as it was joined before.
    pub fn learn_invoice(&mut self, id: InvoiceId, invoice: Invoice) {
        let joined = match self.invoices.remove(&id) {
            Some(known) => known.join(invoice),
            None => invoice,
        };
        self.invoices.insert(id, Box::new(joined));
    }

    /// Adds a card as it was joined before.
    pub fn learn_card(&mut self, id: PaymentMethodId, card: Card) {
        let joined = match self.cards.remove(&id) {
            Some(known) => known.join(card),
            None => card,
        };
        self.cards.insert(id, Box::new(joined));
    }

    /// The same customer with what was told of its subscriptions up to and including `horizon` in one fact each:
    /// [`Facts::compacted`]. Invoices and cards are one each already.
    #[must_use]
    pub fn compacted(&self, horizon: UnixSeconds) -> Self {
        let subscriptions = self.subscriptions.iter();
        Self {
            subscriptions: subscriptions
                .map(|(id, facts)| (id.clone(), facts.compacted(horizon)))
                .collect(),
            invoices: self.invoices.clone(),
            cards: self.cards.clone(),
        }
    }

    /// The facts about one subscription.
    pub fn facts(&self, id: &SubscriptionId) -> Option<&Facts> {
        self.subscriptions.get(id)
    }

    /// Its invoices, one-off ones too.
    pub fn invoices(&self) -> &BTreeMap<InvoiceId, Box<Invoice>> {
        &self.invoices
    }

    /// Its payment methods.
    pub fn cards(&self) -> &BTreeMap<PaymentMethodId, Box<Card>> {
        &self.cards
    }

    /// Of how many facts, invoices and cards all that is known is made: what it costs to keep in memory.
    pub fn count_facts(&self) -> u64 {
        let facts: usize = self.subscriptions.values().map(Facts::len).sum();
        (facts + self.invoices.len() + self.cards.len()) as u64
    }

    /// Where the customer stands by everything known: its state, and the notices that are owed for what is true now. What
    /// falls due by time is by the default [`Policy`].
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing_under(&Policy::default())
    }

    /// The same, with what falls due by time by this policy.
    #[must_use]
    pub fn standing_under(&self, policy: &Policy) -> Standing {
        Standing::of(self, policy)
    }

    /// What the tenant is to be told it is. A shorthand for `standing().state`.
    #[must_use]
    pub fn state(&self) -> CustomerState {
        CustomerState::governed_by(self.subscription_states().values().map(Box::as_ref))
    }

    /// The state of every subscription that anything is known about, even if only by an invoice of it.
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
        let folded = fold(facts);
        let latest = self
            .invoices_of(id)
            .max_by_key(|(invoice_id, invoice)| invoice.recency(invoice_id));
        let effective = effective(facts, folded.as_ref(), latest.map(|(_, invoice)| invoice))?;
        let details = facts.details().cloned().unwrap_or_default();
        let told = folded.as_ref().map(|folded| &folded.snapshot);
        Some(SubscriptionState {
            id: id.clone(),
            created: details.created,
            gap: effective.is_inferred || folded.as_ref().is_some_and(|folded| folded.gap),
            doubt: folded.as_ref().and_then(Doubted::of),
            status_since: folded.as_ref().map(|folded| folded.status_since),
            trial_end: told.and_then(|told| told.trial_end),
            cancel_at_period_end: told.is_some_and(|told| told.cancel_at_period_end),
            cancel_at: told.and_then(|told| told.cancel_at),
            current_period_start: told.and_then(|told| told.period_start),
            current_period_end: told.and_then(|told| told.period_end),
            items: told.map(|told| told.items.clone()).unwrap_or_default(),
            dunning: self.dunning(id, &effective.status),
            status: effective.status,
            details,
        })
    }

    /// The newest open case of a subscription. It is chased since the first failure of any that is open: a second failed
    /// renewal does not begin a new payment grace.
    fn dunning(&self, id: &SubscriptionId, status: &Status) -> Option<Dunning> {
        let is_open = |(_, invoice): &(&InvoiceId, &Invoice)| case(invoice, Some(status)) == DunningCase::Open;
        let open = || self.invoices_of(id).filter(is_open);
        let (invoice_id, invoice) = open().max_by_key(|(invoice_id, invoice)| invoice.recency(invoice_id))?;
        let since = open().filter_map(|(_, invoice)| Some(invoice.failures?.first_at)).min()?;
        Dunning::of(invoice_id, invoice, since)
    }

    /// How many attempts to collect the newest unpaid invoice of a subscription failed.
    pub(crate) fn failed_attempts(&self, id: &SubscriptionId) -> u32 {
        let unpaid = self.invoices_of(id).filter(|(_, invoice)| invoice.payment.is_none());
        let failed = unpaid.filter_map(|(id, invoice)| Some((invoice.recency(id), invoice.failures?.attempt)));
        failed.max().map_or(0, |(_, attempt)| attempt)
    }

    fn invoices_of<'a>(&'a self, id: &'a SubscriptionId) -> impl Iterator<Item = (&'a InvoiceId, &'a Invoice)> {
        self.invoices
            .iter()
            .filter(move |(_, invoice)| invoice.subscription.as_ref() == Some(id))
            .map(|(id, invoice)| (id, invoice.as_ref()))
    }
}
