//! The object an event carries.

use std::borrow::Cow;

use serde::Deserialize;

use crate::checkout_session::CheckoutSession;
use crate::customer::Customer;
use crate::error::{ObjectError, Problem};
use crate::field::Field;
use crate::invoice::Invoice;
use crate::json::Json;
use crate::kind::EventKind;
use crate::payment_method::PaymentMethod;
use crate::related_object::RelatedObject;
use crate::subscription::{self, Before, Subscription};
use crate::text::{Expandable, Id, Text};

/// What an event is about.
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
        before: Before<'a>,
    },
    /// `object: "invoice"`
    Invoice(Invoice<'a>),
    /// `object: "payment_method"`
    PaymentMethod(PaymentMethod<'a>),
    /// `object: "checkout.session"`
    CheckoutSession(CheckoutSession<'a>),
    /// `object: "customer"`
    Customer(Customer<'a>),
    /// None: a thin event only names its object.
    Thin(RelatedObject<'a>),
    /// An object we have no reader for; of a type that we have no expectations of either.
    Unknown {
        /// Its `object`, such as `product`.
        object: Option<Cow<'a, str>>,
        /// Its id.
        id: Option<Cow<'a, str>>,
        /// The customer it names.
        customer: Option<Cow<'a, str>>,
    },
    /// An object we should be able to read, and can't.
    Unreadable(ObjectError),
}

impl<'a> Object<'a> {
    /// Reads an event's `data`. Never fails: what is wrong is part of the answer.
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
        match name {
            "subscription" => {
                let previous = data.and_then(|data| data.get("previous_attributes"));
                subscription::read(object, previous).map(|(now, before)| Self::Subscription { now, before })
            }
            "invoice" => Invoice::read(object).map(Self::Invoice),
            "payment_method" => PaymentMethod::read(object).map(Self::PaymentMethod),
            "checkout.session" => CheckoutSession::read(object).map(Self::CheckoutSession),
            "customer" => Customer::read(object).map(Self::Customer),
            _ => Ok(outline.unknown()),
        }
    }

    /// The customer the object names, or is.
    pub fn customer(&self) -> Option<&str> {
        match self {
            Self::Subscription { now, .. } => Some(&now.customer),
            Self::Invoice(invoice) => Some(&invoice.customer),
            Self::PaymentMethod(method) => method.customer.as_deref(),
            Self::CheckoutSession(session) => session.customer.as_deref(),
            Self::Customer(customer) => Some(&customer.id),
            Self::Thin(related) => match related.kind.as_deref() {
                Some("customer") => related.id.as_deref(),
                Some(_) | None => None,
            },
            Self::Unknown { customer, .. } => customer.as_deref(),
            Self::Unreadable(_) => None,
        }
    }

    /// The object's id; `None` for an upcoming invoice and for what could not be read.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Subscription { now, .. } => Some(&now.id),
            Self::Invoice(invoice) => invoice.id.as_deref(),
            Self::PaymentMethod(method) => Some(&method.id),
            Self::CheckoutSession(session) => Some(&session.id),
            Self::Customer(customer) => Some(&customer.id),
            Self::Thin(related) => related.id.as_deref(),
            Self::Unknown { id, .. } => id.as_deref(),
            Self::Unreadable(_) => None,
        }
    }
}

/// The little that is alike in all objects.
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
        let customer = self.customer.known();
        Object::Unknown {
            object: self.object.known().map(|Text(object)| object),
            id: self.id.known().map(|Id(id)| id),
            customer: customer.or_else(|| self.customer_account.known()).map(|Expandable(id)| id),
        }
    }
}
