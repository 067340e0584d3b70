//! An object without an event around it, as Stripe's API returns it.

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

/// An object and its mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare<T> {
    /// `true` for real money, `false` for test data; `None` if the object does not say, such as a deleted one.
    pub livemode: Option<bool>,
    /// The object.
    pub object: T,
}

/// The reason why a text is not the requested object. Like [`EventError`], it never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BareError {
    /// The text is not a JSON object.
    #[error(transparent)]
    Json(#[from] EventError),
    /// The text is another object, or a required field is unusable.
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl<'a> Subscription<'a> {
    /// Parses a subscription on its own, in any API version, with the tolerance of
    /// [`Event::parse`](crate::Event::parse).
    ///
    /// # Errors
    /// [`BareError`].
    pub fn parse(json: &'a [u8]) -> Result<Bare<Self>, BareError> {
        parse(json, "subscription", |object| Ok(subscription::read(object, None)?.0))
    }
}

impl<'a> Invoice<'a> {
    /// Parses an invoice on its own, in any API version, with the tolerance of [`Event::parse`](crate::Event::parse).
    ///
    /// # Errors
    /// [`BareError`].
    pub fn parse(json: &'a [u8]) -> Result<Bare<Self>, BareError> {
        parse(json, "invoice", Self::read)
    }
}

impl<'a> Charge<'a> {
    /// Parses a charge on its own, in any API version, with the tolerance of [`Event::parse`](crate::Event::parse).
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
    /// Parses a customer on its own, in any API version, with the tolerance of [`Event::parse`](crate::Event::parse).
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
