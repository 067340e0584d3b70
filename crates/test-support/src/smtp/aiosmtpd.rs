//! aiosmtpd, a well-kept SMTP server, as a process of its own: with STARTTLS and AUTH.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Takes mail over STARTTLS from clients with the password, and writes it to a folder.
const SCRIPT: &str = r#"
import os, ssl, sys, time
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

folder, user, password = sys.argv[1:4]

class Folder:
    count = 0
    async def handle_DATA(self, server, session, envelope):
        Folder.count += 1
        path = os.path.join(folder, f"{Folder.count:03}.part")
        with open(path, "wb") as file:
            file.write(envelope.content)
        os.rename(path, path[:-4] + "eml")
        return "250 OK"

def authenticate(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and data.login == user.encode() and data.password == password.encode()
    return AuthResult(success=known)

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
controller = Controller(Folder(), hostname="127.0.0.1", port=int(sys.argv[4]), tls_context=context, require_starttls=True,
                        authenticator=authenticate, auth_required=True)
controller.start()
print("ready", flush=True)
time.sleep(3600)
"#;

/// The server. It is killed when it is dropped.
pub struct Aiosmtpd {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Aiosmtpd {
    /// Starts a server for this user, with a self-signed certificate for `localhost`.
    pub fn start(user: &str, password: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path());
        let port = super::free_port();
        let mut child = Command::new(python())
            .args(["-c", SCRIPT])
            .arg(folder.path())
            .args([user, password, &port.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { child, port, folder }
    }

    /// Returns its port on localhost.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the path of the certificate to trust.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// Waits for this many mails, and returns all that it took.
    pub fn wait_for(&self, count: usize, patience: Duration) -> Vec<Vec<u8>> {
        let began = Instant::now();
        loop {
            let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
                .collect();
            if files.len() >= count {
                files.sort();
                return files.iter().map(|path| std::fs::read(path).unwrap()).collect();
            }
            assert!(began.elapsed() < patience, "{} of {count} mails came", files.len());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Returns a Python that has aiosmtpd: preferably the system's own.
fn python() -> &'static str {
    let has_it = |python: &&str| {
        let tried = Command::new(python)
            .args(["-c", "import aiosmtpd"])
            .stderr(Stdio::null())
            .status();
        tried.is_ok_and(|status| status.success())
    };
    let found = ["/usr/bin/python3", "python3"].into_iter().find(has_it);
    found.expect("aiosmtpd is missing: apt-get install python3-aiosmtpd")
}

fn certify(folder: &Path) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("cert.pem"))
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success(), "openssl makes a certificate");
}

impl Drop for Aiosmtpd {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
