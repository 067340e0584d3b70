//! A page of a list.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// The cursor of the next page; `null` if there is none.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page. `items` must be fetched with one more than `limit`, to know whether more follow.
    pub(crate) fn cut<S>(mut items: Vec<S>, limit: u64, cursor: impl Fn(&S) -> String, view: impl Fn(S) -> T) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).map(cursor);
        Self {
            data: items.into_iter().map(view).collect(),
            next_cursor,
        }
    }
}
