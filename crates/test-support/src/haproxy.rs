//! A real load balancer before several instances: haproxy, round robin, without sticky sessions.

use std::fmt::Write as _;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::programs::installed;

/// A balancer.
pub struct Haproxy {
    /// The address at which it listens.
    pub address: SocketAddr,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Haproxy {
    /// Spreads requests over these servers, as `docs/deploy/haproxy.cfg` does. A server that does not answer is left
    /// out until it does. A request whose connection was closed without a byte of an answer goes to another server.
    pub fn start(servers: &[SocketAddr]) -> Self {
        let address = crate::ports::lasting_address();
        let mut config = format!(
            "global\n  log stderr local0 emerg\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 60s\n  timeout \
             server 60s\n  option http-buffer-request\n  option redispatch 1\n  retries 2\n  retry-on conn-failure empty-response\nlisten dunlin\n  bind {address}\n  balance roundrobin\n"
        );
        for (nth, server) in servers.iter().enumerate() {
            writeln!(config, "  server s{nth} {server} check inter 200ms fall 1 rise 1").unwrap();
        }
        Self::with_config(&config, address)
    }

    /// Returns the path of the program.
    pub fn program() -> PathBuf {
        installed("haproxy")
    }

    /// Starts one with this configuration, which binds this address.
    pub fn with_config(config: &str, address: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("haproxy.cfg");
        std::fs::File::create(&path).unwrap().write_all(config.as_bytes()).unwrap();
        let child = Command::new(Self::program())
            .args(["-db", "-f"])
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("haproxy is missing: apt-get install haproxy");
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "haproxy starts");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self {
            address,
            child,
            _folder: folder,
        }
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
