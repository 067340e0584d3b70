//! A PostgreSQL that fails over: two servers under Patroni, etcd, which elects their leader, and haproxy, which leads
//! to it.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::ports::lasting_address;
use crate::postgres::{keeper, programs, start};
use crate::programs::installed;

/// Two servers. They end when the process that started them does, because their keeper reads from a pipe of that
/// process.
pub struct Patroni {
    folder: PathBuf,
    members: [Member; 2],
    address: SocketAddr,
    _keeper: Child,
}

struct Member {
    name: &'static str,
    api: SocketAddr,
    postgres: SocketAddr,
}

/// Runs everything, waits for the end of its input, and removes it all.
const KEEPER: &str = r#"
trap 'rm -rf "$FOLDER"' EXIT
cd "$FOLDER"
etcd --name one --data-dir etcd --log-level error \
    --listen-client-urls "http://$ETCD" --advertise-client-urls "http://$ETCD" \
    --listen-peer-urls "http://$PEER" --initial-advertise-peer-urls "http://$PEER" --initial-cluster "one=http://$PEER" >etcd.log 2>&1 &
all=$!
for server in red blue; do
    patroni "$server.yml" >"$server.log" 2>&1 &
    echo $! >"$server.pid"
    all="$all $!"
done
"$HAPROXY" -db -f haproxy.cfg >haproxy.log 2>&1 &
all="$all $!"
echo ready
cat >/dev/null
kill $all 2>/dev/null
sleep 1
for server in red blue; do
    "$BIN/pg_ctl" stop --mode immediate --silent --pgdata "$server" >/dev/null 2>&1
done
"#;

const PATIENCE: Duration = Duration::from_mins(1);

impl Patroni {
    /// Starts both, the second as the first's synchronous standby.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("dunlin-ha-").tempdir().unwrap().keep();
        let (etcd, peer, address) = (lasting_address(), lasting_address(), lasting_address());
        let member = |name| Member {
            name,
            api: lasting_address(),
            postgres: lasting_address(),
        };
        let members = ["red", "blue"].map(member);
        for member in &members {
            std::fs::write(
                folder.join(format!("{}.yml", member.name)),
                member.settings(&folder, etcd).to_string(),
            )
            .unwrap();
        }
        std::fs::write(folder.join("haproxy.cfg"), balancer(address, &members)).unwrap();
        let mut keeping = keeper(&folder, KEEPER);
        keeping
            .env("BIN", programs())
            .env("ETCD", etcd.to_string())
            .env("PEER", peer.to_string())
            .env("HAPROXY", installed("haproxy"));
        let (keeper, said) = start(&mut keeping);
        assert_eq!(said, "ready\n", "its keeper starts");
        let cluster = Self {
            folder,
            members,
            address,
            _keeper: keeper,
        };
        cluster.wait_until_whole();
        cluster
    }

    /// Returns the URL of whichever leads.
    pub fn url(&self) -> String {
        format!("postgres://dunlin@{}/postgres?sslmode=disable", self.address)
    }

    /// Returns the address of whichever leads, for a pooler.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the other one the leader, in good order.
    pub fn switch_over(&self) {
        let (leader, other) = self.roles();
        let wanted = serde_json::json!({"leader": leader.name, "candidate": other.name});
        let answer = ureq::post(format!("http://{}/switchover", leader.api)).send(wanted.to_string());
        assert!(answer.is_ok(), "{answer:?}: {}", self.log());
        self.wait_for("the other leads", || self.roles().0.name == other.name);
    }

    /// Crashes the leader's machine as far as possible: the server and its Patroni are killed and stay so. If one came
    /// back before it had heard of the other, it would lead beside it, which only a watchdog rules out.
    pub fn crash_leader(&self) {
        let (leader, other) = self.roles();
        let patroni = std::fs::read_to_string(self.folder.join(format!("{}.pid", leader.name))).unwrap();
        let postmaster = std::fs::read_to_string(self.folder.join(leader.name).join("postmaster.pid")).unwrap();
        for pid in [patroni.trim(), postmaster.lines().next().unwrap()] {
            let killed = Command::new("kill").args(["-KILL", pid]).status().unwrap();
            assert!(killed.success(), "{pid}");
        }
        self.wait_for("the other leads", || other.leads());
    }

    /// Waits until one leads and the other follows it synchronously.
    pub fn wait_until_whole(&self) {
        self.wait_for("one leads and the other follows", || {
            let is = |path: &str| self.members.iter().filter(|member| member.says(path)).count();
            is("primary") == 1 && is("synchronous") == 1
        });
    }

    fn roles(&self) -> (&Member, &Member) {
        let [red, blue] = &self.members;
        if red.leads() { (red, blue) } else { (blue, red) }
    }

    fn wait_for(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "{what}: {}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn log(&self) -> String {
        let logs = ["etcd", "red", "blue", "haproxy"];
        let read = |log| std::fs::read_to_string(self.folder.join(format!("{log}.log"))).unwrap_or_default();
        let last = logs.map(|log| {
            let text = read(log);
            let lines: Vec<&str> = text.lines().rev().take(8).collect();
            format!("{log}:\n{}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        });
        last.join("\n")
    }
}

impl Member {
    fn leads(&self) -> bool {
        self.says("primary")
    }

    fn says(&self, path: &str) -> bool {
        let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2)));
        let agent: ureq::Agent = config.build().into();
        agent.get(format!("http://{}/{path}", self.api)).call().is_ok()
    }

    fn settings(&self, folder: &Path, etcd: SocketAddr) -> Value {
        serde_json::json!({
            "scope": "dunlin",
            "name": self.name,
            "restapi": {"listen": self.api.to_string(), "connect_address": self.api.to_string()},
            "etcd3": {"host": etcd.to_string()},
            "bootstrap": {
                "dcs": {
                    "ttl": 20, "loop_wait": 1, "retry_timeout": 5, "synchronous_mode": true,
                    "postgresql": {
                        "use_pg_rewind": true,
                        "parameters": {"fsync": "off", "wal_log_hints": "on", "wal_keep_size": "256MB", "max_connections": 60, "unix_socket_directories": folder},
                    },
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, {"auth": "trust"}, "no-sync"],
                "pg_hba": ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"],
            },
            "postgresql": {
                "listen": self.postgres.to_string(),
                "connect_address": self.postgres.to_string(),
                "data_dir": folder.join(self.name),
                "bin_dir": programs(),
                "pgpass": folder.join(format!("{}.pgpass", self.name)),
                "authentication": {
                    "superuser": {"username": "dunlin", "password": "none"},
                    "replication": {"username": "dunlin", "password": "none"},
                    "rewind": {"username": "dunlin", "password": "none"},
                },
            },
        })
    }
}

fn balancer(address: SocketAddr, members: &[Member]) -> String {
    let mut servers = String::new();
    for member in members {
        let Member { name, api, postgres } = member;
        writeln!(servers, "  server {name} {postgres} check port {}", api.port()).unwrap();
    }
    format!(
        "global\n  log stderr local0 emerg\ndefaults\n  mode tcp\n  timeout connect 1s\n  timeout check 3s\n  timeout client 1h\n  timeout server 1h\n\
         listen leader\n  bind {address}\n  option httpchk OPTIONS /primary\n  http-check expect status 200\n  \
         default-server inter 300ms fall 1 rise 1 on-marked-down shutdown-sessions\n{servers}"
    )
}
