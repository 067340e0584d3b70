//! A proxy to a database that can go silent: existing connections stay open and are never answered again, as after a
//! failover or behind a router that forgot its connections.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A proxy before a Unix socket. It lives as long as the test process.
pub struct Proxy {
    address: SocketAddr,
    /// The number of times that it went silent. A connection from before the last time is swallowed.
    silences: Arc<AtomicU64>,
    socket: Arc<Mutex<PathBuf>>,
}

impl Proxy {
    /// Starts a proxy before this socket.
    pub fn before(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let silences = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&silences);
        let socket = Arc::new(Mutex::new(socket));
        let present = Arc::clone(&socket);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let born = count.load(Ordering::SeqCst);
                let is_silent = {
                    let count = Arc::clone(&count);
                    move || count.load(Ordering::SeqCst) > born
                };
                pass_on(client.unwrap(), &present.lock().unwrap(), is_silent);
            }
        });
        Self {
            address,
            silences,
            socket,
        }
    }

    /// Stops answering the current connections.
    pub fn go_silent(&self) {
        self.silences.fetch_add(1, Ordering::SeqCst);
    }

    /// Leads to this socket from now on, and stops answering the current connections.
    pub fn lead_to(&self, socket: PathBuf) {
        *self.socket.lock().unwrap() = socket;
        self.go_silent();
    }

    /// Returns the URL through it to the database of this name.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://dunlin@{}/{database}?sslmode=disable", self.address)
    }
}

fn pass_on(client: TcpStream, socket: &Path, is_silent: impl Fn() -> bool + Clone + Send + 'static) {
    let server = UnixStream::connect(socket).unwrap();
    let (from_client, from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let silent = is_silent.clone();
    std::thread::spawn(move || copy(from_client, server, silent));
    std::thread::spawn(move || copy(from_server, client, is_silent));
}

/// Copies until the end, and passes that on to the other side. Once silent, it passes nothing on and keeps both sides
/// open.
fn copy(mut from: impl Read, mut to: impl Write, is_silent: impl Fn() -> bool) {
    let mut bytes = [0; 8192];
    loop {
        let read = from.read(&mut bytes).unwrap_or(0);
        if is_silent() {
            if read == 0 {
                std::mem::forget((from, to));
                return;
            }
        } else if read == 0 || to.write_all(&bytes[..read]).is_err() {
            return;
        }
    }
}
