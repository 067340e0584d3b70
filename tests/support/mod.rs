//! A server to test: started, spoken to, killed.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use simulator::Trigger;
use sqlx::Connection;
use stripe_signature::{Secret, sign};

pub(crate) mod cargo;
pub(crate) mod haproxy;
pub(crate) mod pgbouncer;
pub(crate) mod postgres;
pub(crate) mod smtp;
pub(crate) mod stripe;

pub(crate) use stripe::STRIPE_KEY;

pub(crate) const SECRET: &str = "whsec_acceptance_7Q2s";
pub(crate) const API_KEY: &str = "acceptance-key-0123456789";

/// The binary, built once by cargo itself.
pub(crate) fn dunlin() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| build("dunlin", &["--workspace", "--bins"]))
}

/// The fake Stripe, built beside it.
pub(crate) fn simulator() -> PathBuf {
    let own = dunlin().parent().unwrap();
    own.parent().unwrap().join("simulator")
}

/// The same with the points at which tests have it die.
pub(crate) fn dunlin_with_crash_points() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        build(
            "dunlin-crash-points",
            &["--workspace", "--bins", "--features", "server/crash-points"],
        )
    })
}

/// Builds the server, and keeps what was built under a name of its own: cargo has one place for all its variants.
fn build(name: &str, what: &[&str]) -> PathBuf {
    static CARGO: Mutex<()> = Mutex::new(());
    let _one_at_a_time = CARGO.lock().unwrap();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut cargo = cargo::command();
    cargo.args(["build", "--quiet", "--manifest-path", manifest]).args(what);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success(), "the binary builds");
    let own = std::env::current_exe().unwrap();
    let built = own.ancestors().nth(2).unwrap().join("dunlin");
    let kept = own.parent().unwrap().join(name);
    if kept.exists() {
        std::fs::remove_file(&kept).unwrap();
    }
    std::fs::hard_link(built, &kept).unwrap();
    kept
}

/// On what a server keeps its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// A database on PostgreSQL with the schema of today and nothing in it: to bring every test's own up to date would take
/// longer than to copy this one.
fn migrated() -> &'static str {
    static MIGRATED: OnceLock<String> = OnceLock::new();
    MIGRATED.get_or_init(|| {
        let url = postgres::cluster().new_database();
        let folder = tempfile::tempdir().unwrap();
        let mut migrate = command(folder.path());
        let migrated = migrate.arg("migrate").env("DUNLIN_DATABASE_URL", &url).output().unwrap();
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        url
    })
}

/// A folder, and a database that nobody else uses.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    database_url: String,
}

impl Home {
    fn new(database: Database) -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let database_url = match database {
            Database::Sqlite => format!("sqlite://{}", folder.path().join("acceptance.db").display()),
            Database::Postgres => postgres::cluster().new_database_like(migrated()),
        };
        Arc::new(Self { folder, database_url })
    }

    fn command(&self, binary: &Path) -> Command {
        let mut command = command_of(binary, self.folder.path());
        command.env("DUNLIN_DATABASE_URL", &self.database_url);
        command
    }
}

/// A server process at home.
pub(crate) struct App {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<String>>,
    binary: &'static Path,
    environment: Vec<(String, String)>,
    home: Arc<Home>,
}

/// The status and JSON of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

impl App {
    pub(crate) fn spawn() -> Self {
        Self::spawn_with(&[])
    }

    /// Starts a server with these variables beside the usual ones.
    pub(crate) fn spawn_with(variables: &[(&str, &str)]) -> Self {
        Self::spawn_on_with(crate::DATABASE, variables)
    }

    /// Starts a server on a database of this kind.
    pub(crate) fn spawn_on(database: Database) -> Self {
        Self::spawn_on_with(database, &[])
    }

    /// The same with these variables beside the usual ones.
    pub(crate) fn spawn_on_with(database: Database, variables: &[(&str, &str)]) -> Self {
        Self::start(dunlin(), Home::new(database), owned(variables), &[])
    }

    /// Starts a server on this database.
    pub(crate) fn spawn_on_url(database_url: &str) -> Self {
        Self::spawn_on_url_with(database_url, &[])
    }

    /// The same with these variables beside the usual ones.
    pub(crate) fn spawn_on_url_with(database_url: &str, variables: &[(&str, &str)]) -> Self {
        let home = Home {
            folder: tempfile::tempdir().unwrap(),
            database_url: database_url.to_owned(),
        };
        Self::start(dunlin(), Arc::new(home), owned(variables), &[])
    }

    /// Starts another instance on the same database.
    pub(crate) fn spawn_beside(&self) -> Self {
        let lasting = |(name, _): &&(String, String)| name == "DUNLIN_LISTEN";
        let mut environment = self.environment.clone();
        if self.environment.iter().any(|variable| lasting(&variable)) {
            environment.retain(|variable| !lasting(&variable));
            environment.push(("DUNLIN_LISTEN".to_owned(), lasting_address().to_string()));
        }
        Self::start(self.binary, Arc::clone(&self.home), environment, &[])
    }

    /// Starts a server of this role.
    pub(crate) fn spawn_with_role(role: &str, variables: &[(&str, &str)]) -> Self {
        let mut all = vec![("ROLE", role)];
        all.extend(variables);
        Self::spawn_with(&all)
    }

    /// Starts a worker on the server's database.
    pub(crate) fn spawn_worker(&self, variables: &[(&str, &str)]) -> Worker {
        Worker::start(self.binary, &self.home, variables)
    }

    /// Waits until this gives something.
    pub(crate) fn wait_for<T>(&self, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            assert!(began.elapsed() < patience, "it never came to that: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the first look at everything is over: what is found from then on is news.
    pub(crate) fn wait_until_reconciled(&self) {
        self.wait_for(Duration::from_mins(1), || {
            self.get("/api/v1/reconciliation").body["last_at"].as_str().map(drop)
        });
    }

    /// Starts a server that can be told where to die, and that is where it was each time it is started again.
    pub(crate) fn spawn_with_crash_points(database: Database) -> Self {
        let address = ("DUNLIN_LISTEN".to_owned(), lasting_address().to_string());
        Self::start(dunlin_with_crash_points(), Home::new(database), vec![address], &[])
    }

    /// Starts a server that only accepts, and whose workers can be told where to die.
    pub(crate) fn spawn_web_with_crash_points(variables: &[(&str, &str)]) -> Self {
        let mut own = owned(&[("ROLE", "web")]);
        own.extend(owned(variables));
        Self::start(dunlin_with_crash_points(), Home::new(crate::DATABASE), own, &[])
    }

    /// `environment` holds for every start, `once` for this one.
    fn start(binary: &'static Path, home: Arc<Home>, environment: Vec<(String, String)>, once: &[(&str, &str)]) -> Self {
        let role = environment.iter().find(|(name, _)| name == "ROLE");
        let role = role.map_or_else(|| "all".to_owned(), |(_, role)| role.clone());
        let mut child = home
            .command(binary)
            .args(["serve", "--role", &role])
            .env("DUNLIN_LISTEN", "127.0.0.1:0")
            .env("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET)
            .env("DUNLIN_API_KEYS", API_KEY)
            .envs(environment.iter().cloned())
            .envs(once.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let line = lines.next().expect("the server says where it listens").unwrap();
            log.lock().unwrap().push_str(&line);
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["message"] == "listening" {
                break line["address"].as_str().unwrap().parse().unwrap();
            }
        };
        keep_log(lines, &log);
        Self {
            child,
            address,
            log,
            binary,
            environment,
            home,
        }
    }

    /// Waits until the server has ended by itself, at most so long: has it?
    pub(crate) fn has_ended_within(&mut self, patience: Duration) -> bool {
        has_ended_within(&mut self.child, patience)
    }

    /// Kills the server without warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells the server to stop and waits for it: did it end well?
    pub(crate) fn terminate(&mut self) -> bool {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap().success()
    }

    /// Starts a server anew on what the last one left on the disk.
    pub(crate) fn restart(&mut self) {
        self.restart_with(&[]);
    }

    /// The same, with these variables for this once.
    pub(crate) fn restart_with(&mut self, once: &[(&str, &str)]) {
        let restarted = Self::start(self.binary, Arc::clone(&self.home), self.environment.clone(), once);
        drop(std::mem::replace(self, restarted));
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Delivers a body, signed as Stripe does.
    pub(crate) fn deliver(&self, body: &[u8]) -> Answer {
        self.deliver_as(&signature(body), body)
    }

    /// Delivers a body under this signature header.
    pub(crate) fn deliver_as(&self, header: &str, body: &[u8]) -> Answer {
        self.try_deliver(header, body).unwrap()
    }

    /// Delivers to a server that may be gone.
    pub(crate) fn try_deliver(&self, header: &str, body: &[u8]) -> Option<Answer> {
        deliver_to(self.address, header, body)
    }

    /// Makes an event and delivers it.
    pub(crate) fn trigger(&self, event: &str) -> Answer {
        self.deliver(&event_body(&Trigger::new(event)))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_as(Some(&format!("Bearer {API_KEY}")), path)
    }

    pub(crate) fn get_as(&self, authorization: Option<&str>, path: &str) -> Answer {
        let mut request = agent().get(format!("http://{}{path}", self.address));
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        answer(request.call().unwrap())
    }

    pub(crate) fn post(&self, path: &str) -> Answer {
        let request = agent().post(format!("http://{}{path}", self.address));
        answer(
            request
                .header("Authorization", format!("Bearer {API_KEY}"))
                .send_empty()
                .unwrap(),
        )
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        let request = agent().delete(format!("http://{}{path}", self.address));
        answer(request.header("Authorization", format!("Bearer {API_KEY}")).call().unwrap())
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        let request = agent().put(format!("http://{}{path}", self.address));
        let request = request
            .header("Authorization", format!("Bearer {API_KEY}"))
            .header("Content-Type", "application/json");
        answer(request.send(body.to_string()).unwrap())
    }

    /// Makes a tenant bound to this customer.
    pub(crate) fn bind(&self, tenant: &str, customer: &str) -> Answer {
        self.put(&format!("/api/v1/tenants/{tenant}"), &json!({"stripe_customer_id": customer}))
    }

    /// The tenant's status and why it has the access it has.
    pub(crate) fn status_and_reason(&self, tenant: &str) -> (Value, Value) {
        let shown = self.get(&format!("/api/v1/tenants/{tenant}")).body;
        let access = self.get(&format!("/api/v1/tenants/{tenant}/access")).body;
        (shown["subscription_status"].clone(), access["reason"]["code"].clone())
    }

    /// The kinds of notices owed to the tenant, in the order they were decided.
    pub(crate) fn notices(&self, tenant: &str) -> Vec<String> {
        let notices = self.get(&format!("/api/v1/notices?limit=200&tenant_id={tenant}")).body;
        let notices = notices["data"].as_array().unwrap().iter();
        notices.map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// What `dunlin audit` says, and whether it found everything right.
    pub(crate) fn audit(&self) -> (bool, String) {
        let output = self.run_beside("audit");
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    }

    /// Why `dunlin audit` does not even begin.
    pub(crate) fn audit_refused(&self) -> String {
        let output = self.run_beside("audit");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// The database it works on.
    pub(crate) fn database_url(&self) -> &str {
        &self.home.database_url
    }

    /// What `dunlin prune` says.
    pub(crate) fn prune(&self) -> String {
        let output = self.run_beside("prune");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// `dunlin` on the server's own database, with these variables.
    pub(crate) fn command_beside(&self, variables: &[(&str, &str)]) -> Command {
        let mut beside = self.home.command(dunlin());
        beside.envs(self.environment.iter().cloned()).envs(variables.iter().copied());
        beside
    }

    /// What `dunlin reconcile` says, asking there, and whether it came to its end.
    pub(crate) fn reconcile(&self, url: &str, arguments: &[&str]) -> (bool, String) {
        let mut command = self.command_beside(&[
            STRIPE_KEY,
            ("DUNLIN_STRIPE_API_URL", url),
            ("DUNLIN_STRIPE_LIVEMODE", "false"),
        ]);
        let output = command.arg("reconcile").args(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    /// Everything that a list of the API holds, page by page.
    pub(crate) fn all(&self, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}?limit=200{cursor}")).body;
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// A command on the server's own database.
    fn run_beside(&self, command: &str) -> std::process::Output {
        let mut beside = self.home.command(dunlin());
        beside.arg(command).envs(self.environment.iter().cloned());
        beside.output().unwrap()
    }

    /// How many events are in the inbox.
    pub(crate) fn count_events(&self) -> usize {
        let (mut count, mut cursor) = (0, String::new());
        loop {
            let page = self.get(&format!("/api/v1/events?limit=200{cursor}")).body;
            count += page["data"].as_array().unwrap().len();
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return count,
            }
        }
    }

    /// Takes a lock that every delivery needs, as another program might, until the result is dropped.
    pub(crate) fn hold_write_lock(&self) -> WriteLock {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connection = runtime.block_on(async {
            let mut connection = LockHolder::connect(&self.home.database_url).await;
            match &mut connection {
                LockHolder::Sqlite(connection) => sqlx::raw_sql("BEGIN IMMEDIATE").execute(connection).await.map(drop),
                LockHolder::Postgres(connection) => {
                    let lock = "BEGIN; LOCK TABLE stripe_event IN EXCLUSIVE MODE";
                    sqlx::raw_sql(lock).execute(connection).await.map(drop)
                }
            }
            .unwrap();
            connection
        });
        WriteLock {
            _connection: connection,
            _runtime: runtime,
        }
    }

    /// Speaks raw bytes to the server and reads until it closes or `patience` is over.
    pub(crate) fn speak(&self, bytes: &[u8], patience: Duration) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(patience)).unwrap();
        stream.write_all(bytes).unwrap();
        read_all(&mut stream)
    }
}

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

/// Adds what a process says to its log.
fn keep_log(lines: std::io::Lines<BufReader<ChildStderr>>, log: &Arc<Mutex<String>>) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            log.lock().unwrap().push_str(&line);
        }
    });
}

fn has_ended_within(child: &mut Child, patience: Duration) -> bool {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// An address that stays free while nobody listens there. One that the system gives out would not: a client that connects
/// to it while the server is down can be given that very port, and be connected to itself.
pub(crate) fn lasting_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 20_000).unwrap();
    let ports = std::iter::repeat_with(|| 10_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000);
    let mut addresses = ports.take(1_000).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    addresses
        .find(|address| TcpListener::bind(address).is_ok())
        .expect("one of a thousand ports is free")
}

/// A lock that another program holds.
pub(crate) struct WriteLock {
    _connection: LockHolder,
    _runtime: tokio::runtime::Runtime,
}

enum LockHolder {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl LockHolder {
    async fn connect(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            Self::Sqlite(sqlx::SqliteConnection::connect(url).await.unwrap())
        } else {
            Self::Postgres(sqlx::PgConnection::connect(url).await.unwrap())
        }
    }
}

/// A worker process.
pub(crate) struct Worker {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Worker {
    fn start(binary: &Path, home: &Home, variables: &[(&str, &str)]) -> Self {
        let mut child = home
            .command(binary)
            .args(["serve", "--role", "worker"])
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        keep_log(lines, &log);
        Self { child, log }
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Whether it was stopped by a signal (and not ended).
    pub(crate) fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        stat.rsplit(')').next().unwrap().trim_start().starts_with('T')
    }

    /// Lets it go on after it was stopped.
    pub(crate) fn wake(&self) {
        let told = Command::new("kill")
            .args(["-CONT", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success());
    }

    /// Waits until it has ended by itself, at most so long: has it?
    pub(crate) fn has_ended_within(&mut self, patience: Duration) -> bool {
        has_ended_within(&mut self.child, patience)
    }

    /// Kills it without warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What `dunlin serve` says when it will not run with these variables.
pub(crate) fn refuses_to_serve(variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path())
        .arg("serve")
        .env("DUNLIN_LISTEN", "127.0.0.1:0")
        .env("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET)
        .env("DUNLIN_API_KEYS", API_KEY)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

impl Drop for App {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// `dunlin` in this folder, with a clean environment.
pub(crate) fn command(folder: &Path) -> Command {
    command_of(dunlin(), folder)
}

fn command_of(binary: &Path, folder: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .current_dir(folder)
        .env_clear()
        .env("DUNLIN_DATABASE_URL", "sqlite://acceptance.db");
    command
}

pub(crate) fn read_all(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    // A read that times out or is reset ends the answer; what came before it counts.
    drop(stream.read_to_end(&mut read));
    String::from_utf8_lossy(&read).into_owned()
}

fn agent() -> ureq::Agent {
    static AGENT: OnceLock<ureq::Agent> = OnceLock::new();
    let agent = AGENT.get_or_init(|| ureq::Agent::config_builder().http_status_as_error(false).build().into());
    agent.clone()
}

pub(crate) fn deliver_to(address: SocketAddr, header: &str, body: &[u8]) -> Option<Answer> {
    let request = agent().post(format!("http://{address}/api/v1/stripe/webhook"));
    let request = request
        .header("Stripe-Signature", header)
        .header("Content-Type", "application/json; charset=utf-8");
    request.send(body).ok().map(answer)
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (content_type, retry_after) = (header("content-type").unwrap_or_default(), header("retry-after"));
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().unwrap_or_default();
    Answer {
        status,
        content_type,
        retry_after,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

/// The header that Stripe would send with this body now.
pub(crate) fn signature(body: &[u8]) -> String {
    sign(&Secret::parse(SECRET).unwrap(), body, now())
}

/// An event id nobody used before.
pub(crate) fn new_event_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("evt_test{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The body of a new event.
pub(crate) fn event_body(trigger: &Trigger) -> Vec<u8> {
    trigger.event_body(&new_event_id(), now()).unwrap()
}

/// The body of a new event, changed.
pub(crate) fn event_with(event: &str, customer: &str, subscription: &str, overrides: &[&str]) -> Vec<u8> {
    event_body(&trigger(event, customer, subscription, overrides))
}

/// An event to be made, changed.
pub(crate) fn trigger(event: &str, customer: &str, subscription: &str, overrides: &[&str]) -> Trigger {
    Trigger {
        customer: customer.to_owned(),
        subscription: subscription.to_owned(),
        overrides: overrides.iter().map(|text| text.parse().unwrap()).collect(),
        ..Trigger::new(event)
    }
}
