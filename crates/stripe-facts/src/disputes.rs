//! The facts of an event about a dispute or an early fraud warning.

use stripe_event::{Event, EventKind};
use subscription::facts::{Dispute, Fact};
use subscription::{ChargeId, DisputeId, Money, UnixSeconds};

use crate::event_id;

/// Returns the fact that a dispute was opened or closed. The events in between matter only to the people who respond to
/// it.
pub(crate) fn disputed(event: &Event<'_>, dispute: &stripe_event::Dispute<'_>) -> Option<Fact> {
    let is_closed = match event.kind {
        EventKind::DisputeCreated => false,
        EventKind::DisputeClosed => true,
        _ => return None,
    };
    Some(Fact::Dispute {
        id: DisputeId::new(dispute.id.as_ref()),
        dispute: Dispute {
            is_closed,
            told_at: UnixSeconds::new(event.created),
            event: event_id(event),
            charge: ChargeId::new(dispute.charge.as_ref()),
            amount: (!dispute.currency.is_empty()).then(|| Money::new(dispute.amount, &dispute.currency)),
            reason: dispute.reason.as_deref().map(str::to_owned),
            status: dispute.status.as_deref().map(str::to_owned),
            is_warning: false,
        },
    })
}

pub(crate) fn warned(event: &Event<'_>, warning: &stripe_event::EarlyFraudWarning<'_>) -> Fact {
    Fact::Dispute {
        id: DisputeId::new(warning.id.as_ref()),
        dispute: Dispute {
            is_closed: false,
            told_at: UnixSeconds::new(event.created),
            event: event_id(event),
            charge: ChargeId::new(warning.charge.as_ref()),
            amount: None,
            reason: warning.fraud_type.as_deref().map(str::to_owned),
            status: None,
            is_warning: true,
        },
    }
}
