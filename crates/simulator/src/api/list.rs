//! Pages of lists, see <https://docs.stripe.com/api/pagination>: newest first, from a cursor on.

use std::ops::Range;

use serde_json::{Value, json};

use super::asked::Asked;
use super::books::Age;
use super::clock::Place;
use super::refusal::Refusal;

const DEFAULT_LIMIT: i64 = 10;
const MAX_LIMIT: i64 = 100;

/// The parameters of every list.
pub(super) const PARAMS: [&str; 9] = [
    "limit",
    "starting_after",
    "ending_before",
    "expand[]",
    "created",
    "created[gt]",
    "created[gte]",
    "created[lt]",
    "created[lte]",
];

/// A position in the order of a list.
pub(super) trait Position: Ord + Sized {
    /// Returns the position before everything of this second.
    fn start_of(second: i64) -> Self;
    /// Returns the very next position.
    fn next(self) -> Self;
}

impl Position for Place {
    fn start_of(second: i64) -> Self {
        Self::start_of(second)
    }

    fn next(self) -> Self {
        Self {
            nth: self.nth.saturating_add(1),
            ..self
        }
    }
}

impl Position for Age {
    fn start_of(second: i64) -> Self {
        (second, String::new())
    }

    fn next(self) -> Self {
        (self.0, self.1 + "\0")
    }
}

/// The part of a list that a page is taken from.
#[derive(Debug)]
pub(super) struct Window<P> {
    /// The positions, from the oldest.
    positions: Range<P>,
    /// The page ends at the cursor, so that it takes the oldest items.
    is_from_oldest: bool,
    limit: usize,
}

impl<P: Position> Window<P> {
    /// Reads the window from a request. `position_of` finds the object that a cursor names, which need not pass the
    /// list's filter.
    pub(super) fn of(asked: &Asked, noun: &str, position_of: impl Fn(&str) -> Option<P>) -> Result<Self, Refusal> {
        let position = |param: &str| {
            let find = |id| position_of(id).ok_or_else(|| Refusal::missing(noun, id, param));
            asked.param(param).map(find).transpose()
        };
        let seconds = seconds(asked)?;
        let (mut from, mut to) = (P::start_of(seconds.start), P::start_of(seconds.end));
        if let Some(after) = position("starting_after")? {
            to = to.min(after);
        }
        let before = position("ending_before")?;
        let is_from_oldest = before.is_some();
        if let Some(before) = before {
            from = from.max(before.next());
        }
        Ok(Self {
            positions: from..to,
            is_from_oldest,
            limit: limit(asked)?,
        })
    }

    /// Excludes everything older than this second.
    pub(super) fn since(self, second: i64) -> Self {
        let Range { start, end } = self.positions;
        Self {
            positions: start.max(P::start_of(second))..end,
            ..self
        }
    }

    /// Returns the page of the items found in the positions, newest first, and whether there are more. `found` gives
    /// the items from the oldest.
    pub(super) fn page<T, I>(self, found: impl FnOnce(Range<P>) -> I) -> (Vec<T>, bool)
    where
        I: DoubleEndedIterator<Item = T>,
    {
        if self.positions.is_empty() {
            return (Vec::new(), false);
        }
        let found = found(self.positions);
        let up_to = self.limit + 1;
        let mut items: Vec<T> = if self.is_from_oldest {
            found.take(up_to).collect()
        } else {
            found.rev().take(up_to).collect()
        };
        let has_more = items.len() > self.limit;
        items.truncate(self.limit);
        if self.is_from_oldest {
            items.reverse();
        }
        (items, has_more)
    }
}

fn seconds(asked: &Asked) -> Result<Range<i64>, Refusal> {
    let exactly = asked.integer("created")?;
    let after = |second: i64| second.saturating_add(1);
    let from = [
        exactly,
        asked.integer("created[gte]")?,
        asked.integer("created[gt]")?.map(after),
    ];
    let to = [
        exactly.map(after),
        asked.integer("created[lt]")?,
        asked.integer("created[lte]")?.map(after),
    ];
    let from = from.into_iter().flatten().max().unwrap_or(i64::MIN);
    let to = to.into_iter().flatten().min().unwrap_or(i64::MAX);
    Ok(from..to)
}

fn limit(asked: &Asked) -> Result<usize, Refusal> {
    let limit = asked.integer("limit")?.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Refusal::invalid_param("limit", &limit.to_string()));
    }
    usize::try_from(limit).map_err(|_negative| Refusal::invalid_param("limit", &limit.to_string()))
}

/// Makes the envelope of a page.
pub(super) fn envelope(path: &str, data: impl Iterator<Item = Value>, has_more: bool) -> Value {
    let data: Vec<Value> = data.collect();
    json!({"object": "list", "data": data, "has_more": has_more, "url": path})
}
