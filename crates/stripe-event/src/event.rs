//! The event: the envelope around an object.

use std::borrow::Cow;

use serde::Deserialize;

use crate::error::{EventError, Flaw, Problem};
use crate::field::{Field, hash};
use crate::json::Json;
use crate::kind::EventKind;
use crate::object::Object;
use crate::related_object::RelatedObject;
use crate::request::Request;
use crate::text::{Text, checked};
use crate::timestamp;

/// A Stripe event of any API version, borrowed from its body.
///
/// See <https://docs.stripe.com/api/events/object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// `evt_…`: the same for every delivery of this event. Ids have no order.
    pub id: Cow<'a, str>,
    /// The event's `type`.
    pub kind: EventKind<'a>,
    /// The time of the change, in Unix seconds. Several changes can share a second.
    pub created: i64,
    /// `true` for real money, `false` for test data.
    pub livemode: bool,
    /// `acct_…`: the connected account of the change; `None` for the endpoint's own account.
    pub account: Option<Cow<'a, str>>,
    /// The API version of the object: the endpoint's, not ours.
    pub api_version: Option<Cow<'a, str>>,
    /// The API request that caused the change; `None` if Stripe acted on its own.
    pub request: Option<Request<'a>>,
    /// The object right after the change.
    pub object: Object<'a>,
}

impl<'a> Event<'a> {
    /// Parses the raw body of a webhook delivery with a verified signature.
    ///
    /// Unknown types, fields, statuses and versions are kept or skipped, never refused.
    ///
    /// # Errors
    ///
    /// The body is not strict JSON (see [`EventError`]), or the envelope's `id`, `type`, `created` or `livemode` is
    /// missing or unusable. A problem with the object *inside* is not an error here. It becomes [`Object::Unreadable`],
    /// so the event can still be recorded.
    pub fn parse(body: &'a [u8]) -> Result<Event<'a>, EventError> {
        let json = text(body)?;
        let tree = Json::parse(json)?;
        let envelope: Envelope<'a> = tree.hash().ok_or(EventError::NotAnObject)?;
        envelope.open(&tree)
    }

    /// Returns the customer of this event, whichever object names it. In later versions this is the account that
    /// replaces the customer.
    pub fn customer(&self) -> Option<&str> {
        self.object.customer()
    }

    /// Returns the id of the object inside. An upcoming invoice has none.
    pub fn object_id(&self) -> Option<&str> {
        self.object.id()
    }
}

pub(crate) fn text(body: &[u8]) -> Result<&str, EventError> {
    let json = str::from_utf8(body).map_err(|error| EventError::NotUtf8 {
        position: error.valid_up_to(),
    })?;
    if json.starts_with('\u{FEFF}') {
        return Err(EventError::ByteOrderMark);
    }
    Ok(json)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow)]
    object: Field<Text<'a>>,
    #[serde(borrow)]
    id: Field<Text<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Field<Text<'a>>,
    livemode: Field<bool>,
    #[serde(borrow)]
    account: Field<Text<'a>>,
    #[serde(borrow)]
    api_version: Field<Text<'a>>,
    #[serde(borrow)]
    request: Field<Request<'a>>,
    #[serde(borrow, deserialize_with = "hash")]
    related_object: Field<RelatedObject<'a>>,
    #[serde(borrow)]
    snapshot_event: Field<Text<'a>>,
}

impl<'a> Envelope<'a> {
    fn open(self, tree: &Json<'a>) -> Result<Event<'a>, EventError> {
        let thin = self.object.known().is_some_and(|Text(object)| object == "v2.core.event");
        let id = usable("id", self.id.required("id")?)?;
        let kind = EventKind::parse(usable("type", self.kind.required("type")?)?);
        let object = if thin {
            let related = self.related_object.known().unwrap_or_default();
            Object::Thin(RelatedObject {
                snapshot_event: self.snapshot_event.known_text(),
                ..related
            })
        } else {
            Object::read(&kind, tree.get("data"))
        };
        Ok(Event {
            id,
            kind,
            created: created(tree.get("created"), thin)?,
            livemode: self.livemode.required("livemode")?,
            account: usable_option("account", self.account)?,
            api_version: usable_option("api_version", self.api_version)?,
            request: self.request.known(),
            object,
        })
    }
}

/// Reads Unix seconds from a number or, in a thin event, from RFC 3339 text.
fn created(told: Option<&Json<'_>>, thin: bool) -> Result<i64, Flaw> {
    let seconds = match told {
        None => Err(Problem::Missing),
        Some(Json::Text(text)) if thin => timestamp::from_rfc3339(text),
        Some(Json::Unsigned(seconds)) if !thin => i64::try_from(*seconds)
            .map_err(|_too_large| Problem::Malformed)
            .and_then(timestamp::in_range),
        Some(Json::Signed(seconds)) if !thin => timestamp::in_range(*seconds),
        Some(_) => Err(Problem::Malformed),
    };
    seconds.map_err(|problem| Flaw {
        field: "created",
        problem,
    })
}

fn usable<'a>(field: &'static str, Text(text): Text<'a>) -> Result<Cow<'a, str>, Flaw> {
    checked(text).map_err(|problem| Flaw { field, problem })
}

fn usable_option<'a>(field: &'static str, text: Field<Text<'a>>) -> Result<Option<Cow<'a, str>>, Flaw> {
    let text = text.optional(field)?;
    text.map(|text| usable(field, text)).transpose()
}
