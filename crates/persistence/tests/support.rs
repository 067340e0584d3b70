//! A fresh database for each test, and short ways to write deliveries.

use std::any::Any;

use persistence::{
    Contact, CustomerKey, Delivery, Drift, DriftFilter, EventKey, EventRecord, NoticeFilter, Observation, ObservationOutcome,
    Outcome, OwedNotice, Put, Role, Scope, Source, Store, TenantUpdate, UnixMicros,
};
use sqlx::{Connection, PgConnection, SqliteConnection};
use subscription::facts::{
    Before, Cause, Change, Details, Fact, InvoiceCause, InvoiceFact, InvoiceStatus, Observed, Snapshot, SubscriptionFact,
};
use subscription::{CustomerId, EventId, InvoiceId, Money, Status, SubscriptionId, TenantId, UnixSeconds};
use test_support::postgres::cluster;
use tokio::sync::OnceCell;

use crate::ON_POSTGRES;

pub(crate) const NOW: UnixMicros = UnixMicros::new(1_800_000_000_000_000);

pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) url: String,
    _folder: tempfile::TempDir,
}

pub(crate) async fn database() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let url = if ON_POSTGRES {
        cluster().new_database_like(migrated().await)
    } else {
        format!("sqlite://{}", folder.path().join("ledger.db").display())
    };
    let store = Store::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    Database {
        store,
        url,
        _folder: folder,
    }
}

/// Returns a database on PostgreSQL with the current schema and nothing in it, to be copied.
async fn migrated() -> &'static str {
    static MIGRATED: OnceCell<String> = OnceCell::const_new();
    let made = MIGRATED.get_or_init(|| async {
        let url = cluster().new_database();
        let store = Store::connect(&url).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await.unwrap();
        url
    });
    made.await
}

impl Database {
    /// Runs SQL as another program at the same database.
    pub(crate) async fn execute(&self, sql: &'static str) {
        if ON_POSTGRES {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }

    /// Holds a write of another program open until the result is dropped.
    pub(crate) async fn written_by_another(&self) -> Box<dyn Any> {
        if ON_POSTGRES {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            let lock = "BEGIN; LOCK TABLE subscription_fact IN EXCLUSIVE MODE";
            sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
            Box::new(connection)
        } else {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            Box::new(connection)
        }
    }

    /// Counts the rows of a table.
    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        let sql = sqlx::AssertSqlSafe(sql);
        if ON_POSTGRES {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    }

    /// Makes the database refuse a row that comes late in a unit of work.
    pub(crate) async fn refuse_churn_alerts(&self) {
        let poison = if ON_POSTGRES {
            "ALTER TABLE outbox ADD CONSTRAINT poison CHECK (kind <> 'churn_alert')"
        } else {
            "CREATE TRIGGER poison BEFORE INSERT ON outbox WHEN NEW.kind = 'churn_alert' BEGIN SELECT RAISE(ABORT, 'poison'); END"
        };
        self.execute(poison).await;
    }

    pub(crate) async fn accept_churn_alerts(&self) {
        let cure = if ON_POSTGRES {
            "ALTER TABLE outbox DROP CONSTRAINT poison"
        } else {
            "DROP TRIGGER poison"
        };
        self.execute(cure).await;
    }

    pub(crate) async fn bind(&self, tenant: &str, customer: &str) -> Put {
        let update = TenantUpdate {
            stripe_customer_id: Some(Some(CustomerId::new(customer))),
            ..TenantUpdate::default()
        };
        self.store
            .tenants()
            .put(&TenantId::parse(tenant).unwrap(), &update, NOW)
            .await
            .unwrap()
    }

    pub(crate) async fn notices(&self) -> Vec<String> {
        let notices = self.store.outbox().list(&NoticeFilter::default(), 1000).await.unwrap();
        notices.into_iter().map(|notice| notice.dedupe_key).collect()
    }

    pub(crate) async fn status(&self, tenant: &str) -> Option<String> {
        let tenant = self
            .store
            .tenants()
            .get(&TenantId::parse(tenant).unwrap())
            .await
            .unwrap()
            .unwrap();
        tenant.state.status().map(ToString::to_string)
    }
}

pub(crate) fn scope() -> Scope {
    Scope {
        account: String::new(),
        livemode: true,
    }
}

pub(crate) fn delivery(event: &str, customer: &str, facts: Vec<Fact>) -> Delivery {
    Delivery {
        event: EventRecord {
            key: EventKey {
                id: EventId::new(event),
                scope: scope(),
            },
            kind: "test".to_owned(),
            api_version: None,
            created: 10,
            customer: Some(CustomerId::new(customer)),
            object_id: None,
            outcome: Outcome::Applied,
            reason: None,
        },
        facts,
        claim: None,
        charge: None,
        source: Source::Webhook,
        payload: b"body".to_vec(),
    }
}

pub(crate) fn change(event: &str, customer: &str, created: i64, from: Option<Status>, to: Status) -> Delivery {
    let (cause, before) = match from {
        Some(from) => (Cause::Updated, Before::Known(Box::new(Snapshot::of_status(from)))),
        None => (Cause::Created, Before::Nothing),
    };
    let fact = SubscriptionFact::Change(Change {
        event: EventId::new(event),
        created: UnixSeconds::new(created),
        cause,
        before,
        after: Snapshot::of_status(to),
        details: Details::default(),
        details_before: None,
    });
    let id = SubscriptionId::new(format!("sub_{customer}"));
    delivery(event, customer, vec![Fact::Subscription { id, fact }])
}

pub(crate) fn failed(event: &str, customer: &str, created: i64, attempt: u32) -> Delivery {
    let fact = InvoiceFact {
        event: EventId::new(event),
        told_at: UnixSeconds::new(created),
        cause: InvoiceCause::PaymentFailed,
        status: InvoiceStatus::Open,
        subscription: Some(SubscriptionId::new(format!("sub_{customer}"))),
        created: UnixSeconds::new(created),
        attempt_count: attempt,
        paid_at: None,
        billing_reason: Some("subscription_cycle".to_owned()),
        collection_method: None,
        next_payment_attempt: None,
        amount_due: Money::new(4900, "eur"),
        hosted_invoice_url: None,
        number: None,
        ..InvoiceFact::default()
    };
    let id = InvoiceId::new(format!("in_{customer}"));
    delivery(event, customer, vec![Fact::Invoice { id, fact }])
}

/// Returns the payment of the invoice that [`failed`] tells of.
pub(crate) fn paid(event: &str, customer: &str, created: i64) -> Delivery {
    let mut delivery = failed(event, customer, created, 1);
    if let Some(Fact::Invoice { fact, .. }) = delivery.facts.first_mut() {
        fact.cause = InvoiceCause::Other;
        fact.status = InvoiceStatus::Paid;
    }
    delivery
}

impl Database {
    /// Returns the notices of this kind.
    pub(crate) async fn of_kind(&self, kind: &str) -> Vec<OwedNotice> {
        let notices = self.store.outbox().list(&NoticeFilter::default(), 1000).await.unwrap();
        notices.into_iter().filter(|notice| notice.content.kind() == kind).collect()
    }

    /// Creates a tenant with an address for payments.
    pub(crate) async fn bind_with_contact(&self, tenant: &str) {
        let update = TenantUpdate {
            stripe_customer_id: Some(Some(CustomerId::new(tenant))),
            contacts: Some(vec![Contact {
                role: Role::Billing,
                email: format!("Bo@{tenant}.example"),
                name: "Bo".to_owned(),
            }]),
            ..TenantUpdate::default()
        };
        let put = self
            .store
            .tenants()
            .put(&TenantId::parse(tenant).unwrap(), &update, NOW)
            .await;
        put.unwrap();
    }
}

pub(crate) const HOUR: i64 = 60 * 60;

/// Returns the second this long before now, by Stripe's clock.
pub(crate) fn ago(secs: i64) -> i64 {
    NOW.to_unix_seconds().as_secs() - secs
}

pub(crate) fn key(customer: &str) -> CustomerKey {
    CustomerKey {
        id: CustomerId::new(customer),
        scope: scope(),
    }
}

pub(crate) fn read(customer: &str, not_before: i64, snapshot: Snapshot) -> Observation {
    Observation {
        customer: key(customer),
        of: Observed::Subscription {
            id: SubscriptionId::new(format!("sub_{customer}")),
            snapshot,
            details: Details::default(),
        },
        not_before: UnixSeconds::new(not_before),
        not_after: UnixSeconds::new(not_before + 2),
    }
}

pub(crate) fn by_list(delivery: Delivery) -> Delivery {
    Delivery {
        source: Source::EventList,
        ..delivery
    }
}

impl Database {
    pub(crate) async fn observe(&self, observation: Observation) -> ObservationOutcome {
        let outcomes = self.store.observe(&[observation], Source::Read, NOW).await.unwrap();
        outcomes[0]
    }

    pub(crate) async fn posted(&self, batch: &[Delivery]) {
        drop(self.store.post(batch, NOW).await.unwrap());
    }

    pub(crate) async fn drift(&self) -> Vec<Drift> {
        let mut drift = self.store.drift().list(&DriftFilter::default(), 100).await.unwrap();
        drift.reverse();
        drift
    }
}
