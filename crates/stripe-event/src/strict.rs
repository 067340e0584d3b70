//! One pass over the whole body that refuses what the typed readers would overlook.
//!
//! The readers skip what they don't know, and skipping checks neither depth nor duplicates. After this pass they may.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::error::EventError;
use crate::text::Text;

/// How deep arrays and objects may be nested; the event itself is level 1.
pub const MAX_DEPTH: u8 = 128;

/// Checks that `json` is one well-formed JSON text without duplicate keys, at most [`MAX_DEPTH`] deep.
pub(crate) fn check(json: &str) -> Result<(), EventError> {
    let refusal = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    // serde_json's own limit is one level short of ours; `Nested::deeper` takes its place.
    deserializer.disable_recursion_limit();
    let root = Nested {
        levels_left: MAX_DEPTH,
        refusal: &refusal,
    };
    root.deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| match refusal.take() {
            Some(Refusal::TooDeep) => EventError::TooDeep,
            Some(Refusal::DuplicateKey) => EventError::DuplicateKey,
            None => EventError::not_json(&error),
        })
}

#[derive(Debug, Clone, Copy)]
enum Refusal {
    TooDeep,
    DuplicateKey,
}

/// Any JSON value, at some depth. `serde_json`'s errors are opaque, so our own reasons travel beside them.
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
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let item = self.deeper()?;
        while items.next_element_seed(item)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let value = self.deeper()?;
        let mut keys: Vec<Text<'de>> = Vec::new();
        while let Some(key) = entries.next_key()? {
            keys.push(key);
            entries.next_value_seed(value)?;
        }
        keys.sort_unstable();
        if keys.is_sorted_by(|earlier, later| earlier < later) {
            Ok(())
        } else {
            Err(self.refuse(Refusal::DuplicateKey))
        }
    }
}
