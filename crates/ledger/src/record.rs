//! The record of a customer: its known facts, its tenant, and what changed of them.

use std::collections::{BTreeMap, BTreeSet};

use subscription::access::access;
use subscription::facts::{ClaimSource, Fact, SubscriptionFact};
use subscription::notices::{Notice, Standing};
use subscription::{Customer, EventId, InvoiceId, PaymentMethodId, SubscriptionId, TenantId, UnixSeconds};

use crate::{Cause, CustomerKey, DriftEntry, EventRecord, NewNotice, Source, TenantRecord, Terms, TimelineNote, UnixMicros};

mod changes;
mod claims;
mod drifted;
mod news;

pub use changes::{Changes, ReadChange, TenantChange};
pub use claims::{Bindable, BoundNow, ClaimedTenant, NewProposal};
use news::News;

/// What is known of a customer as of a change.
#[derive(Debug)]
pub struct Known {
    /// The facts.
    pub customer: Customer,
    /// The standing that the facts give.
    pub standing: Standing,
    /// The tenant that each source last claimed the customer for, as far as it is known to be recorded.
    pub claimed: BTreeMap<ClaimSource, TenantId>,
    /// The number of the change up to which this is known.
    pub version: i64,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            customer: Customer::default(),
            standing: Customer::default().standing(),
            claimed: BTreeMap::new(),
            version: 0,
        }
    }
}

/// One customer: its known facts, its tenant, and what changed of them.
#[derive(Debug, Default)]
pub struct CustomerRecord {
    known: Known,
    tenant: Option<TenantRecord>,
    /// The time when a notice next falls due.
    wake_at: Option<UnixSeconds>,
    /// The stored standing of its subscriptions, if it differs from the current one.
    stored: Option<Standing>,
    facts: Vec<(SubscriptionId, SubscriptionFact)>,
    /// Facts that now say more than when they were written, because more of their events is read.
    retold: Vec<(SubscriptionId, SubscriptionFact)>,
    invoices: BTreeSet<InvoiceId>,
    cards: BTreeSet<PaymentMethodId>,
    timeline: Vec<TimelineNote>,
    owed: Vec<NewNotice>,
    /// The keys of the notices that are owed again, if they were owed before and something replaced them meanwhile.
    owed_again: BTreeSet<String>,
    drift: Vec<DriftEntry>,
    proposals: Vec<NewProposal>,
    is_changed: bool,
    is_tenant_told: bool,
    /// Set if a claim bound the tenant just now.
    bound_now: Option<BoundNow>,
}

/// Facts that arrived together, in one event or in one answer from Stripe.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// The event, or `None` if Stripe was asked.
    pub event: Option<&'a EventRecord>,
    /// The facts.
    pub facts: &'a [Fact],
    /// The way they came.
    pub source: Source,
}

/// Loading: the record takes in what is stored.
impl CustomerRecord {
    /// Starts from what is known of the customer, which is at most what is stored. `version` is the number of the last
    /// stored change, and `wake_at` the stored time when a notice next falls due.
    pub fn new(known: Known, version: i64, wake_at: Option<UnixSeconds>) -> Self {
        Self {
            known: Known { version, ..known },
            wake_at,
            ..Self::default()
        }
    }

    /// Takes in stored facts that it did not know. [`CustomerRecord::loaded`] follows.
    pub fn load(&mut self) -> &mut Customer {
        &mut self.known.customer
    }

    /// Computes the standing once the stored facts are taken in. What it knew of recorded claims may be incomplete by
    /// now.
    pub fn loaded(&mut self, terms: &Terms) {
        self.known.standing = self.known.customer.standing_under(&terms.policy);
        self.known.claimed.clear();
    }

    /// Takes in the tenant that is bound to the customer.
    pub fn hold(&mut self, tenant: TenantRecord) {
        self.tenant = Some(tenant);
    }
}

/// Reading.
impl CustomerRecord {
    /// Returns the facts.
    pub fn customer(&self) -> &Customer {
        &self.known.customer
    }

    /// Returns the standing that the facts give.
    pub fn standing(&self) -> &Standing {
        &self.known.standing
    }

    /// Returns the number of the last change.
    pub fn version(&self) -> i64 {
        self.known.version
    }

    /// Returns the tenant that is bound to the customer.
    pub fn tenant(&self) -> Option<&TenantRecord> {
        self.tenant.as_ref()
    }

    /// Returns the time when a notice next falls due.
    pub fn wake_at(&self) -> Option<UnixSeconds> {
        self.wake_at
    }

    /// Returns what is known of the customer now.
    pub fn into_known(self) -> Known {
        self.known
    }
}

/// Changing: each decides at once what follows.
impl CustomerRecord {
    /// Learns facts that arrived together, and owes the notices that follow from them.
    pub fn learn(&mut self, key: &CustomerKey, told: Told<'_>, terms: &Terms, now: UnixMicros) {
        let unaware = told.source.shows_drift().then(|| self.what_is_known_of(told.facts));
        for fact in told.facts {
            if let Fact::Subscription { id, fact } = fact {
                self.facts.push((id.clone(), fact.clone()));
            }
            self.note_joined(fact);
            self.known.customer.learn(fact.clone());
        }
        self.known.version += 1;
        self.is_changed = true;
        let standing = self.known.customer.standing_under(&terms.policy);
        let before = std::mem::replace(&mut self.known.standing, standing);
        self.tell_tenant(key, &before, &told.cause(), now);
        self.set_alarm(&before, now);
        let owed = self.standing().owed_since(&before);
        if let Some(unaware) = unaware {
            self.record_drift(key, &unaware, &told, now);
        }
        self.stored.get_or_insert(before);
        let event = told.event.map(|event| &event.key.id);
        self.owe(key, owed, event, &told.news(terms, now), terms, now);
    }

    /// Owes the notices that fell due by time since the alarm was set.
    pub fn wake(&mut self, key: &CustomerKey, terms: &Terms, now: UnixMicros) {
        let at = now.to_unix_seconds();
        let Some(since) = self.wake_at.filter(|&wake_at| wake_at <= at) else {
            return;
        };
        let owed = self.standing().due_between(since, at);
        self.tell_timeline_of_access(key, since, terms, now);
        self.wake_at = self.standing().next_due_from(at.plus_secs(1));
        self.is_changed = true;
        self.owe(key, owed, None, &News::All, terms, now);
    }

    /// Binds a tenant to the customer. From now on the tenant has the customer's state, and is owed only what is still
    /// true.
    pub fn bind(&mut self, key: &CustomerKey, tenant: TenantRecord, cause: &Cause, terms: &Terms, now: UnixMicros) {
        self.tenant = Some(tenant);
        let unbound = Customer::default().standing();
        self.tell_tenant(key, &unbound, cause, now);
        let mut owed = self.standing().owed_at_binding();
        let overdue = self.standing().overdue_since(&unbound, now.to_unix_seconds());
        owed.extend(overdue.into_iter().map(|due| due.notice).filter(Notice::is_of_open_case));
        // Alarms of the time without a tenant are past.
        self.wake_at = self.standing().next_due_from(now.to_unix_seconds().plus_secs(1));
        self.is_changed = true;
        self.owe(key, owed, None, &News::All, terms, now);
    }

    /// Folds the facts again, by the current rules and with everything that is now read from the facts' events. No
    /// notice is owed, and nothing counts as changed.
    pub fn refold(&mut self, key: &CustomerKey, retold: Vec<Fact>, terms: &Terms, now: UnixMicros) {
        if self.version() == 0 && retold.is_empty() {
            return;
        }
        for fact in retold {
            match &fact {
                Fact::Subscription {
                    id,
                    fact: known @ SubscriptionFact::Change(change),
                } if self.known.customer.retell(id, change) => self.retold.push((id.clone(), known.clone())),
                Fact::Subscription { .. } => continue,
                other => self.note_joined(other),
            }
            self.known.customer.learn(fact);
        }
        self.known.standing = self.known.customer.standing_under(&terms.policy);
        let at = now.to_unix_seconds();
        // A past alarm is still handled, so that its notices are owed.
        let unheard = self.wake_at.filter(|&wake_at| wake_at <= at);
        self.wake_at = unheard.or_else(|| self.standing().next_due_from(at.plus_secs(1)));
        self.known.version += 1;
        self.is_changed = true;
        self.stored = Some(Customer::default().standing());
        let standing = self.standing().clone();
        self.tell_tenant(key, &standing, &Cause::Read, now);
    }

    /// Notes the object of a fact that is stored joined with all others about the object. The customer's own facts are
    /// in its own row, which is written with every change.
    fn note_joined(&mut self, fact: &Fact) {
        match fact {
            Fact::Invoice { id, .. } => drop(self.invoices.insert(id.clone())),
            Fact::Card { id, .. } => drop(self.cards.insert(id.clone())),
            Fact::Subscription { .. } | Fact::Profile(_) | Fact::Schedule { .. } | Fact::Dispute { .. } => {}
        }
    }

    /// Sets the alarm for the next notice that falls due. A past alarm that was not handled yet stays. A notice that
    /// turns out to be overdue sets the alarm at once.
    fn set_alarm(&mut self, before: &Standing, now: UnixMicros) {
        let now = now.to_unix_seconds();
        let overdue = self.standing().overdue_since(before, now);
        let unheard = overdue.iter().map(|due| due.at).chain(self.wake_at);
        let since = unheard.chain([now.plus_secs(1)]).min();
        self.wake_at = since.and_then(|since| self.standing().next_due_from(since));
    }

    /// Records in the timeline that access ended by time alone.
    fn tell_timeline_of_access(&mut self, key: &CustomerKey, since: UnixSeconds, terms: &Terms, now: UnixMicros) {
        let Some(tenant) = &self.tenant else {
            return;
        };
        let reason_at = |at| access(&self.standing().state, &terms.policy, at).reason;
        let (from, to) = (reason_at(since.plus_secs(-1)), reason_at(now.to_unix_seconds()));
        if from != to {
            self.timeline.push(TimelineNote {
                from: Some(from.code().to_owned()),
                to: Some(to.code().to_owned()),
                ..TimelineNote::new(key, &tenant.id, "access", &Cause::Time, now)
            });
        }
    }

    /// Updates the tenant and its timeline.
    fn tell_tenant(&mut self, key: &CustomerKey, before: &Standing, cause: &Cause, now: UnixMicros) {
        let Some(tenant) = &mut self.tenant else {
            return;
        };
        let state = &self.known.standing.state;
        let is_new_state = *state != before.state;
        let mode = Some(key.scope.livemode);
        if !is_new_state && tenant.livemode == mode {
            return;
        }
        self.is_tenant_told = true;
        tenant.livemode = mode;
        tenant.version = self.known.version;
        if is_new_state {
            tenant.updated_at = now;
        }
        for difference in state.differences_from(&before.state) {
            self.timeline.push(TimelineNote {
                from: difference.from,
                to: difference.to,
                ..TimelineNote::new(key, &tenant.id, difference.what, cause, now)
            });
        }
    }

    /// Owes notices to the tenant. Without a tenant nothing is owed.
    fn owe(
        &mut self,
        key: &CustomerKey,
        notices: Vec<Notice>,
        event: Option<&EventId>,
        news: &News,
        terms: &Terms,
        now: UnixMicros,
    ) {
        let Some(tenant) = &self.tenant else {
            return;
        };
        for notice in notices {
            let superseded = news.supersedes(&notice, &self.known.customer);
            let hold_secs = if notice.waits_for_more() {
                terms.hold_secs.max(terms.cancellation_hold_secs)
            } else {
                terms.hold_secs
            };
            let may_be_again = matches!(notice, Notice::SubscriptionCanceled(_) | Notice::ChurnAlert(_));
            let owed = NewNotice {
                event: event.cloned(),
                superseded,
                ..NewNotice::to_tenant(key, &tenant.id, notice, now.plus_secs(hold_secs), now)
            };
            if may_be_again {
                self.owed_again.insert(owed.dedupe_key.clone());
            }
            self.owed.push(owed);
        }
    }
}

impl Told<'_> {
    fn cause(&self) -> Cause {
        self.event.map_or(Cause::Read, |event| Cause::Event(event.key.id.clone()))
    }

    /// Returns the range of news. A delivery is news whenever it comes; the result of a search only for a limited time.
    fn news(&self, terms: &Terms, now: UnixMicros) -> News {
        if self.source.is_delivery() {
            return News::All;
        }
        let since = now.plus_secs(-terms.late_mail_secs).to_unix_seconds();
        match self.facts.iter().map(Fact::since).max() {
            Some(told_of) if told_of < since => News::Nothing,
            Some(_) | None => News::Since(since),
        }
    }
}
