//! The list of events. It reaches 30 days back and is about a minute behind.

use stripe_client_core::StripeRequest;
use stripe_core::event::ListEvent;
use stripe_types::{RangeBoundsTs, RangeQueryTs};

use crate::{Answer, ClientError, Page, RawObject, StripeClient};

/// The events to list. <https://docs.stripe.com/api/events/list>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Only those created at this second or later.
    pub created_from: Option<i64>,
    /// Only those created at this second or earlier.
    pub created_to: Option<i64>,
    /// Only those of these types, at most 20. If empty, all types.
    pub types: Vec<String>,
    /// Only those that were (or were not) delivered to every endpoint.
    pub delivery_success: Option<bool>,
    /// Only those after this one in the list.
    pub starting_after: Option<String>,
    /// The maximum number of events; `None` for this client's page size.
    pub limit: Option<u8>,
}

impl StripeClient {
    /// Returns a page of events, newest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn events(&self, query: &EventQuery) -> Result<Answer<Page<RawObject>>, ClientError> {
        let mut list = ListEvent::new().limit(query.limit.map_or(self.page_size(), i64::from));
        if query.created_from.is_some() || query.created_to.is_some() {
            list = list.created(RangeQueryTs::Bounds(RangeBoundsTs {
                gte: query.created_from,
                lte: query.created_to,
                ..RangeBoundsTs::default()
            }));
        }
        if !query.types.is_empty() {
            list = list.types(query.types.clone());
        }
        if let Some(delivery_success) = query.delivery_success {
            list = list.delivery_success(delivery_success);
        }
        if let Some(id) = &query.starting_after {
            list = list.starting_after(id);
        }
        self.page(list.build()).await
    }
}
