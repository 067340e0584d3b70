//! The object an event carries.

use std::borrow::Cow;

use serde::Deserialize;

use crate::before::Before;
use crate::charge::{Charge, Dispute, EarlyFraudWarning};
use crate::checkout_session::CheckoutSession;
use crate::customer::Customer;
use crate::error::{ObjectError, Problem};
use crate::field::Field;
use crate::invoice::Invoice;
use crate::json::Json;
use crate::kind::EventKind;
use crate::payment_method::PaymentMethod;
use crate::related_object::RelatedObject;
use crate::schedule::SubscriptionSchedule;
use crate::subscription::{self, Subscription};
use crate::text::{Expandable, Id, Text};

/// The object that an event is about.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one per event and it is moved once; a box would only add an allocation"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object<'a> {
    /// `object: "subscription"`
    Subscription {
        /// Right after the change.
        now: Subscription<'a>,
        /// Right before it.
        before: Before<Subscription<'a>>,
    },
    /// `object: "invoice"`
    Invoice {
        /// Right after the change.
        now: Invoice<'a>,
        /// Right before it.
        before: Before<Invoice<'a>>,
    },
    /// `object: "payment_method"`
    PaymentMethod {
        /// Right after the change.
        now: PaymentMethod<'a>,
        /// The customer to which it belonged before, if it belongs to none now.
        was_of: Option<Cow<'a, str>>,
    },
    /// `object: "checkout.session"`
    CheckoutSession(CheckoutSession<'a>),
    /// `object: "customer"`
    Customer {
        /// Right after the change.
        now: Customer<'a>,
        /// Right before it.
        before: Before<Customer<'a>>,
    },
    /// `object: "charge"`
    Charge(Charge<'a>),
    /// `object: "dispute"`
    Dispute(Dispute<'a>),
    /// `object: "radar.early_fraud_warning"`
    EarlyFraudWarning(EarlyFraudWarning<'a>),
    /// `object: "subscription_schedule"`
    SubscriptionSchedule(SubscriptionSchedule<'a>),
    /// None: a thin event only names its object.
    Thin(RelatedObject<'a>),
    /// An object without a reader here, in an event whose type expects no particular object.
    Unknown {
        /// Its `object`, such as `product`.
        object: Option<Cow<'a, str>>,
        /// Its id.
        id: Option<Cow<'a, str>>,
        /// The customer that it names.
        customer: Option<Cow<'a, str>>,
    },
    /// An object that should be readable but is not.
    Unreadable(ObjectError),
}

impl<'a> Object<'a> {
    /// Reads an event's `data`. It never fails: a problem is part of the result.
    pub(crate) fn read(kind: &EventKind<'_>, data: Option<&Json<'a>>) -> Self {
        Self::try_read(kind, data).unwrap_or_else(Self::Unreadable)
    }

    fn try_read(kind: &EventKind<'_>, data: Option<&Json<'a>>) -> Result<Self, ObjectError> {
        let expected = kind.carries();
        let object = data.and_then(|data| data.get("object"));
        let outline: Option<Outline<'a>> = object.and_then(Json::hash);
        let (Some(object), Some(outline)) = (object, outline) else {
            let problem = object.map_or(Problem::Missing, |_| Problem::Malformed);
            return match expected {
                None => Ok(Outline::default().unknown()),
                Some(_) => Err(ObjectError {
                    path: "data.object",
                    problem,
                }),
            };
        };
        let name = match &outline.object {
            Field::Value(Text(name)) => name.as_ref(),
            Field::Absent | Field::Null | Field::Malformed => "",
        };
        if expected.is_some_and(|expected| expected != name) {
            return Err(ObjectError {
                path: "data.object",
                problem: Problem::OtherKind,
            });
        }
        let previous = data.and_then(|data| data.get("previous_attributes"));
        match name {
            "subscription" => subscription::read(object, previous).map(|(now, before)| Self::Subscription { now, before }),
            "invoice" => Ok(Self::Invoice {
                now: Invoice::read(object)?,
                before: before(object, previous, Invoice::read),
            }),
            "payment_method" => Ok(Self::PaymentMethod {
                now: PaymentMethod::read(object)?,
                was_of: match before(object, previous, PaymentMethod::read) {
                    Before::Was(was) => was.customer,
                    Before::NotGiven => None,
                },
            }),
            "checkout.session" => CheckoutSession::read(object).map(Self::CheckoutSession),
            "customer" => Ok(Self::Customer {
                now: Customer::read(object)?,
                before: before(object, previous, Customer::read),
            }),
            // No event type requires these objects, so an unreadable one counts as unknown.
            "charge" => Ok(Charge::read(object).map_or_else(|| outline.unknown(), Self::Charge)),
            "dispute" => Ok(Dispute::read(object).map_or_else(|| outline.unknown(), Self::Dispute)),
            "radar.early_fraud_warning" => {
                Ok(EarlyFraudWarning::read(object).map_or_else(|| outline.unknown(), Self::EarlyFraudWarning))
            }
            "subscription_schedule" => {
                Ok(SubscriptionSchedule::read(object).map_or_else(|| outline.unknown(), Self::SubscriptionSchedule))
            }
            _ => Ok(outline.unknown()),
        }
    }

    /// Returns the customer that the object names or is.
    pub fn customer(&self) -> Option<&str> {
        match self {
            Self::Subscription { now, .. } => Some(&now.customer),
            Self::Invoice { now, .. } => Some(&now.customer),
            Self::PaymentMethod { now, was_of } => now.customer.as_deref().or(was_of.as_deref()),
            Self::CheckoutSession(session) => session.customer.as_deref(),
            Self::Customer { now, .. } => Some(&now.id),
            Self::Charge(charge) => charge.customer.as_deref(),
            Self::SubscriptionSchedule(schedule) => schedule.customer.as_deref(),
            Self::Thin(related) => match related.kind.as_deref() {
                Some("customer") => related.id.as_deref(),
                Some(_) | None => None,
            },
            Self::Unknown { customer, .. } => customer.as_deref(),
            // A dispute and a warning name only a charge. The caller has to look up its customer.
            Self::Dispute(_) | Self::EarlyFraudWarning(_) | Self::Unreadable(_) => None,
        }
    }

    /// Returns the object's id; `None` for an upcoming invoice and for an unreadable object.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Subscription { now, .. } => Some(&now.id),
            Self::Invoice { now, .. } => now.id.as_deref(),
            Self::PaymentMethod { now, .. } => Some(&now.id),
            Self::CheckoutSession(session) => Some(&session.id),
            Self::Customer { now, .. } => Some(&now.id),
            Self::Charge(charge) => Some(&charge.id),
            Self::Dispute(dispute) => Some(&dispute.id),
            Self::EarlyFraudWarning(warning) => Some(&warning.id),
            Self::SubscriptionSchedule(schedule) => Some(&schedule.id),
            Self::Thin(related) => related.id.as_deref(),
            Self::Unknown { id, .. } => id.as_deref(),
            Self::Unreadable(_) => None,
        }
    }
}

/// Returns the object before the change. An unreadable previous object counts as not given.
fn before<'a, T>(object: &Json<'a>, previous: Option<&Json<'a>>, read: impl Fn(&Json<'a>) -> Result<T, ObjectError>) -> Before<T> {
    let was = previous.and_then(|previous| read(&object.before(previous)).ok());
    was.map_or(Before::NotGiven, Before::Was)
}

/// The few fields that all objects share.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Outline<'a> {
    #[serde(borrow)]
    object: Field<Text<'a>>,
    #[serde(borrow)]
    id: Field<Id<'a>>,
    #[serde(borrow)]
    customer: Field<Expandable<'a>>,
    #[serde(borrow)]
    customer_account: Field<Expandable<'a>>,
}

impl<'a> Outline<'a> {
    fn unknown(self) -> Object<'a> {
        let customer = self.customer.known_id();
        Object::Unknown {
            object: self.object.known_text(),
            id: self.id.known_id(),
            customer: customer.or_else(|| self.customer_account.known_id()),
        }
    }
}
