//! Lists, page by page.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use stripe_billing::InvoiceStatus;
use stripe_billing::invoice::ListInvoice;
use stripe_billing::subscription::{ListSubscription, ListSubscriptionStatus};
use stripe_billing::subscription_item::ListSubscriptionItem;
use stripe_client_core::{RequestBuilder, StripeRequest};
use stripe_core::customer::ListCustomer;

use crate::{Answer, ClientError, MAX_PAGE_SIZE, Page, RawObject, StripeClient};

impl StripeClient {
    /// Returns a page of all subscriptions, ended ones included, newest first, starting after the given one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn subscriptions(&self, starting_after: Option<&str>) -> Result<Answer<Page<RawObject>>, ClientError> {
        let all = ListSubscription::new()
            .status(ListSubscriptionStatus::All)
            .limit(self.page_size());
        let page = starting_after.into_iter().fold(all, ListSubscription::starting_after);
        self.page(page.build()).await
    }

    /// Returns the newest hundred subscriptions of a customer, ended ones included.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn subscriptions_of(&self, customer: &str) -> Result<Answer<Page<RawObject>>, ClientError> {
        let all = ListSubscription::new()
            .status(ListSubscriptionStatus::All)
            .limit(MAX_PAGE_SIZE);
        self.page(all.customer(customer).build()).await
    }

    /// Returns a page of the items of a subscription, starting after the given one. The subscription itself shows only
    /// the first few.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn subscription_items(
        &self,
        subscription: &str,
        starting_after: Option<&str>,
    ) -> Result<Answer<Page<RawObject>>, ClientError> {
        let all = ListSubscriptionItem::new(subscription).limit(MAX_PAGE_SIZE);
        let page = starting_after.into_iter().fold(all, ListSubscriptionItem::starting_after);
        self.page(page.build()).await
    }

    /// Returns a page of the open invoices, newest first, starting after the given one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn open_invoices(&self, starting_after: Option<&str>) -> Result<Answer<Page<RawObject>>, ClientError> {
        let open = ListInvoice::new().status(InvoiceStatus::Open).limit(self.page_size());
        let page = starting_after.into_iter().fold(open, ListInvoice::starting_after);
        self.page(page.build()).await
    }

    /// Returns a page of the customers, newest first, starting after the given one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn customers(&self, starting_after: Option<&str>) -> Result<Answer<Page<RawObject>>, ClientError> {
        let all = ListCustomer::new().limit(self.page_size());
        let page = starting_after.into_iter().fold(all, ListCustomer::starting_after);
        self.page(page.build()).await
    }

    pub(crate) async fn page(&self, request: RequestBuilder) -> Result<Answer<Page<RawObject>>, ClientError> {
        let path = request.path.clone();
        let answer = self.ask(request).await?;
        answer.try_map(|RawObject(list)| {
            page(&list).ok_or(ClientError::Unreadable {
                path,
                why: "it is no list of objects",
            })
        })
    }
}

/// The page ids of a list so far. Each page has to lead to a new one, or the list has no end.
#[derive(Debug, Default)]
pub struct Pages {
    seen: HashSet<String>,
}

impl Pages {
    /// Returns the start of the next page, as given by the last one; `None` after the last page.
    ///
    /// # Errors
    /// [`ClientError::Unreadable`] if that start was given before.
    pub fn next(&mut self, next: Option<String>) -> Result<Option<String>, ClientError> {
        match next {
            Some(next) if !self.seen.insert(next.clone()) => Err(ClientError::Unreadable {
                path: "a list".to_owned(),
                why: "its pages lead in a circle",
            }),
            next => Ok(next),
        }
    }
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    has_more: bool,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Splits a list into its objects, each as sent. They share the text of the list.
fn page(list: &Bytes) -> Option<Page<RawObject>> {
    let List { data, has_more } = serde_json::from_slice(list).ok()?;
    let last: Option<Named> = data.last().and_then(|last| serde_json::from_str(last.get()).ok());
    let next = if has_more { Some(last?.id) } else { None };
    let items = data
        .into_iter()
        .map(|object| RawObject(list.slice_ref(object.get().as_bytes())));
    Some(Page {
        items: items.collect(),
        next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_whose_pages_lead_in_a_circle_is_none_of_stripes() {
        let on_from = |ids: &[&str]| {
            let mut pages = Pages::default();
            let last = ids.iter().map(|id| pages.next(Some((*id).to_owned()))).last();
            last.unwrap().map_err(|error| error.to_string())
        };
        assert_eq!(on_from(&["a", "b", "c"]), Ok(Some("c".to_owned())));
        for circle in [&["a", "a"][..], &["a", "b", "a"]] {
            let error = on_from(circle).unwrap_err();
            assert_eq!(
                error,
                "the answer to a list is not one of Stripe's: its pages lead in a circle"
            );
        }
        assert_eq!(Pages::default().next(None).unwrap(), None);
    }

    #[test]
    fn a_page_has_its_objects_as_they_were_sent_and_says_where_the_next_begins() {
        let list =
            Bytes::from_static(br#"{"object":"list","data":[{"id":"a", "x" : 1e3},{"id":"b"}],"has_more":true,"url":"/v1/x"}"#);
        let read = page(&list).unwrap();
        assert_eq!(read.items[0].bytes(), br#"{"id":"a", "x" : 1e3}"#);
        assert_eq!(read.next.as_deref(), Some("b"));
        let last = Bytes::from_static(br#"{"data":[],"has_more":false}"#);
        assert_eq!(
            page(&last),
            Some(Page {
                items: Vec::new(),
                next: None
            })
        );
        for odd in [
            &b"[]"[..],
            b"{}",
            br#"{"data":[],"has_more":true}"#,
            br#"{"data":[{"id":7}],"has_more":true}"#,
        ] {
            assert_eq!(page(&Bytes::from_static(odd)), None, "{}", String::from_utf8_lossy(odd));
        }
    }
}
