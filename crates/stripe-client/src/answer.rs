//! An answer, and the time at which it was true.

use std::time::Duration;

use bytes::Bytes;

/// An answer from Stripe.
///
/// It was true at some instant between `date - round_trip` and `date`. Each bound is a second wider because of the
/// clock's resolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// The content of the answer.
    pub value: T,
    /// The time by Stripe's clock (the `Date` header), in Unix seconds.
    pub date: i64,
    /// The time from the request to the complete answer, by our monotonic clock. If there were several tries, it is
    /// that of the answered one.
    pub round_trip: Duration,
}

impl<T> Answer<T> {
    /// Converts the content.
    pub(crate) fn try_map<U, E>(self, tell: impl FnOnce(T) -> Result<U, E>) -> Result<Answer<U>, E> {
        Ok(Answer {
            value: tell(self.value)?,
            date: self.date,
            round_trip: self.round_trip,
        })
    }
}

/// The JSON text of one object, as Stripe sent it. Its `Debug` text does not reveal the content.
#[derive(Clone, PartialEq, Eq)]
pub struct RawObject(pub(crate) Bytes);

impl RawObject {
    /// Returns the text, for `stripe_event::Subscription::parse` and similar functions.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for RawObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawObject({} bytes)", self.0.len())
    }
}

/// A page of a list, newest object first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The objects on the page.
    pub items: Vec<T>,
    /// The id of the last item, with which to request the next page; `None` on the last page.
    pub next: Option<String>,
}
