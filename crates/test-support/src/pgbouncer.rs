//! A real pooler before PostgreSQL: pgbouncer, which lends its few sessions by the transaction.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::postgres::{Cluster, keeper};
use crate::programs::installed;

/// A pooler. It ends when the process that started it does, however that ends, because its keeper reads from a pipe of
/// that process.
pub struct Pgbouncer {
    folder: PathBuf,
    _keeper: Child,
}

/// Runs the pooler, waits for the end of its input, and removes it all.
const KEEPER: &str = r#"
trap 'rm -rf "$FOLDER"' EXIT
cat >"$FOLDER/pgbouncer.ini" <<CONF
[databases]
* = host=$CLUSTER
[pgbouncer]
listen_addr =
listen_port = $PORT
unix_socket_dir = $FOLDER
auth_type = trust
auth_file = $FOLDER/users.txt
pool_mode = transaction
default_pool_size = $SESSIONS
max_client_conn = 300
logfile = $FOLDER/pgbouncer.log
CONF
echo '"dunlin" ""' >"$FOLDER/users.txt"
"$PROGRAM" --quiet "$FOLDER/pgbouncer.ini" &
cat >/dev/null
kill $!
wait
"#;

/// The port, which is part of a socket's name only.
const PORT: u16 = 6432;

impl Pgbouncer {
    /// Starts a pooler that lends this many sessions of each of the cluster's databases.
    pub fn start(cluster: &Cluster, sessions: u32) -> Self {
        Self::before(&cluster.folder().display().to_string(), sessions)
    }

    /// Starts a pooler that lends this many sessions of each database of this host, or `HOST port=PORT`.
    pub fn before(host: &str, sessions: u32) -> Self {
        let folder = tempfile::Builder::new().prefix("dunlin-pb-").tempdir().unwrap().keep();
        let keeping = keeper(&folder, KEEPER)
            .env("PROGRAM", installed("pgbouncer"))
            .env("CLUSTER", host)
            .env("PORT", PORT.to_string())
            .env("SESSIONS", sessions.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while UnixStream::connect(folder.join(format!(".s.PGSQL.{PORT}"))).is_err() {
            let log = || std::fs::read_to_string(folder.join("pgbouncer.log")).unwrap_or_default();
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "pgbouncer starts (is it missing? apt-get install pgbouncer): {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        Self {
            folder,
            _keeper: keeping,
        }
    }

    /// Returns the URL through it to the database of this URL.
    pub fn url(&self, direct: &str) -> String {
        let database = Cluster::database_of(direct);
        let socket = self.folder.display();
        format!("postgres://dunlin@localhost/{database}?host={socket}&port={PORT}&sslmode=disable")
    }
}
