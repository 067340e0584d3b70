//! The database's part of a pay link: the invoice as it is known, and a note of the click; on a real database.

use persistence::{Cause, CustomerKey};
use subscription::facts::InvoiceStatus;
use subscription::{CustomerId, InvoiceId, Status, TenantId};

use crate::support::{NOW, change, database, failed, paid, scope};

fn customer(id: &str) -> CustomerKey {
    CustomerKey {
        id: CustomerId::new(id),
        scope: scope(),
    }
}

#[tokio::test]
async fn an_invoice_is_known_to_its_own_customer_alone() {
    let database = database().await;
    let invoice = InvoiceId::new("in_a");
    let known = async |of: &str| database.store.invoice(&customer(of), &invoice).await.unwrap();
    assert_eq!(known("a").await, None);
    let batch = [
        change("evt_1", "a", 1, None, Status::PastDue),
        failed("evt_2", "a", 10, 1),
        change("evt_3", "b", 1, None, Status::Active),
    ];
    database.store.post(&batch, NOW).await.unwrap();
    let told = known("a").await.unwrap();
    assert_eq!(told.invoice.status(), InvoiceStatus::Open);
    assert_eq!(told.subscription, Some(Status::PastDue));
    assert_eq!(known("b").await, None);
    let elsewhere = CustomerKey {
        scope: persistence::Scope {
            livemode: !scope().livemode,
            ..scope()
        },
        ..customer("a")
    };
    assert_eq!(database.store.invoice(&elsewhere, &invoice).await.unwrap(), None);
    database.store.post(&[paid("evt_4", "a", 20)], NOW).await.unwrap();
    assert_eq!(known("a").await.unwrap().invoice.status(), InvoiceStatus::Paid);
}

#[tokio::test]
async fn a_click_is_noted_once_until_it_has_been_quiet() {
    let database = database().await;
    database.bind("a", "a").await;
    let tenant = TenantId::parse("a").unwrap();
    let note = async |to: &str, invoice: &str, secs: i64| {
        let cause = Cause::Link(InvoiceId::new(invoice));
        let noted = database
            .store
            .tenants()
            .note_once(&tenant, ("pay_link", to), &cause, 60, NOW.plus_secs(secs));
        noted.await.unwrap()
    };
    assert!(note("hosted_invoice", "in_1", 0).await);
    assert!(!note("hosted_invoice", "in_1", 59).await);
    assert!(note("hosted_invoice", "in_2", 59).await, "another invoice's is another");
    assert!(note("paid", "in_1", 60).await);
    let entries = database.store.tenants().timeline(&tenant, None, 10).await.unwrap();
    let told: Vec<_> = entries.iter().filter(|entry| entry.what == "pay_link").collect();
    let told: Vec<_> = told
        .iter()
        .map(|entry| (entry.to.as_deref(), entry.cause.as_str(), entry.cause_id.as_deref()))
        .collect();
    let expected = [("paid", "in_1"), ("hosted_invoice", "in_2"), ("hosted_invoice", "in_1")];
    assert_eq!(told, expected.map(|(to, invoice)| (Some(to), "link", Some(invoice))));
    let nobody = TenantId::parse("nobody").unwrap();
    let cause = Cause::Link(InvoiceId::new("in_1"));
    assert!(
        !database
            .store
            .tenants()
            .note_once(&nobody, ("pay_link", "paid"), &cause, 60, NOW)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn of_two_clicks_at_the_same_moment_one_is_noted() {
    let database = database().await;
    database.bind("a", "a").await;
    let tenant = TenantId::parse("a").unwrap();
    let cause = Cause::Link(InvoiceId::new("in_1"));
    let click = || {
        database
            .store
            .tenants()
            .note_once(&tenant, ("pay_link", "paid"), &cause, 60, NOW)
    };
    let (one, other) = tokio::join!(click(), click());
    assert_ne!(one.unwrap(), other.unwrap());
}
