//! The records of customers: everything that is stored about some customers, loaded under their locks, changed in memory, and written
//! back at once.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::ActiveValue::{self, NotSet};
use sea_orm::Set;
use subscription::{
    ClaimSource, Customer, Fact, InvoiceId, Notice, NoticeContent, PaymentMethodId, Standing, SubscriptionFact, SubscriptionId,
    TenantId, UnixSeconds, access,
};

use crate::cache::{CachedCustomer, CustomerCache, ServerRun};
use crate::entity::{binding_proposal, customer, drift, outbox, tenant, timeline};
use crate::error::to_json;
use crate::outbox::{owed_row, superseded};
use crate::{Cause, CustomerKey, EventKey, EventRecord, Source, StoreError, Terms, UnixMicros};

mod changes;
mod claims;
mod drifted;
mod load;
mod own;

pub(crate) use changes::{fact_key, fact_row, save};
pub(crate) use claims::{Bindable, BoundNow};
pub(crate) use load::{load, load_in_full, lock, make_lock_rows, summed_up};

/// One customer: its known facts, its tenant, and the rows to write about it.
#[derive(Debug)]
pub(crate) struct CustomerRecord {
    pub(crate) customer: Customer,
    pub(crate) standing: Standing,
    /// The stored standing of its subscriptions, if it differs from the current one.
    stored: Option<Standing>,
    pub(crate) tenant: Option<tenant::Model>,
    pub(crate) version: i64,
    pub(crate) server: ServerRun,
    /// The change after which every change marked the rows it wrote.
    marked_from: i64,
    /// The time when a notice next falls due.
    wake_at: Option<UnixSeconds>,
    facts: Vec<(SubscriptionId, SubscriptionFact)>,
    /// Facts that now say more than when they were written, because more of their events is read.
    retold: Vec<(SubscriptionId, SubscriptionFact)>,
    invoices: BTreeSet<InvoiceId>,
    cards: BTreeSet<PaymentMethodId>,
    differences: Vec<timeline::ActiveModel>,
    owed: Vec<outbox::ActiveModel>,
    /// The keys of the notices that are owed again, if they were owed before and something replaced them meanwhile.
    owed_again: BTreeSet<String>,
    drift: Vec<drift::ActiveModel>,
    proposals: Vec<binding_proposal::ActiveModel>,
    /// The tenant that each source last claimed the customer for, as far as it is known to be recorded.
    pub(crate) claimed: BTreeMap<ClaimSource, TenantId>,
    is_changed: bool,
    is_tenant_changed: bool,
    /// Set if a claim bound the tenant just now.
    bound_now: Option<BoundNow>,
}

/// Facts that arrived together, in one event or in one answer from Stripe.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    /// The event, or `None` if Stripe was asked.
    pub(crate) event: Option<&'a EventRecord>,
    pub(crate) facts: &'a [Fact],
    pub(crate) source: Source,
}

/// The records of the customers that a unit of work touches.
pub(crate) type CustomerRecords = BTreeMap<CustomerKey, CustomerRecord>;

/// Caches the customers of committed records.
pub(crate) fn keep(cache: &CustomerCache, records: CustomerRecords) {
    let cached = |record: CustomerRecord| CachedCustomer {
        version: record.version,
        server: record.server,
        customer: record.customer,
        standing: record.standing,
        claimed: record.claimed,
    };
    cache.keep(records.into_iter().map(|(key, record)| (key, cached(record))));
}

impl CustomerRecord {
    /// Starts from what is known of the customer, which is at most what is stored.
    fn new(row: &customer::Model, server: ServerRun, known: CachedCustomer) -> Self {
        Self {
            customer: known.customer,
            standing: known.standing,
            claimed: known.claimed,
            stored: None,
            tenant: None,
            version: row.version,
            server,
            marked_from: row.marked_from(),
            wake_at: row.wake_at.map(UnixSeconds::new),
            facts: Vec::new(),
            retold: Vec::new(),
            invoices: BTreeSet::new(),
            cards: BTreeSet::new(),
            differences: Vec::new(),
            owed: Vec::new(),
            owed_again: BTreeSet::new(),
            drift: Vec::new(),
            proposals: Vec::new(),
            is_changed: false,
            is_tenant_changed: false,
            bound_now: None,
        }
    }

    /// Learns facts that arrived together, and owes the notices that follow from them.
    pub(crate) fn learn(&mut self, key: &CustomerKey, told: Told<'_>, terms: &Terms, now: UnixMicros) -> Result<(), StoreError> {
        let unaware = told.source.shows_drift().then(|| self.what_is_known_of(told.facts));
        for fact in told.facts {
            match fact {
                Fact::Subscription { id, fact } => self.facts.push((id.clone(), fact.clone())),
                Fact::Invoice { id, .. } => drop(self.invoices.insert(id.clone())),
                Fact::Card { id, .. } => drop(self.cards.insert(id.clone())),
                // These belong in the customer's own row, which is written with every change.
                Fact::Profile(_) | Fact::Schedule { .. } | Fact::Dispute { .. } => {}
            }
            self.customer.learn(fact.clone());
        }
        self.version += 1;
        self.is_changed = true;
        let before = std::mem::replace(&mut self.standing, self.customer.standing_under(&terms.policy));
        self.tell_tenant(key, &before, &told.cause(), now)?;
        self.set_alarm(&before, now);
        let owed = self.standing.owed_since(&before);
        if let Some(unaware) = unaware {
            self.record_drift(key, &unaware, &told, now);
        }
        self.stored.get_or_insert(before);
        let event = told.event.map(|event| &event.key);
        self.owe(key, owed, event, &told.news(terms, now), terms, now)
    }

    /// Owes the notices that fell due by time since the alarm was set.
    pub(crate) fn wake(&mut self, key: &CustomerKey, terms: &Terms, now: UnixMicros) -> Result<(), StoreError> {
        let at = now.to_unix_seconds();
        let Some(since) = self.wake_at.filter(|&wake_at| wake_at <= at) else {
            return Ok(());
        };
        let owed = self.standing.due_between(since, at);
        self.tell_timeline_of_access(key, since, terms, now);
        self.wake_at = self.standing.next_due_from(at.plus_secs(1));
        self.is_changed = true;
        self.owe(key, owed, None, &News::All, terms, now)
    }

    /// Sets the alarm for the next notice that falls due. A past alarm that was not handled yet stays. A notice that
    /// turns out to be overdue sets the alarm at once.
    fn set_alarm(&mut self, before: &Standing, now: UnixMicros) {
        let now = now.to_unix_seconds();
        let overdue = self.standing.overdue_since(before, now);
        let unheard = overdue.iter().map(|due| due.at).chain(self.wake_at);
        let since = unheard.chain([now.plus_secs(1)]).min();
        self.wake_at = since.and_then(|since| self.standing.next_due_from(since));
    }

    /// Records in the timeline that access ended by time alone.
    fn tell_timeline_of_access(&mut self, key: &CustomerKey, since: UnixSeconds, terms: &Terms, now: UnixMicros) {
        let Some(tenant) = &self.tenant else {
            return;
        };
        let reason_at = |at| access(&self.standing.state, &terms.policy, at).reason;
        let (from, to) = (reason_at(since.plus_secs(-1)), reason_at(now.to_unix_seconds()));
        if from != to {
            let entry = timeline_entry(key, &tenant.id, "access", &Cause::Time, now);
            self.differences.push(timeline::ActiveModel {
                from_value: Set(Some(from.code().to_owned())),
                to_value: Set(Some(to.code().to_owned())),
                ..entry
            });
        }
    }

    /// Binds a tenant to the customer. From now on the tenant has the customer's state, and is owed only what is still
    /// true.
    pub(crate) fn bind(
        &mut self,
        key: &CustomerKey,
        tenant: tenant::Model,
        cause: &Cause,
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<(), StoreError> {
        self.tenant = Some(tenant);
        let unbound = Customer::default().standing();
        self.tell_tenant(key, &unbound, cause, now)?;
        let mut owed = self.standing.owed_at_binding();
        let overdue = self.standing.overdue_since(&unbound, now.to_unix_seconds());
        owed.extend(overdue.into_iter().map(|due| due.notice).filter(Notice::is_of_open_case));
        // Alarms of the time without a tenant are past.
        self.wake_at = self.standing.next_due_from(now.to_unix_seconds().plus_secs(1));
        self.is_changed = true;
        self.owe(key, owed, None, &News::All, terms, now)
    }

    /// Folds the facts again, by the current rules and with everything that is now read from the facts' events. No
    /// notice is owed, and nothing counts as changed.
    pub(crate) fn refold(
        &mut self,
        key: &CustomerKey,
        retold: Vec<Fact>,
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<(), StoreError> {
        if self.version == 0 && retold.is_empty() {
            return Ok(());
        }
        for fact in retold {
            match &fact {
                Fact::Subscription {
                    id,
                    fact: known @ SubscriptionFact::Change(change),
                } if self.customer.retell(id, change) => self.retold.push((id.clone(), known.clone())),
                Fact::Invoice { id, .. } => drop(self.invoices.insert(id.clone())),
                Fact::Card { id, .. } => drop(self.cards.insert(id.clone())),
                Fact::Subscription { .. } => continue,
                Fact::Profile(_) | Fact::Schedule { .. } | Fact::Dispute { .. } => {}
            }
            self.customer.learn(fact);
        }
        self.standing = self.customer.standing_under(&terms.policy);
        let at = now.to_unix_seconds();
        // A past alarm is still handled, so that its notices are owed.
        let unheard = self.wake_at.filter(|&wake_at| wake_at <= at);
        self.wake_at = unheard.or_else(|| self.standing.next_due_from(at.plus_secs(1)));
        self.version += 1;
        self.is_changed = true;
        self.stored = Some(Customer::default().standing());
        let standing = self.standing.clone();
        self.tell_tenant(key, &standing, &Cause::Read, now)
    }

    /// Returns the tenant that is bound to the customer.
    pub(crate) fn tenant_id(&self) -> Option<TenantId> {
        self.tenant.as_ref().and_then(|tenant| TenantId::parse(&tenant.id).ok())
    }

    /// Updates the tenant's read model and its timeline.
    fn tell_tenant(&mut self, key: &CustomerKey, before: &Standing, cause: &Cause, now: UnixMicros) -> Result<(), StoreError> {
        let Some(tenant) = &mut self.tenant else {
            return Ok(());
        };
        let state = &self.standing.state;
        let subscription = state.subscription.as_ref();
        let text = to_json("tenant state", state)?;
        if tenant.state == text && tenant.livemode == Some(key.scope.livemode) {
            return Ok(());
        }
        self.is_tenant_changed = true;
        tenant.state = text;
        tenant.livemode = Some(key.scope.livemode);
        tenant.version = self.version;
        if *state != before.state {
            tenant.updated_at = now.as_micros();
        }
        tenant.subscription_status = subscription.map(|s| s.status.to_string());
        tenant.stripe_subscription_id = subscription.map(|s| s.id.to_string());
        tenant.trial_end = subscription.and_then(|s| s.trial_end).map(subscription::UnixSeconds::as_secs);
        for difference in state.differences_from(&before.state) {
            self.differences.push(timeline::ActiveModel {
                from_value: Set(difference.from),
                to_value: Set(difference.to),
                ..timeline_entry(key, &tenant.id, difference.what, cause, now)
            });
        }
        Ok(())
    }

    /// Owes notices to the tenant. Without a tenant nothing is owed.
    fn owe(
        &mut self,
        key: &CustomerKey,
        notices: Vec<Notice>,
        event: Option<&EventKey>,
        news: &News,
        terms: &Terms,
        now: UnixMicros,
    ) -> Result<(), StoreError> {
        let Some(tenant) = &self.tenant else {
            return Ok(());
        };
        for notice in notices {
            let is_late = news.is_past(&notice, &self.customer);
            let hold_secs = if notice.waits_for_more() {
                terms.hold_secs.max(terms.cancellation_hold_secs)
            } else {
                terms.hold_secs
            };
            let may_be_again = matches!(notice, Notice::SubscriptionCanceled(_) | Notice::ChurnAlert(_));
            let row = notice_row(key, &tenant.id, notice, now.plus_secs(hold_secs), now)?;
            if may_be_again && let ActiveValue::Set(dedupe_key) = &row.dedupe_key {
                self.owed_again.insert(dedupe_key.clone());
            }
            let row = if is_late { superseded(row, LATE, now) } else { row };
            self.owed.push(outbox::ActiveModel {
                event_id: Set(event.map(|event| event.id.to_string())),
                ..row
            });
        }
        Ok(())
    }
}

/// Makes the row of a notice that is owed to a tenant about this customer.
fn notice_row(
    key: &CustomerKey,
    tenant_id: &str,
    notice: Notice,
    due_at: UnixMicros,
    now: UnixMicros,
) -> Result<outbox::ActiveModel, StoreError> {
    let scope = &key.scope;
    let mode = if scope.livemode { "live" } else { "test" };
    let dedupe_key = format!("{mode}:{}:{tenant_id}:{}", scope.account, notice.key());
    Ok(outbox::ActiveModel {
        account: Set(scope.account.clone()),
        livemode: Set(scope.livemode),
        customer_id: Set(key.id.to_string()),
        tenant_id: Set(tenant_id.to_owned()),
        ..owed_row(dedupe_key, &NoticeContent::Notice(notice), due_at, now)?
    })
}

/// The range of what is still news among the reasons for notices. The rest happened long ago without Dunlin hearing of
/// it: its notices are recorded and never sent.
enum News {
    All,
    /// News since this moment. It can cover less than the facts do, because they may show something old in another
    /// light.
    Since(UnixSeconds),
    Nothing,
}

/// The reason for not sending a notice of something that happened long ago.
const LATE: &str = "late";

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

impl News {
    fn is_past(&self, notice: &Notice, customer: &Customer) -> bool {
        match self {
            Self::All => false,
            Self::Since(since) => customer.happened_at(notice).is_some_and(|at| at < *since),
            Self::Nothing => true,
        }
    }
}

fn timeline_entry(key: &CustomerKey, tenant_id: &str, what: &str, cause: &Cause, now: UnixMicros) -> timeline::ActiveModel {
    timeline::ActiveModel {
        tenant_id: Set(tenant_id.to_owned()),
        customer_id: Set(Some(key.id.to_string())),
        at: Set(now.as_micros()),
        what: Set(what.to_owned()),
        cause: Set(cause.kind().to_owned()),
        cause_id: Set(cause.id().map(str::to_owned)),
        from_value: Set(None),
        to_value: Set(None),
        id: NotSet,
    }
}
