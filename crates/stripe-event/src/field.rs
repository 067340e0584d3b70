//! One field of an object on the wire.

use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::{Flaw, Problem};

/// A field as Stripe sent it. Absent and null differ: in `previous_attributes`, null says "it was not set" and absent
/// says "it did not change".
///
/// Reading a field never fails the object around it. So the code that needs the field can say which one is wrong
/// without repeating the value, as `serde_json`'s own error texts would.
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
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        Ok(if raw == "null" {
            Self::Null
        } else {
            serde_json::from_str(raw).map_or(Self::Malformed, Self::Value)
        })
    }
}

/// Reads a hash. Unlike a derived reader, it takes no array in place of one.
pub(crate) fn from_hash<'de, T: Deserialize<'de>>(raw: &'de RawValue) -> Option<T> {
    let json = raw.get();
    if json.starts_with('{') {
        serde_json::from_str(json).ok()
    } else {
        None
    }
}

/// Reads a field that is a hash, for `deserialize_with`.
pub(crate) fn hash<'de, T, D>(deserializer: D) -> Result<Field<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(match Field::<&'de RawValue>::deserialize(deserializer)? {
        Field::Absent => Field::Absent,
        Field::Null => Field::Null,
        Field::Value(raw) => from_hash(raw).map_or(Field::Malformed, Field::Value),
        Field::Malformed => Field::Malformed,
    })
}

impl<T> Field<T> {
    /// The value; `None` when absent or null.
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

    /// The value, which must be there.
    pub(crate) fn required(self, field: &'static str) -> Result<T, Flaw> {
        self.optional(field)?.ok_or(Flaw {
            field,
            problem: Problem::Missing,
        })
    }

    /// The value if it is there and well-formed, for fields nothing depends on.
    pub(crate) fn known(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null | Self::Malformed => None,
        }
    }

    /// What the field was, given what `previous_attributes` says of it.
    #[must_use]
    pub(crate) fn before(self, previous: Self) -> Self {
        self.before_with(previous, |_, previous| previous)
    }

    /// Like [`before`](Self::before), for a hash of which `previous_attributes` holds only the changed keys.
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
