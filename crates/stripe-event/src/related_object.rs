//! The object that a thin event names instead of carrying it.

use std::borrow::Cow;

use serde::Deserialize;

use crate::field::Field;
use crate::text::{Id, Text};

/// The object of a thin event, which must be fetched.
///
/// Every part may be missing, because some thin events are about no object. See
/// <https://docs.stripe.com/api/v2/core/events/object>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelatedObject<'a> {
    /// The object's id.
    pub id: Option<Cow<'a, str>>,
    /// The object's type, such as `billing.meter`.
    pub kind: Option<Cow<'a, str>>,
    /// The path from which to fetch it, such as `/v1/billing/meters/mtr_…`.
    pub url: Option<Cow<'a, str>>,
    /// `evt_…`: the event of the older kind for the same change.
    pub snapshot_event: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Field<Id<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Field<Text<'a>>,
    #[serde(borrow)]
    url: Field<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for RelatedObject<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Ok(Self {
            id: wire.id.known_id(),
            kind: wire.kind.known_text(),
            url: wire.url.known_text(),
            snapshot_event: None,
        })
    }
}
