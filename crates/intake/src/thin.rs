//! Thin events. They name an object and do not carry it, so nothing is learned from them. Stripe sends them if an event
//! destination is set up with thin payloads (<https://docs.stripe.com/event-destinations#thin-events>).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use stripe_event::{Event, Object};

/// The reason why a thin event had no effect, as the inbox keeps it.
pub const REASON: &str = "a thin event: it names its object and does not carry it";

/// The type of a ping, which can be sent to any destination to try it.
const PING: &str = "v2.core.event_destination.ping";
/// The pause between two lines in the log.
const QUIET: Duration = Duration::from_hours(1);

/// Returns [`REASON`] for a thin event that is no mere ping.
pub fn reason(event: &Event<'_>) -> Option<&'static str> {
    let is_thin = matches!(event.object, Object::Thin(_)) && event.kind.as_str() != PING;
    is_thin.then_some(REASON)
}

/// The thin events that came to this process. Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub struct ThinEvents {
    came: Arc<AtomicU64>,
    told: Arc<Mutex<Option<Instant>>>,
}

impl ThinEvents {
    /// Counts an event, and logs that if it was not logged within the hour.
    pub fn came(&self, event_id: &str, now: Instant) {
        let came = self.came.fetch_add(1, Ordering::Relaxed) + 1;
        if self.is_to_be_told(now) {
            tracing::warn!(
                event.id = event_id,
                thin_events = came,
                "a thin event came and has no effect: use an event destination with snapshot payloads"
            );
        }
    }

    /// Returns the number of events that came.
    pub fn count(&self) -> u64 {
        self.came.load(Ordering::Relaxed)
    }

    fn is_to_be_told(&self, now: Instant) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = told.is_none_or(|told| now.duration_since(told) >= QUIET);
        if is_due {
            *told = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thin_events_are_told_once_an_hour_and_all_counted() {
        let (thin, began) = (ThinEvents::default(), Instant::now());
        let told = [0, 1, 3_599, 3_600, 3_601].map(|secs| thin.is_to_be_told(began + Duration::from_secs(secs)));
        assert_eq!(told, [true, false, false, true, false]);
        thin.clone().came("evt_1", began);
        thin.came("evt_2", began);
        assert_eq!(thin.count(), 2);
    }

    #[test]
    fn a_ping_is_no_thin_event_that_is_missed() {
        let event = |kind: &str| {
            format!(
                r#"{{"id":"evt_1","object":"v2.core.event","type":"{kind}","created":"2026-03-25T10:11:12Z","livemode":true,"related_object":null}}"#
            )
        };
        let reason_of = |json: &str| reason(&Event::parse(json.as_bytes()).unwrap());
        assert_eq!(reason_of(&event("v1.invoice.paid")), Some(REASON));
        assert_eq!(reason_of(&event(PING)), None);
    }
}
