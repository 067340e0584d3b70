//! A town: a database of many customers, made in minutes.
//!
//! Some hundred customers live their lives through the server. Then SQL multiplies their rows under other names. A
//! copied name has some letters after its prefix, everywhere it is used, also in JSON. Copies differ in age, and their
//! names ascend with time, like Stripe's. Bodies are copied unchanged, because they are compressed.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use simulator::Lifecycle;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::name::{PREFIXES, letters};
use super::server::{Home, Server};
use super::traffic::Traffic;
use super::{API_CONNECTIONS, send};

/// The size of a database.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// The number of tenants, each bound to a customer.
    pub(crate) tenants: usize,
    /// The number of events in the inbox, with bodies and everything that follows from them. `None` means only the
    /// tenants' state, and a tenant for every customer.
    pub(crate) events: Option<usize>,
}

/// The database.
pub(crate) struct Town {
    /// The ids of its tenants.
    pub(crate) tenants: Vec<String>,
    pub(crate) events: usize,
    /// The time that it took to make.
    pub(crate) took: Duration,
}

/// The number of customers that live through the server.
const MEMBERS: u64 = 300;
/// The first of their seeds, far from those of the traffic.
const FIRST_SEED: u64 = 900_000_000;
/// The time over which bodies are spread, in microseconds. They expire after 35 days, so one in ten has.
const PAST_MICROS: i64 = 39 * 86_400_000_000;
/// The copies of customers made in one transaction.
const COPIES_AT_ONCE: usize = 6_000;
/// A table, the place where its rows `r` are found beside the customer's, `m`, and whether it is needed without an
/// inbox.
struct Table {
    name: &'static str,
    found_in: &'static str,
    is_of_tenant: bool,
}

/// The tables, each after those that it refers to.
const TABLES: [Table; 11] = [
    table("customer", "customer r ON r.id = m.customer", true),
    table("tenant", "tenant r ON r.stripe_customer_id = m.customer", true),
    table("contact", "contact r ON r.tenant_id = m.tenant", true),
    table("subscription", "subscription r ON r.customer_id = m.customer", true),
    table("invoice", "invoice r ON r.customer_id = m.customer", false),
    table("payment_method", "payment_method r ON r.customer_id = m.customer", false),
    table(
        "subscription_fact",
        "subscription_fact r ON r.customer_id = m.customer",
        false,
    ),
    table("stripe_event", "stripe_event r ON r.customer_id = m.customer", false),
    table(
        "event_payload",
        "stripe_event e ON e.customer_id = m.customer JOIN event_payload r ON r.id = e.id",
        false,
    ),
    table("timeline", "timeline r ON r.tenant_id = m.tenant", false),
    table("outbox", "outbox r ON r.customer_id = m.customer", false),
];

const fn table(name: &'static str, found_in: &'static str, is_of_tenant: bool) -> Table {
    Table {
        name,
        found_in,
        is_of_tenant,
    }
}

impl Town {
    pub(crate) fn found(dunlin: &Path, home: &Home, size: Size) -> Self {
        let began = Instant::now();
        let lives: Vec<Lifecycle> = (FIRST_SEED..FIRST_SEED + MEMBERS).map(Lifecycle::from_seed).collect();
        let events: usize = lives.iter().map(|life| life.events.len()).sum();
        let copies = size
            .events
            .map_or(size.tenants.div_ceil(lives.len()), |wanted| wanted.div_ceil(events));
        let bound = size.tenants.div_ceil(copies).min(lives.len());
        let customers = live(dunlin, home, &lives, bound);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(multiply(home, &customers, copies, bound, size.events.is_some()));
        Self {
            tenants: (0..copies * bound).map(|number| format!("t{number}")).collect(),
            events: size.events.map_or(0, |_| copies * events),
            took: began.elapsed(),
        }
    }
}

fn template_tenant(member: usize) -> String {
    format!("template-{member}-")
}

/// Lives the customers' lives through a server. The first of them are bound to tenants.
fn live(dunlin: &Path, home: &Home, lives: &[Lifecycle], bound: usize) -> Vec<String> {
    let server = Server::start(dunlin, home, &[]);
    let traffic = Traffic::of_lives(lives, template_tenant);
    send(&[server.address], &traffic.bindings[..bound], API_CONNECTIONS, None);
    send(&[server.address], &traffic.requests, API_CONNECTIONS, None);
    server.stop();
    traffic.customers
}

async fn multiply(home: &Home, customers: &[String], copies: usize, bound: usize, has_inbox: bool) {
    let mut database = Database::open(&home.database_url).await;
    let indexes = database.indexes().await;
    let mut inserts = Vec::new();
    database
        .execute("CREATE TEMPORARY TABLE member (no BIGINT NOT NULL, customer TEXT NOT NULL, tenant TEXT NOT NULL)")
        .await;
    let members = customers
        .iter()
        .enumerate()
        .map(|(no, customer)| format!("({no}, '{customer}', '{}')", template_tenant(no)));
    let members: Vec<String> = members.collect();
    database
        .execute(&format!("INSERT INTO member VALUES {}", members.join(",")))
        .await;
    for table in TABLES.iter().filter(|table| has_inbox || table.is_of_tenant) {
        inserts.push(database.template_of(table).await);
    }
    for (name, _) in &indexes {
        database.execute(&format!("DROP INDEX {name}")).await;
    }
    database
        .execute("CREATE TEMPORARY TABLE copy (no BIGINT, tag TEXT, tenant TEXT, ago BIGINT)")
        .await;
    let ago = |copy: usize| PAST_MICROS / i64::try_from(copies).unwrap() * i64::try_from(copies - copy).unwrap();
    let all = (0..copies).flat_map(|copy| (0..customers.len()).map(move |member| (copy, member)));
    let rows: Vec<String> = all
        .map(|(copy, member)| {
            let tenant = if member < bound {
                format!("t{}", copy * bound + member)
            } else {
                String::new()
            };
            let tag = letters(copy * customers.len() + member);
            format!("({member}, '{tag}', '{tenant}', {})", ago(copy))
        })
        .collect();
    for rows in rows.chunks(COPIES_AT_ONCE) {
        database.execute("BEGIN").await;
        database.execute("DELETE FROM copy").await;
        let copies = format!("INSERT INTO copy VALUES {}; ANALYZE copy", rows.join(","));
        database.execute(&copies).await;
        for insert in &inserts {
            database.execute(insert).await;
        }
        database.execute("COMMIT").await;
    }
    for (_, definition) in &indexes {
        database.execute(definition).await;
    }
    database.settle().await;
}

/// A connection for making a town, which does not wait for the disk.
enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Database {
    async fn open(url: &str) -> Self {
        if url.starts_with("postgres") {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let settings = "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET client_min_messages = warning";
            sqlx::raw_sql(settings).execute(&mut connection).await.unwrap();
            return Self::Postgres(connection);
        }
        let options: SqliteConnectOptions = url.parse().unwrap();
        let options = options
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            // A negative number means KiB.
            .pragma("cache_size", "-2000000")
            .pragma("temp_store", "memory");
        Self::Sqlite(SqliteConnection::connect_with(&options).await.unwrap())
    }

    async fn execute(&mut self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(connection) => sql.execute(connection).await.map(drop),
            Self::Postgres(connection) => sql.execute(connection).await.map(drop),
        }
        .unwrap();
    }

    /// Returns the pairs of texts that a query finds.
    async fn pairs(&mut self, sql: &str) -> Vec<(String, String)> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::query_as(sql).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_as(sql).fetch_all(connection).await,
        }
        .unwrap()
    }

    /// Returns the indexes that are no constraints, and their SQL. It is quicker to create them once all rows are
    /// there.
    async fn indexes(&mut self) -> Vec<(String, String)> {
        let sql = match self {
            Self::Sqlite(_) => "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
            Self::Postgres(_) => {
                "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public' \
                 AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)"
            }
        };
        self.pairs(sql).await
    }

    async fn columns(&mut self, table: &str) -> Vec<(String, String)> {
        let sql = match self {
            Self::Sqlite(_) => format!("SELECT name, lower(type) FROM pragma_table_info('{table}') ORDER BY cid"),
            Self::Postgres(_) => format!(
                "SELECT column_name::text, data_type::text FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
            ),
        };
        self.pairs(&sql).await
    }

    /// Sets the members' rows of a table aside. Returns the SQL that copies them.
    async fn template_of(&mut self, table: &Table) -> String {
        let Table { name, found_in, .. } = table;
        self.execute(&format!(
            "CREATE TEMPORARY TABLE template_{name} AS SELECT m.no, r.* FROM member m JOIN {found_in}; ANALYZE template_{name}"
        ))
        .await;
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for (column, of_type) in self.columns(name).await {
            // The database assigns this number.
            if column == "id" && of_type != "text" {
                continue;
            }
            values.push(match (column.as_str(), of_type.as_str()) {
                ("received_at" | "expires_at", _) => format!("r.{column} - c.ago"),
                (_, "text") => self.renamed(name, &column).await,
                _ => format!("r.{column}"),
            });
            columns.push(column);
        }
        let (columns, values) = (columns.join(", "), values.join(", "));
        format!("INSERT INTO {name} ({columns}) SELECT {values} FROM template_{name} r JOIN copy c ON c.no = r.no")
    }

    /// Returns a column's value under the names of the copy: with its letters after every prefix that ever occurs in
    /// it.
    async fn renamed(&mut self, table: &str, column: &str) -> String {
        let mut value = format!("r.{column}");
        let is_in = |text: &str| {
            let text = text.replace('_', "\\_");
            format!("SELECT '', '' WHERE EXISTS (SELECT 1 FROM template_{table} WHERE {column} LIKE '%{text}%' ESCAPE '\\')")
        };
        for prefix in PREFIXES {
            if !self.pairs(&is_in(prefix)).await.is_empty() {
                value = format!("replace({value}, '{prefix}', '{prefix}' || c.tag)");
            }
        }
        if !self.pairs(&is_in("template-")).await.is_empty() {
            write!(value, ", 'template-' || r.no || '-', c.tenant)").unwrap();
            value.insert_str(0, "replace(");
        }
        value
    }

    /// Brings the database to the state of one that has been in use, with nothing left to clean up. PostgreSQL gathers
    /// statistics by itself. SQLite never does, and Dunlin does not ask it to.
    async fn settle(mut self) {
        if matches!(self, Self::Postgres(_)) {
            self.execute("VACUUM (ANALYZE)").await;
            self.execute("CHECKPOINT").await;
        }
        match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        }
        .unwrap();
    }
}
