//! The audit: stored state == fold(stored facts), and every acknowledged event is among the facts, or its second is
//! folded into the baseline. Also the refold, which updates the conclusions of an older version.

use persistence::{CustomerKey, Outcome, ReceivedEvent, Store, StoreError, UnixMicros};
use stripe_event::Event;
use subscription::facts::Fact;

use crate::body;

/// The result of an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The number of customers audited.
    pub customers: u64,
    /// The number of events read again.
    pub events: u64,
    /// The faults, one sentence each. Empty if all is well.
    pub differences: Vec<String>,
    /// Objects that were reported for two customers, one sentence each. What Stripe says so is wrong there, not here.
    pub told_of_two: Vec<String>,
    /// The number of subscriptions with missing facts.
    pub gaps: usize,
    /// The number of subscriptions whose facts allow another answer.
    pub doubts: usize,
}

/// The number of customers fetched at a time.
const PAGE: u64 = 200;

/// Updates the conclusions of an older version, and reads from events what that version did not read. Nobody is
/// notified. Returns the number of customers folded anew.
///
/// # Errors
/// [`StoreError`]. The next call resumes where this one stopped.
pub async fn refold(store: &Store, now: UnixMicros) -> Result<u64, StoreError> {
    let read = |received: &ReceivedEvent, payload: &[u8]| {
        let is_ours = matches!(received.event.outcome, Outcome::Applied | Outcome::Ignored);
        is_ours.then(|| read_again(payload)).flatten().unwrap_or_default()
    };
    store.refold(read, now).await
}

/// Returns the facts of an event from its compressed body, or `None` if the body cannot be read.
fn read_again(payload: &[u8]) -> Option<Vec<Fact>> {
    let body = body::decompress(payload).unwrap_or_default();
    let event = Event::parse(&body).ok()?;
    Some(stripe_facts::read(&event).ok()?.facts)
}

/// Audits every customer. It only reads, so it can run beside a working server.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub async fn audit(store: &Store) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut after: Option<CustomerKey> = None;
    loop {
        let keys = store.customers(after.as_ref(), PAGE).await?;
        for key in &keys {
            audit_customer(store, key, &mut report).await?;
        }
        match keys.into_iter().next_back() {
            Some(last) => after = Some(last),
            None => return Ok(report),
        }
    }
}

async fn audit_customer(store: &Store, key: &CustomerKey, report: &mut Report) -> Result<(), StoreError> {
    // The events are read first, so that whatever was committed by then is among the facts that are read next.
    let events = store.inbox().bodies_of(key).await?;
    let audited = store.audit(key).await?;
    let subscriptions = audited.customer.standing().subscriptions;
    report.customers += 1;
    report.gaps += subscriptions.values().filter(|subscription| subscription.gap).count();
    report.doubts += subscriptions
        .values()
        .filter(|subscription| subscription.doubt.is_some())
        .count();
    report.differences.extend(audited.differences);
    report.told_of_two.extend(audited.told_of_two);
    for (received, payload) in events {
        if received.event.outcome != Outcome::Applied {
            continue;
        }
        report.events += 1;
        let id = &received.event.key.id;
        let Some(facts) = read_again(&payload) else {
            report
                .differences
                .push(format!("event {id}: was applied, but its body cannot be read any more"));
            continue;
        };
        let mut again = audited.customer.clone();
        for fact in facts {
            again.learn(fact);
        }
        if again != audited.customer {
            report.differences.push(format!(
                "event {id}: was acknowledged, but is not among the facts of {}",
                key.id
            ));
        }
    }
    Ok(())
}
