//! The API request behind an event.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::field::Field;
use crate::text::Text;

/// The API request that caused an event. Versions before 2017-05-25 give only its id.
///
/// See <https://docs.stripe.com/api/events/object#event_object-request>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request<'a> {
    /// `req_…`; `None` if the change was not made through the API.
    pub id: Option<Cow<'a, str>>,
    /// The idempotency key that the caller sent.
    pub idempotency_key: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Request<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RequestVisitor)
    }
}

struct RequestVisitor;

impl<'de> Visitor<'de> for RequestVisitor {
    type Value = Request<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request or its id")
    }

    fn visit_borrowed_str<E: Error>(self, id: &'de str) -> Result<Self::Value, E> {
        Ok(Request {
            id: Some(Cow::Borrowed(id)),
            idempotency_key: None,
        })
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<Self::Value, E> {
        Ok(Request {
            id: Some(Cow::Owned(id.to_owned())),
            idempotency_key: None,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut request = Request::default();
        while let Some(Text(key)) = entries.next_key()? {
            match key.as_ref() {
                "id" => request.id = entries.next_value::<Field<Text<'_>>>()?.known_text(),
                "idempotency_key" => request.idempotency_key = entries.next_value::<Field<Text<'_>>>()?.known_text(),
                _ => {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(request)
    }
}
