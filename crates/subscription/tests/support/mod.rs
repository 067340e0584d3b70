//! Builders for facts, deliveries with the notices that they owe, and facts that need not be true.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

pub(crate) mod anything;

use subscription::*;

/// Returns the time `secs` seconds after the epoch.
pub(crate) const fn at(secs: i64) -> UnixSeconds {
    UnixSeconds::new(secs)
}

/// A subscription's state in a test: a whole snapshot, or only a status.
pub(crate) trait State {
    fn snapshot(self) -> Snapshot;
}

impl State for Snapshot {
    fn snapshot(self) -> Snapshot {
        self
    }
}

impl State for Status {
    fn snapshot(self) -> Snapshot {
        Snapshot::of_status(self)
    }
}

/// Returns a trial that ends at `trial_end`.
pub(crate) fn trialing_until(trial_end: i64) -> Snapshot {
    Snapshot {
        trial_end: Some(at(trial_end)),
        ..Snapshot::of_status(Status::Trialing)
    }
}

/// A builder for single facts about one subscription.
#[derive(Clone, Copy)]
pub(crate) struct Sub {
    name: &'static str,
    begun: Option<i64>,
}

/// Creates a builder for the subscription with this id.
pub(crate) const fn sub(name: &'static str) -> Sub {
    Sub { name, begun: None }
}

impl Sub {
    /// Sets the creation time that every event of the subscription reports.
    pub(crate) const fn begun(self, secs: i64) -> Self {
        Self {
            begun: Some(secs),
            ..self
        }
    }

    pub(crate) fn id(self) -> SubscriptionId {
        SubscriptionId::new(self.name)
    }

    pub(crate) fn created(self, secs: i64, after: impl State) -> Fact {
        self.changed(secs, Cause::Created, Before::Nothing, after.snapshot())
    }

    pub(crate) fn updated(self, secs: i64, before: impl State, after: impl State) -> Fact {
        let before = Before::Known(Box::new(before.snapshot()));
        self.changed(secs, Cause::Updated, before, after.snapshot())
    }

    pub(crate) fn deleted(self, secs: i64) -> Fact {
        self.changed(secs, Cause::Deleted, Before::Unknown, Status::Canceled.snapshot())
    }

    pub(crate) fn trial_will_end(self, secs: i64, state: impl State) -> Fact {
        self.changed(secs, Cause::TrialWillEnd, Before::Unknown, state.snapshot())
    }

    pub(crate) fn noted(self, secs: i64, state: impl State) -> Fact {
        self.changed(secs, Cause::Note, Before::Unknown, state.snapshot())
    }

    /// Returns an API read that was true at some instant of these seconds.
    pub(crate) fn read(self, (not_before, not_after): (i64, i64), state: impl State) -> Fact {
        self.fact(SubscriptionFact::Read(Read {
            not_before: at(not_before),
            not_after: at(not_after),
            snapshot: state.snapshot(),
            details: Details::default(),
        }))
    }

    pub(crate) fn upcoming(self, secs: i64, due_at: i64) -> Fact {
        self.fact(SubscriptionFact::Renewal(Renewal {
            due_at: at(due_at),
            announced_at: at(secs),
            event: EventId::new(format!("evt_{}_upcoming_{secs}_{due_at}", self.name)),
            amount: Money::new(4900, "eur"),
        }))
    }

    fn changed(self, secs: i64, cause: Cause, before: Before, after: Snapshot) -> Fact {
        let from = match &before {
            Before::Nothing => "nothing",
            Before::Known(snapshot) => snapshot.status.as_str(),
            Before::Unknown => "unknown",
        };
        let event = EventId::new(format!("evt_{}_{cause:?}_{secs}_{from}_{}", self.name, after.status));
        let begun = if cause == Cause::Created { Some(secs) } else { self.begun };
        self.fact(SubscriptionFact::Change(Change {
            event,
            created: at(secs),
            cause,
            before,
            after,
            details: Details {
                created: begun.map(at),
                ..Details::default()
            },
            details_before: None,
        }))
    }

    fn fact(self, fact: SubscriptionFact) -> Fact {
        Fact::Subscription { id: self.id(), fact }
    }
}

/// A builder for single facts about one invoice. Without a subscription it is a one-off.
#[derive(Clone, Copy)]
pub(crate) struct Bill {
    name: &'static str,
    subscription: Option<&'static str>,
    made: i64,
    reason: Option<&'static str>,
    collection: Option<&'static str>,
    amount: i64,
}

/// Creates a builder for the invoice with this id.
pub(crate) const fn invoice(name: &'static str) -> Bill {
    Bill {
        name,
        subscription: None,
        made: 0,
        reason: None,
        collection: None,
        amount: 4900,
    }
}

impl Bill {
    pub(crate) const fn of(self, subscription: &'static str) -> Self {
        Self {
            subscription: Some(subscription),
            ..self
        }
    }

    /// Sets the creation time of the invoice.
    pub(crate) const fn made(self, secs: i64) -> Self {
        Self { made: secs, ..self }
    }

    pub(crate) const fn because(self, billing_reason: &'static str) -> Self {
        Self {
            reason: Some(billing_reason),
            ..self
        }
    }

    pub(crate) const fn collected_by(self, collection_method: &'static str) -> Self {
        Self {
            collection: Some(collection_method),
            ..self
        }
    }

    pub(crate) const fn over(self, amount: i64) -> Self {
        Self { amount, ..self }
    }

    pub(crate) fn id(self) -> InvoiceId {
        InvoiceId::new(self.name)
    }

    pub(crate) fn draft(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Draft, 0)
    }

    pub(crate) fn open(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Open, 0)
    }

    pub(crate) fn failed(self, secs: i64, attempt: u32) -> Fact {
        self.told(secs, InvoiceCause::PaymentFailed, InvoiceStatus::Open, attempt)
    }

    pub(crate) fn needs_action(self, secs: i64, attempt: u32) -> Fact {
        self.told(secs, InvoiceCause::PaymentActionRequired, InvoiceStatus::Open, attempt)
    }

    pub(crate) fn uncollectible(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Uncollectible, 0)
    }

    pub(crate) fn voided(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Void, 0)
    }

    pub(crate) fn paid(self, secs: i64) -> Fact {
        self.told(secs, InvoiceCause::Other, InvoiceStatus::Paid, 1)
    }

    fn told(self, secs: i64, cause: InvoiceCause, status: InvoiceStatus, attempt_count: u32) -> Fact {
        let event = format!("evt_{}_{cause:?}_{secs}_{}_{attempt_count}", self.name, status.as_str());
        Fact::Invoice {
            id: self.id(),
            fact: InvoiceFact {
                event: EventId::new(event),
                told_at: at(secs),
                cause,
                status,
                subscription: self.subscription.map(SubscriptionId::new),
                created: at(self.made),
                attempt_count,
                paid_at: (status == InvoiceStatus::Paid).then_some(at(secs)),
                billing_reason: self.reason.map(str::to_owned),
                collection_method: self.collection.map(str::to_owned),
                next_payment_attempt: None,
                amount_due: Money::new(self.amount, "eur"),
                hosted_invoice_url: None,
                number: None,
                ..InvoiceFact::default()
            },
        }
    }
}

/// Returns a card that was attached at `attached_at`.
pub(crate) fn card(name: &str, attached_at: i64) -> Fact {
    Fact::Card {
        id: PaymentMethodId::new(name),
        card: Card {
            attached_at: Some(at(attached_at)),
            detached_at: None,
            shown: CardShown {
                told_at: at(attached_at),
                event: EventId::new(format!("evt_{name}_{attached_at}")),
                brand: "visa".to_owned(),
                last4: Some("4242".to_owned()),
                exp_month: Some(12),
                exp_year: Some(2031),
            },
        },
    }
}

/// Returns the same content under another event id.
pub(crate) fn as_event(mut fact: Fact, event: &str) -> Fact {
    match &mut fact {
        Fact::Subscription { fact, .. } => match fact {
            SubscriptionFact::Change(change) => change.event = EventId::new(event),
            SubscriptionFact::Renewal(renewal) => renewal.event = EventId::new(event),
            SubscriptionFact::Read(_) | SubscriptionFact::Baseline(_) => panic!("no event told it"),
        },
        Fact::Invoice { fact, .. } => fact.event = EventId::new(event),
        Fact::Card { card, .. } => card.shown.event = EventId::new(event),
        Fact::Schedule { schedule, .. } => schedule.event = EventId::new(event),
        Fact::Dispute { dispute, .. } => dispute.event = EventId::new(event),
        Fact::Profile(version) => version.event = EventId::new(event),
    }
    fact
}

/// Returns a customer with all of these facts.
pub(crate) fn told<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Customer {
    let mut customer = Customer::default();
    for fact in facts {
        customer.learn(fact.clone());
    }
    customer
}

/// Returns the facts about one subscription among these.
pub(crate) fn facts_of<'a>(subscription: Sub, told_facts: impl IntoIterator<Item = &'a Fact>) -> Facts {
    told(told_facts).facts(&subscription.id()).cloned().unwrap_or_default()
}

/// Adds each fact in turn. Returns the keys of the notices that each one owes.
pub(crate) fn deliver<'a>(customer: &mut Customer, deliveries: impl IntoIterator<Item = &'a Fact>) -> Vec<Vec<String>> {
    let mut before = customer.standing();
    let mut owed = Vec::new();
    for fact in deliveries {
        customer.learn(fact.clone());
        let after = customer.standing();
        owed.push(keys(&after.owed_since(&before)));
        before = after;
    }
    owed
}

/// Delivers each fact in turn to a customer about whom nothing is known.
pub(crate) fn owed_along<'a>(deliveries: impl IntoIterator<Item = &'a Fact>) -> Vec<Vec<String>> {
    deliver(&mut Customer::default(), deliveries)
}

pub(crate) fn keys(notices: &[Notice]) -> Vec<String> {
    notices.iter().map(Notice::key).collect()
}

/// Returns every order of these values.
pub(crate) fn permutations<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for (i, first) in of.iter().enumerate() {
        let rest = [&of[..i], &of[i + 1..]].concat();
        found.extend(permutations(&rest).into_iter().map(|mut order| {
            order.insert(0, first.clone());
            order
        }));
    }
    found
}
