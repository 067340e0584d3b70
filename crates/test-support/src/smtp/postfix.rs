//! Postfix, as a mail server of its own with a throwaway configuration. It must be started by root.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{free_port, wait_until_open};
use crate::programs::installed;

/// The services that take a mail and throw it away.
const SERVICES: &str = "\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

/// The server. It is stopped when it is dropped.
pub struct Postfix {
    master: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Postfix {
    /// Starts a server for `local.test`, which has `bo` and `admin`. It relays nothing, and requires a full name in
    /// EHLO. `settings` override that.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_with_services(settings, "")
    }

    /// Starts a server that also takes mail for any address at `later.test`, finds that there is none, and sends it
    /// back. It pipes what comes to `acme.example` into this program, which runs as nobody.
    pub fn start_piping_to(program: &Path) -> Self {
        let services = format!(
            "local unix - n n - - local\nbounced unix - n n - - pipe flags=DO user=nobody argv={}\n",
            program.display()
        );
        Self::start_with_services(
            &[
                ("mydestination", "local.test, later.test, acme.example"),
                (
                    "local_recipient_maps",
                    "inline:{ bo=x, admin=x, @later.test=x, @acme.example=x }",
                ),
                ("transport_maps", "inline:{ later.test=local:, acme.example=bounced: }"),
            ],
            &services,
        )
    }

    fn start_with_services(settings: &[(&str, &str)], services: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        configure(folder.path(), port, settings, services);
        let master = Command::new(installed("postfix"))
            .arg("-c")
            .arg(folder.path().join("conf"))
            .arg("start-fg")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Postfix is missing: apt-get install postfix");
        wait_until_open(port);
        Self { master, port, folder }
    }

    /// Returns its URL, as the setting of the mail server.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Returns its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn configure(folder: &Path, port: u16, settings: &[(&str, &str)], services: &str) {
    for name in ["conf", "spool", "data"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    let path = folder.display();
    // Its processes run as a user of their own.
    open_to_all(folder);
    let owned = Command::new("chown")
        .arg("postfix")
        .arg(folder.join("data"))
        .status()
        .unwrap();
    assert!(owned.success(), "Postfix needs root");
    let mut main = format!(
        "compatibility_level = 3.6\nqueue_directory = {path}/spool\ndata_directory = {path}/data\ncommand_directory = /usr/sbin\n\
         daemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\nsetgid_group = postdrop\ninet_interfaces = 127.0.0.1\n\
         inet_protocols = ipv4\nmyhostname = postfix.test\nmydestination = local.test\nmynetworks =\n\
         local_recipient_maps = inline:{{ bo=x, admin=x }}\nlocal_transport = discard:\ndefault_transport = discard:\n\
         smtpd_relay_restrictions = reject_unauth_destination\nsmtpd_helo_required = yes\n\
         smtpd_helo_restrictions = reject_non_fqdn_helo_hostname\nalias_maps =\nmaillog_file = {path}/log\n\
         maillog_file_prefixes = {path}\n"
    );
    for (name, value) in settings {
        writeln!(main, "{name} = {value}").unwrap();
    }
    std::fs::write(folder.join("conf/main.cf"), main).unwrap();
    std::fs::write(
        folder.join("conf/master.cf"),
        format!("127.0.0.1:{port} inet n - n - - smtpd\n{SERVICES}{services}"),
    )
    .unwrap();
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let stopped = Command::new(installed("postfix"))
            .arg("-c")
            .arg(self.folder.path().join("conf"))
            .arg("abort")
            .stderr(Stdio::null())
            .status();
        drop(stopped);
        drop(self.master.wait());
    }
}
