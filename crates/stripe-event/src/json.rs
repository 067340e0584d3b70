//! The body, read once into a tree that borrows its text and rejects what typed readers would overlook.
//!
//! The typed readers take the fields that they know from the tree and skip the rest. They read the tree and not the
//! text, so a malformed field fails alone and nothing is read twice.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use crate::error::EventError;
use crate::text::Text;

/// The maximum nesting depth of arrays and objects. The event itself is level 1.
pub const MAX_DEPTH: u8 = 128;

/// Any JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    /// In the order of the body, without duplicate keys.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// The error of a reader of the tree. Its text is never shown.
pub(crate) type Stumble = serde::de::value::Error;

impl<'a> Json<'a> {
    /// Parses one well-formed JSON text without duplicate keys, at most [`MAX_DEPTH`] deep.
    pub(crate) fn parse(json: &'a str) -> Result<Self, EventError> {
        let refusal = Cell::new(None);
        let mut deserializer = serde_json::Deserializer::from_str(json);
        // The limit of `serde_json` is one level short of ours. `Nested::deeper` replaces it.
        deserializer.disable_recursion_limit();
        let root = Nested {
            levels_left: MAX_DEPTH,
            refusal: &refusal,
        };
        root.deserialize(&mut deserializer)
            .and_then(|tree| deserializer.end().map(|()| tree))
            .map_err(|error| match refusal.take() {
                Some(Refusal::TooDeep) => EventError::TooDeep,
                Some(Refusal::DuplicateKey) => EventError::DuplicateKey,
                None => EventError::not_json(&error),
            })
    }

    /// Returns the value of a key of an object, unless it is null.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else {
            return None;
        };
        let entry = entries.iter().find(|(name, _)| name == key);
        entry.map(|(_, value)| value).filter(|value| **value != Self::Null)
    }

    /// Returns the previous version of this value. `previous` holds only the changed keys and whole arrays; null means
    /// "was not set".
    ///
    /// See <https://docs.stripe.com/api/events/object#event_object-data-previous_attributes>.
    pub(crate) fn before(&self, previous: &Self) -> Self {
        let (Self::Object(now), Self::Object(previous)) = (self, previous) else {
            return previous.clone();
        };
        let mut was = now.clone();
        for (key, value) in previous {
            match was.iter_mut().find(|(name, _)| name == key) {
                Some((_, now)) => *now = now.before(value),
                None => was.push((key.clone(), value.clone())),
            }
        }
        Self::Object(was)
    }

    /// Reads a hash. Unlike a derived reader, it does not accept an array in its place.
    pub(crate) fn hash<T: serde::Deserialize<'a>>(&self) -> Option<T> {
        match self {
            Self::Object(_) => T::deserialize(self).ok(),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Refusal {
    TooDeep,
    DuplicateKey,
}

/// A JSON value at some depth. The errors of `serde_json` are opaque, so `refusal` carries our own reasons.
#[derive(Clone, Copy)]
struct Nested<'c> {
    levels_left: u8,
    refusal: &'c Cell<Option<Refusal>>,
}

impl Nested<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self { levels_left, ..self }),
            None => Err(self.refuse(Refusal::TooDeep)),
        }
    }

    fn refuse<E: Error>(self, refusal: Refusal) -> E {
        self.refusal.set(Some(refusal));
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Nested<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Signed(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Json::Unsigned(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Json::Float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let item = self.deeper()?;
        let mut array = Vec::new();
        while let Some(value) = items.next_element_seed(item)? {
            array.push(value);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let value = self.deeper()?;
        let mut object = Vec::new();
        while let Some(Text(key)) = entries.next_key()? {
            object.push((key, entries.next_value_seed(value)?));
        }
        let mut keys: Vec<&str> = object.iter().map(|(key, _)| key.as_ref()).collect();
        keys.sort_unstable();
        if keys.is_sorted_by(|earlier, later| earlier < later) {
            Ok(Json::Object(object))
        } else {
            Err(self.refuse(Refusal::DuplicateKey))
        }
    }
}

impl<'de> Deserializer<'de> for &Json<'de> {
    type Error = Stumble;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stumble> {
        match self {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Signed(value) => visitor.visit_i64(*value),
            Json::Unsigned(value) => visitor.visit_u64(*value),
            Json::Float(value) => visitor.visit_f64(*value),
            Json::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Json::Text(Cow::Owned(text)) => visitor.visit_str(text),
            Json::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Json::Object(entries) => {
                visitor.visit_map(MapDeserializer::new(entries.iter().map(|(key, value)| (key.as_ref(), value))))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stumble> {
        match self {
            Json::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stumble> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stumble> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

impl<'de> IntoDeserializer<'de, Stumble> for &Json<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
