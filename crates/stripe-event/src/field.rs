//! One field of an object on the wire.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::error::{Flaw, Problem};

/// A field as Stripe sent it. Absent and null differ: in `previous_attributes`, null means "was not set" and absent
/// means "did not change".
///
/// A malformed field never makes the object around it fail. So the code that needs the field can report it without
/// repeating its value, unlike serde's own error texts. This needs a deserializer with independent values, like
/// [`Json`](crate::json::Json)'s. A text deserializer that stops inside a value cannot continue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Field<T> {
    #[default]
    Absent,
    Null,
    Value(T),
    Malformed,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Ok(T::deserialize(deserializer).map_or(Field::Malformed, Field::Value))
    }
}

/// Reads a field that is a hash, for `deserialize_with`. Unlike a derived reader, it does not accept an array in its
/// place.
pub(crate) fn hash<'de, T, D>(deserializer: D) -> Result<Field<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(HashVisitor(PhantomData))
}

struct HashVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for HashVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        Ok(T::deserialize(MapAccessDeserializer::new(entries)).map_or(Field::Malformed, Field::Value))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Field::Malformed)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Field::Malformed)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Field::Malformed)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Field::Malformed)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Field::Malformed)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Ok(Field::Malformed)
    }
}

impl<T> Field<T> {
    /// Returns the value; `None` if absent or null.
    pub(crate) fn optional(self, field: &'static str) -> Result<Option<T>, Flaw> {
        match self {
            Self::Absent | Self::Null => Ok(None),
            Self::Value(value) => Ok(Some(value)),
            Self::Malformed => Err(Flaw {
                field,
                problem: Problem::Malformed,
            }),
        }
    }

    /// Returns the value, which must be present.
    pub(crate) fn required(self, field: &'static str) -> Result<T, Flaw> {
        self.optional(field)?.ok_or(Flaw {
            field,
            problem: Problem::Missing,
        })
    }

    /// Returns this field, or another one with the same meaning in other versions.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        match self {
            Self::Absent | Self::Null => other,
            Self::Value(_) | Self::Malformed => self,
        }
    }

    /// Returns the value if it is present and well-formed, for fields on which nothing depends.
    pub(crate) fn known(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null | Self::Malformed => None,
        }
    }

    /// Returns the previous field, given its part of `previous_attributes`.
    #[must_use]
    pub(crate) fn before(self, previous: Self) -> Self {
        self.before_with(previous, |_, previous| previous)
    }

    /// Does the same as [`before`](Self::before), for a hash of which `previous_attributes` holds only the changed
    /// keys.
    #[must_use]
    pub(crate) fn before_with(self, previous: Self, merge: impl FnOnce(T, T) -> T) -> Self {
        match (self, previous) {
            (now, Self::Absent) => now,
            (Self::Value(now), Self::Value(previous)) => Self::Value(merge(now, previous)),
            (Self::Absent | Self::Null, Self::Value(previous)) => Self::Value(previous),
            (_, Self::Null) => Self::Null,
            (Self::Malformed, Self::Value(_)) | (_, Self::Malformed) => Self::Malformed,
        }
    }
}
