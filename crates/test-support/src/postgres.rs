//! A private PostgreSQL: a throwaway cluster of the system's programs, on a Unix socket, which goes with the test
//! process.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A cluster. It ends when the process that started it does, however that ends, because its keeper reads from a pipe of
/// that process.
pub struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
    _keeper: Child,
}

/// The user who is asked for a password, once there is such a user.
pub const GUARDED: &str = "guarded";

/// Creates the cluster, serves it, waits for the end of its input, and removes it all.
const KEEPER: &str = r#"
set -e
trap 'rm -rf "$FOLDER"' EXIT
"$BIN/initdb" --pgdata "$FOLDER/data" --username dunlin --auth trust --encoding UTF8 --locale C.UTF-8 --no-sync >"$FOLDER/initdb.log" 2>&1
cat >>"$FOLDER/data/postgresql.conf" <<CONF
listen_addresses = ''
port = $PORT
unix_socket_directories = '$FOLDER'
fsync = $FSYNC
max_connections = 300
log_min_messages = fatal
CONF
sed -i "1i local all $GUARDED scram-sha-256" "$FOLDER/data/pg_hba.conf"
"$BIN/pg_ctl" start --wait --silent --pgdata "$FOLDER/data" --log "$FOLDER/postgres.log"
echo ready
cat >/dev/null
"$BIN/pg_ctl" stop --mode immediate --silent --pgdata "$FOLDER/data" || true
"#;

/// The port, which is part of a socket's name only.
const PORT: u16 = 5432;

/// Returns the cluster that this process's tests share.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    /// Starts a private cluster. It does not wait for the disk: only a crash of the machine would need that, and no
    /// test causes one.
    pub fn start() -> Self {
        Self::start_with("off")
    }

    /// Starts a cluster that waits for the disk at every commit, for benches.
    pub fn start_durable() -> Self {
        Self::start_with("on")
    }

    fn start_with(fsync: &str) -> Self {
        let bin = programs();
        let folder = tempfile::Builder::new().prefix("dunlin-pg-").tempdir().unwrap().keep();
        let mut keeping = keeper(&folder, KEEPER);
        keeping
            .env("BIN", &bin)
            .env("PORT", PORT.to_string())
            .env("FSYNC", fsync)
            .env("GUARDED", GUARDED);
        let (keeper, said) = start(&mut keeping);
        let log = || std::fs::read_to_string(folder.join("initdb.log")).unwrap_or_default();
        assert_eq!(said, "ready\n", "PostgreSQL starts: {}", log());
        Self {
            bin,
            folder,
            port: PORT,
            _keeper: keeper,
        }
    }

    /// Creates an empty database, and returns its URL.
    pub fn new_database(&self) -> String {
        self.new_database_from("template0")
    }

    /// Creates a copy of another database, to which nobody may be connected, and returns its URL.
    pub fn new_database_like(&self, url: &str) -> String {
        self.new_database_from(Self::database_of(url))
    }

    fn new_database_from(&self, template: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        self.url(&name)
    }

    /// Returns the id of the process that is the parent of all others of the cluster.
    pub fn postmaster(&self) -> i32 {
        let told = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        told.lines().next().unwrap().parse().unwrap()
    }

    /// Returns the log of the server.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("postgres.log")).unwrap()
    }

    /// Returns the name of the database in a URL of this cluster.
    pub fn database_of(url: &str) -> &str {
        let place = url.split_once('?').map_or(url, |(place, _)| place);
        place.rsplit('/').next().unwrap()
    }

    /// Returns the folder of its socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{}", self.port))
    }

    /// Returns the URL of a database of this name.
    pub fn url(&self, database: &str) -> String {
        let socket = self.folder.display();
        format!(
            "postgres://dunlin@localhost/{database}?host={socket}&port={}&sslmode=disable",
            self.port
        )
    }

    /// Runs SQL by psql.
    pub fn execute(&self, database: &str, sql: &str) {
        let done = Command::new(self.bin.join("psql"))
            .args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--command", sql])
            .arg(self.url(database))
            .output()
            .unwrap();
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Returns the size of a database, in MB.
    pub fn size_mb(&self, url: &str) -> f64 {
        let size = "SELECT pg_database_size(current_database()) / 1000000.0";
        let told = Command::new(self.bin.join("psql"))
            .args([
                "--quiet",
                "--no-psqlrc",
                "--tuples-only",
                "--no-align",
                "--command",
                size,
                url,
            ])
            .output()
            .unwrap();
        String::from_utf8(told.stdout).unwrap().trim().parse().unwrap()
    }

    /// Returns the transactions per second of this script in pgbench, with this many clients.
    pub fn pgbench(&self, schema: &Path, script: &Path, clients: &str, secs: &str) -> f64 {
        self.execute("postgres", &std::fs::read_to_string(schema).unwrap());
        let done = Command::new(self.bin.join("pgbench"))
            .args([
                "--no-vacuum",
                "--protocol=prepared",
                "--jobs=2",
                "--client",
                clients,
                "--time",
                secs,
                "--file",
            ])
            .arg(script)
            .arg(self.url("postgres"))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&done.stdout).into_owned();
        let tps = told
            .lines()
            .find_map(|line| line.strip_prefix("tps = "))
            .and_then(|rest| rest.split(' ').next());
        let tps = tps.unwrap_or_else(|| panic!("{told}{}", String::from_utf8_lossy(&done.stderr)));
        tps.parse().unwrap()
    }

    /// Restarts the server as if it had crashed: every connection breaks, and uncommitted work is lost.
    pub fn crash(&self) {
        let restarted = as_postgres(&self.folder)
            .arg(self.bin.join("pg_ctl"))
            .args(["restart", "--wait", "--silent", "--mode", "immediate", "--pgdata"])
            .arg(self.folder.join("data"))
            .arg("--log")
            .arg(self.folder.join("postgres.log"))
            .current_dir("/")
            .status();
        assert!(restarted.unwrap().success(), "PostgreSQL starts again");
    }
}

/// Makes a command that runs as a user whom PostgreSQL accepts. It refuses root: then the user is the one of its
/// package, and gets the folder.
pub(crate) fn as_postgres(folder: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if !is_root {
        return Command::new("env");
    }
    let given = Command::new("chown").arg("postgres").arg(folder).status().unwrap();
    assert!(given.success(), "PostgreSQL's package makes the user postgres");
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]);
    command
}

/// Makes a shell that runs this script as PostgreSQL's user.
pub(crate) fn keeper(folder: &Path, script: &str) -> Command {
    let mut keeper = as_postgres(folder);
    keeper.args(["sh", "-c", script]).current_dir("/").env("FOLDER", folder);
    keeper
}

/// Starts a keeper, which ends with this process. Returns it and the first line of its output.
pub fn start(keeper: &mut Command) -> (Child, String) {
    let mut child = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    (child, said)
}

/// Returns the folder of PostgreSQL's programs: of the newest version in Debian's packages, or on the path.
pub fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    places.sort_by_key(|place| {
        place
            .to_string_lossy()
            .split('/')
            .nth(4)
            .and_then(|version| version.parse::<u32>().ok())
    });
    let path = Command::new("pg_config").arg("--bindir").output();
    let path = path.ok().filter(|asked| asked.status.success());
    places.splice(
        0..0,
        path.map(|asked| PathBuf::from(String::from_utf8(asked.stdout).unwrap().trim())),
    );
    let newest = places
        .into_iter()
        .rev()
        .find(|place| place.join("initdb").exists() && place.join("psql").exists());
    newest.expect(
        "PostgreSQL is missing: apt-get install postgresql (its programs initdb, pg_ctl and psql are needed, no server need run)",
    )
}
