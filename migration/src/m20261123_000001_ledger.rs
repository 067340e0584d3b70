//! The main tables: inbox, facts and the state folded from them, tenants, notices.
//!
//! All data from Stripe is keyed by `(id, account, livemode)`. The id leads because queries select by it. The account
//! (`''` for the operator's own, else a Connect account) and the mode separate data that must never mix. All data about
//! a customer carries `customer_id`, so that one shard can hold all of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, big_pk_auto, blob, boolean, boolean_null, text, text_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000001_ledger"
    }
}

const TABLES: [&str; 11] = [
    "stripe_event",
    "event_payload",
    "customer",
    "subscription_fact",
    "subscription",
    "invoice",
    "payment_method",
    "tenant",
    "contact",
    "timeline",
    "outbox",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in inbox().into_iter().chain(customers()).chain(tenants()) {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(*table).to_owned()).await?;
        }
        Ok(())
    }
}

/// Makes a table of objects with Stripe's ids.
fn stripe_table(name: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(text("account"))
        .col(boolean("livemode"))
        .col(text("id"))
        .primary_key(Index::create().col("id").col("account").col("livemode"))
        .to_owned()
}

fn inbox() -> Vec<TableCreateStatement> {
    vec![
        stripe_table("stripe_event")
            .col(text("type"))
            .col(text_null("api_version"))
            .col(big_integer("created"))
            .col(big_integer("received_at"))
            .col(text_null("customer_id"))
            .col(text_null("object_id"))
            .col(text("outcome"))
            .col(text_null("reason"))
            .to_owned(),
        stripe_table("event_payload")
            .col(blob("body"))
            .col(big_integer("expires_at"))
            .to_owned(),
    ]
}

fn customers() -> Vec<TableCreateStatement> {
    let fact = Table::create()
        .table("subscription_fact")
        .col(text("account"))
        .col(boolean("livemode"))
        .col(text("customer_id"))
        .col(text("subscription_id"))
        .col(text("id"))
        .col(big_integer("created"))
        .col(text("fact"))
        .primary_key(
            Index::create()
                .col("customer_id")
                .col("account")
                .col("livemode")
                .col("subscription_id")
                .col("id"),
        )
        .to_owned();
    let of_customer = |name| {
        stripe_table(name)
            .col(text("customer_id"))
            .col(text_null("status"))
            .col(text("state"))
            .to_owned()
    };
    vec![
        stripe_table("customer").col(big_integer("version")).to_owned(),
        fact,
        of_customer("subscription"),
        of_customer("invoice").col(text_null("subscription_id")).to_owned(),
        of_customer("payment_method"),
    ]
}

fn tenants() -> Vec<TableCreateStatement> {
    let tenant = Table::create()
        .table("tenant")
        .col(text("id").primary_key())
        .col(text("name"))
        .col(text("locale"))
        .col(text("timezone"))
        .col(text("stripe_account"))
        .col(text_null("stripe_customer_id"))
        .col(boolean_null("livemode"))
        .col(text_null("subscription_status"))
        .col(text_null("stripe_subscription_id"))
        .col(big_integer_null("trial_end"))
        .col(text("state"))
        .col(big_integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .to_owned();
    let contact = Table::create()
        .table("contact")
        .col(text("tenant_id"))
        .col(text("role"))
        .col(text("email"))
        .col(text("name"))
        .primary_key(Index::create().col("tenant_id").col("role").col("email"))
        .foreign_key(
            ForeignKey::create()
                .from("contact", "tenant_id")
                .to("tenant", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned();
    let timeline = Table::create()
        .table("timeline")
        .col(big_pk_auto("id"))
        .col(text("tenant_id"))
        .col(big_integer("at"))
        .col(text("what"))
        .col(text_null("from_value"))
        .col(text_null("to_value"))
        .col(text("cause"))
        .col(text_null("cause_id"))
        .to_owned();
    let outbox = Table::create()
        .table("outbox")
        .col(big_pk_auto("id"))
        .col(text("dedupe_key").unique_key())
        .col(text("account"))
        .col(boolean("livemode"))
        .col(text("customer_id"))
        .col(text("tenant_id"))
        .col(text("kind"))
        .col(text("audience"))
        .col(text("notice"))
        .col(text("state"))
        .col(big_integer("due_at"))
        .col(text_null("event_id"))
        .col(big_integer("created_at"))
        .to_owned();
    vec![tenant, contact, timeline, outbox]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |table: &'static str, name: &'static str, columns: &[&'static str]| {
        let mut index = Index::create().table(table).name(name).to_owned();
        for column in columns {
            index.col(*column);
        }
        index
    };
    vec![
        index("stripe_event", "stripe_event_by_arrival", &["received_at", "id"]),
        index(
            "stripe_event",
            "stripe_event_by_customer",
            &["customer_id", "account", "livemode"],
        ),
        index("event_payload", "event_payload_by_expiry", &["expires_at"]),
        index(
            "subscription",
            "subscription_by_customer",
            &["customer_id", "account", "livemode"],
        ),
        index("invoice", "invoice_by_customer", &["customer_id", "account", "livemode"]),
        index(
            "payment_method",
            "payment_method_by_customer",
            &["customer_id", "account", "livemode"],
        ),
        index("tenant", "tenant_by_customer", &["stripe_customer_id", "stripe_account"])
            .unique()
            .to_owned(),
        index("tenant", "tenant_by_status", &["subscription_status", "id"]),
        index("timeline", "timeline_by_tenant", &["tenant_id", "id"]),
        index("outbox", "outbox_by_tenant", &["tenant_id", "id"]),
        index("outbox", "outbox_by_due", &["state", "due_at"]),
    ]
}
