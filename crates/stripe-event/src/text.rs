//! Text and ids, borrowed from the body if they have no escapes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::error::{Flaw, Problem};
use crate::field::Field;

/// The maximum length of an id, in bytes. It is Stripe's bound for its own ids.
///
/// See <https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backwards-compatible>.
pub const MAX_ID_BYTES: usize = 255;

/// A JSON string. (serde's own `Cow` copies if it is nested in another type.)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

/// An id given as a string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = deserializer.deserialize_str(TextVisitor)?;
        checked(id).map(Self).map_err(D::Error::custom)
    }
}

/// The id of another object, given as a string or as the object itself ("expanded", or deleted).
///
/// See <https://docs.stripe.com/expand>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Expandable<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Expandable<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = deserializer.deserialize_any(ExpandableVisitor)?;
        checked(id).map(Self).map_err(D::Error::custom)
    }
}

impl<'a> Field<Text<'a>> {
    /// Returns the text; `None` if absent or null.
    pub(crate) fn text(self, field: &'static str) -> Result<Option<Cow<'a, str>>, Flaw> {
        Ok(self.optional(field)?.map(|Text(text)| text))
    }

    /// Returns the text if it is present and well-formed, for fields on which nothing depends.
    pub(crate) fn known_text(self) -> Option<Cow<'a, str>> {
        self.known().map(|Text(text)| text)
    }
}

impl<'a> Field<Id<'a>> {
    /// Returns the id if it is present and well-formed, for fields on which nothing depends.
    pub(crate) fn known_id(self) -> Option<Cow<'a, str>> {
        self.known().map(|Id(id)| id)
    }
}

impl<'a> Field<Expandable<'a>> {
    /// Returns the other object's id; `None` if absent or null.
    pub(crate) fn id(self, field: &'static str) -> Result<Option<Cow<'a, str>>, Flaw> {
        Ok(self.optional(field)?.map(|Expandable(id)| id))
    }

    /// Returns the other object's id if it is present and well-formed, for fields on which nothing depends.
    pub(crate) fn known_id(self) -> Option<Cow<'a, str>> {
        self.known().map(|Expandable(id)| id)
    }
}

/// Checks that an id fits a column and a log line.
pub(crate) fn checked(id: Cow<'_, str>) -> Result<Cow<'_, str>, Problem> {
    if id.is_empty() {
        Err(Problem::Empty)
    } else if id.len() > MAX_ID_BYTES {
        Err(Problem::TooLong)
    } else if id.chars().any(char::is_control) {
        Err(Problem::ControlCharacter)
    } else {
        Ok(id)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

struct ExpandableVisitor;

impl<'de> Visitor<'de> for ExpandableVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id or an object with an id")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut id = None;
        while let Some(Text(key)) = entries.next_key()? {
            if key == "id" {
                let Text(value) = entries.next_value()?;
                id = Some(value);
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        id.ok_or_else(|| A::Error::missing_field("id"))
    }
}
