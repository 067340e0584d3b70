//! An object without an event around it, as an answer of Stripe's API has it.

use serde::Deserialize;

use crate::charge::Charge;
use crate::customer::Customer;
use crate::error::{EventError, ObjectError, Problem};
use crate::event::text;
use crate::field::Field;
use crate::invoice::Invoice;
use crate::json::Json;
use crate::subscription::{self, Subscription};
use crate::text::Text;

/// An object, and the mode it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare<T> {
    /// Whether it is about real money; `None` where it does not say, as a deleted object.
    pub livemode: Option<bool>,
    /// The object.
    pub object: T,
}

/// Why a text is not the object that is asked for. Like [`EventError`], it never repeats what the text said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BareError {
    /// It is not a JSON object.
    #[error(transparent)]
    Json(#[from] EventError),
    /// It is one, but not this, or a field that is needed cannot be used.
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl<'a> Subscription<'a> {
    /// Reads a subscription by itself, of any API version, with the tolerance of [`Event::parse`](crate::Event::parse).
    ///
    /// # Errors
    /// [`BareError`].
    pub fn parse(json: &'a [u8]) -> Result<Bare<Self>, BareError> {
        parse(json, "subscription", |object| Ok(subscription::read(object, None)?.0))
    }
}

impl<'a> Invoice<'a> {
    /// Reads an invoice by itself, of any API version, with the tolerance of [`Event::parse`](crate::Event::parse).
    ///
    /// # Errors
    /// [`BareError`].
    pub fn parse(json: &'a [u8]) -> Result<Bare<Self>, BareError> {
        parse(json, "invoice", Self::read)
    }
}

impl<'a> Charge<'a> {
    /// Reads a charge by itself, of any API version, with the tolerance of [`Event::parse`](crate::Event::parse).
    ///
    /// # Errors
    /// [`BareError`].
    pub fn parse(json: &'a [u8]) -> Result<Bare<Self>, BareError> {
        parse(json, "charge", |object| {
            Self::read(object).ok_or(ObjectError {
                path: "charge",
                problem: Problem::Malformed,
            })
        })
    }
}

impl<'a> Customer<'a> {
    /// Reads a customer by itself, of any API version, with the tolerance of [`Event::parse`](crate::Event::parse).
    ///
    /// # Errors
    /// [`BareError`].
    pub fn parse(json: &'a [u8]) -> Result<Bare<Self>, BareError> {
        parse(json, "customer", Self::read)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Outline<'a> {
    #[serde(borrow)]
    object: Field<Text<'a>>,
    livemode: Field<bool>,
}

fn parse<'a, T>(json: &'a [u8], name: &str, read: impl FnOnce(&Json<'a>) -> Result<T, ObjectError>) -> Result<Bare<T>, BareError> {
    let tree = Json::parse(text(json)?)?;
    let outline: Outline<'a> = tree.hash().ok_or(EventError::NotAnObject)?;
    if outline.object.known().is_none_or(|Text(object)| object != name) {
        return Err(BareError::Object(ObjectError {
            path: "object",
            problem: Problem::OtherKind,
        }));
    }
    Ok(Bare {
        livemode: outline.livemode.known(),
        object: read(&tree)?,
    })
}
