//! Deliveries: verified events with what they tell.

use subscription::facts::{Fact, TenantClaim};
use subscription::notices::{StaffNotice, UnknownPayer};
use subscription::{ChargeId, CustomerId, PaymentMethodId, TenantId};

use crate::{CustomerKey, EventKey, NewNotice, Source, Told, UnixMicros};

/// A verified delivery, ready to be posted.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The event.
    pub event: EventRecord,
    /// The facts it tells about its customer. Empty if it tells nothing that matters to Dunlin.
    pub facts: Vec<Fact>,
    /// The tenant of its customer, as the event's object claims.
    pub claim: Option<TenantClaim>,
    /// The payment that it shows to be its customer's.
    pub charge: Option<ChargeId>,
    /// The way it came.
    pub source: Source,
    /// The raw body, compressed.
    pub payload: Vec<u8>,
}

/// The part of an event that the inbox keeps beside its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// The event's key.
    pub key: EventKey,
    /// The event's `type`, or empty if the body could not be read.
    pub kind: String,
    /// The API version of its shape.
    pub api_version: Option<String>,
    /// The event's `created`, in seconds, or 0 if the body could not be read.
    pub created: i64,
    /// The customer that the event is about, if it names one.
    pub customer: Option<CustomerId>,
    /// The object that the event is about.
    pub object_id: Option<String>,
    /// The outcome of the event.
    pub outcome: Outcome,
    /// The reason, if the outcome calls for one.
    pub reason: Option<String>,
}

/// The outcome of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The event told facts, which are part of the state, or claimed its customer for a tenant, which was considered.
    Applied,
    /// The event told nothing that matters to Dunlin. It is kept.
    Ignored,
    /// The event belongs to another account or mode than Dunlin's. It is kept, without effect.
    Foreign,
    /// The event is genuine but could not be read. It is kept for a person to look at.
    Quarantined,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 4] = [Self::Applied, Self::Ignored, Self::Foreign, Self::Quarantined];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Ignored => "ignored",
            Self::Foreign => "foreign",
            Self::Quarantined => "quarantined",
        }
    }
}

/// The proof that a delivery is durably posted.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// True if the event had been posted before. Then nothing was done.
    pub is_duplicate: bool,
    /// The outcome of the event.
    pub outcome: Outcome,
    /// The tenant that is bound to its customer, if there is one.
    pub tenant: Option<TenantId>,
}

/// An object by which the customer of a delivery is found if the delivery names none: a dispute names a payment, and a
/// detached payment method no longer belongs to anybody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PayerClue {
    /// A payment.
    Charge(ChargeId),
    /// A payment method.
    PaymentMethod(PaymentMethodId),
}

impl Delivery {
    /// Returns true if it can change the state or the tenant of a customer.
    pub fn tells(&self) -> bool {
        !self.facts.is_empty() || self.claim.is_some()
    }

    /// Returns the customer that it names.
    pub fn named_customer(&self) -> Option<CustomerKey> {
        Some(CustomerKey {
            id: self.event.customer.clone()?,
            scope: self.event.key.scope.clone(),
        })
    }

    /// Returns the payment that it shows to be a customer's, and that customer.
    pub fn payment(&self) -> Option<(&ChargeId, CustomerKey)> {
        Some((self.charge.as_ref()?, self.named_customer()?))
    }

    /// Returns the clue to its customer, if it names none.
    pub fn payer_clue(&self) -> Option<PayerClue> {
        if self.event.customer.is_some() {
            return None;
        }
        self.facts.iter().find_map(|fact| match fact {
            Fact::Dispute { dispute, .. } => Some(PayerClue::Charge(dispute.charge.clone())),
            Fact::Card { id, .. } => Some(PayerClue::PaymentMethod(id.clone())),
            Fact::Subscription { .. } | Fact::Invoice { .. } | Fact::Profile(_) | Fact::Schedule { .. } => None,
        })
    }

    /// Returns its facts as what arrived together.
    pub fn told(&self) -> Told<'_> {
        Told {
            event: Some(&self.event),
            facts: &self.facts,
            source: self.source,
        }
    }

    /// Returns the admin's notices of the disputes in it, for a delivery whose customer is unknown. They wait
    /// `hold_secs` for the payer to become known.
    pub fn disputes_of_nobody(&self, hold_secs: i64, now: UnixMicros) -> impl Iterator<Item = NewNotice> {
        let event = &self.event.key;
        self.facts.iter().filter_map(move |fact| {
            let Fact::Dispute { id, dispute } = fact else {
                return None;
            };
            let stage = if dispute.is_closed { "closed" } else { "opened" };
            let content = StaffNotice::UnknownPayer(UnknownPayer {
                id: id.clone(),
                dispute: dispute.clone(),
            });
            let kind = dispute.notice(id).kind();
            let dedupe_key = format!("team:{kind}:{}:{stage}", id.as_str());
            Some(NewNotice {
                event: Some(event.id.clone()),
                scope: event.scope.clone(),
                ..NewNotice::to_staff(dedupe_key, content, now.plus_secs(hold_secs), now)
            })
        })
    }
}
