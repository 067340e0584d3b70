//! An answer, and when it was true.

use std::time::Duration;

use bytes::Bytes;

/// An answer of Stripe's.
///
/// What it says was true at some instant between `date - round_trip` and `date`, each a second wider for the grain of the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was answered.
    pub value: T,
    /// When, by Stripe's clock (the `Date` header), in Unix seconds.
    pub date: i64,
    /// How long it took from asking to the whole answer, by our monotonic clock. Of several tries the one that was answered.
    pub round_trip: Duration,
}

impl<T> Answer<T> {
    /// The same, said otherwise.
    pub(crate) fn try_map<U, E>(self, tell: impl FnOnce(T) -> Result<U, E>) -> Result<Answer<U>, E> {
        Ok(Answer {
            value: tell(self.value)?,
            date: self.date,
            round_trip: self.round_trip,
        })
    }
}

/// The JSON text of one object, as Stripe sent it. Its `Debug` text says nothing of what is in it.
#[derive(Clone, PartialEq, Eq)]
pub struct RawObject(pub(crate) Bytes);

impl RawObject {
    /// The text, for `stripe_event::Subscription::parse` and its like.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for RawObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawObject({} bytes)", self.0.len())
    }
}

/// A page of a list, the newest object first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The id of the last item, to ask for the next page with; `None` where this is the last page.
    pub next: Option<String>,
}
