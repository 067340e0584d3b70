//! The items of a subscription that has more of them than Stripe shows with it
//! (<https://docs.stripe.com/api/pagination>).

use serde_json::value::RawValue;
use stripe_client::{ClientError, Pages, RawObject, StripeClient};
use stripe_event::Subscription;
use subscription::facts::{Details, Item};

/// Returns a subscription's JSON with every item in it.
pub(super) async fn whole(stripe: &StripeClient, first_page: &RawObject, id: &str) -> Result<Vec<u8>, ClientError> {
    let mut items = Vec::new();
    let (mut pages, mut after) = (Pages::default(), None);
    loop {
        let page = stripe.subscription_items(id, after.as_deref()).await?.value;
        items.extend(page.items);
        after = pages.next(page.next)?;
        if after.is_none() {
            return with_items(first_page, &items).ok_or_else(unreadable);
        }
    }
}

fn unreadable() -> ClientError {
    ClientError::Unreadable {
        path: "/v1/subscription_items".to_owned(),
        why: "its items cannot be put into the subscription",
    }
}

fn with_items(first_page: &RawObject, items: &[RawObject]) -> Option<Vec<u8>> {
    let mut subscription: serde_json::Value = serde_json::from_slice(first_page.bytes()).ok()?;
    let items: Option<Vec<&RawValue>> = items.iter().map(|item| serde_json::from_slice(item.bytes()).ok()).collect();
    let list = serde_json::json!({"object": "list", "data": serde_json::to_value(items?).ok()?, "has_more": false});
    *subscription.get_mut("items")? = list;
    serde_json::to_vec(&subscription).ok()
}

/// Completes the details from the first page of items by all items.
pub(super) fn complete(details: Details, whole: &Subscription<'_>) -> Details {
    let items = whole.items.iter().map(|item| Item {
        price: item.price.to_string(),
        quantity: item.quantity,
    });
    Details {
        all_items: Some(items.collect()),
        has_more_items: false,
        recurring_amount: whole.recurring_amount,
        ..details
    }
}
