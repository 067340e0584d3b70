//! Metadata: keys and values that the SaaS wrote on one of Stripe's objects.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::field::Field;
use crate::text::Text;

/// Keys and values as Stripe stores them: at most 50, of at most 40 and 500 characters. Values that are not text are
/// omitted.
///
/// See <https://docs.stripe.com/api/metadata>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Metadata<'a>(pub(crate) BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl Metadata<'_> {
    /// Returns the previous metadata; `previous` holds only the changed keys. A key that was not set before stays,
    /// because no code needs its absence.
    pub(crate) fn before(mut self, previous: Self) -> Self {
        self.0.extend(previous.0);
        self
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Metadata<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetadataVisitor)
    }
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Metadata<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hash of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut metadata = BTreeMap::new();
        while let Some(Text(key)) = entries.next_key()? {
            if let Some(Text(value)) = entries.next_value::<Field<Text<'de>>>()?.known() {
                metadata.insert(key, value);
            }
        }
        Ok(Metadata(metadata))
    }
}
