//! Exim, as a mail server of its own with a configuration that is thrown away. It must be started by root.

use std::process::{Child, Command, Stdio};

use super::{free_port, wait_until_open};
use crate::support::binaries::installed;

/// The server. It is killed when it is dropped.
pub(crate) struct Exim {
    daemon: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Exim {
    /// A server for `local.test`, where there are `bo` and `admin`, and for these domains, where there is everybody. It relays
    /// nothing, and says so without enhanced status codes, as Exim does.
    pub(crate) fn start(domains: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let path = folder.path().display();
        let config = format!(
            "primary_hostname = exim.test\ndaemon_smtp_ports = {port}\nlocal_interfaces = 127.0.0.1\nspool_directory = {path}\n\
             log_file_path = {path}/%slog\nexim_user = root\nexim_group = root\nnever_users =\nsmtputf8_advertise_hosts = *\n\
             acl_smtp_rcpt = check\nacl_smtp_data = short\ndomainlist ours = local.test\ndomainlist all = {domains}\n\
             begin acl\ncheck:\n  accept domains = +ours\n         local_parts = bo : admin\n  accept domains = +all\n\
             \x20 deny domains = +ours\n       message = Unrouteable address\n  deny message = relay not permitted\n\
             short:\n  deny condition = ${{if >{{$max_received_linelength}}{{998}}}}\n       message = line is too long\n  accept\n\
             begin routers\nall:\n  driver = redirect\n  data = :blackhole:\n",
            domains = domains.join(" : ")
        );
        let file = folder.path().join("exim.conf");
        std::fs::write(&file, config).unwrap();
        let daemon = Command::new(installed("exim4"))
            .arg("-C")
            .arg(&file)
            .arg("-bdf")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Exim is missing: see tests/run");
        wait_until_open(port);
        Self { daemon, port, folder }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What it logged of mails so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("mainlog")).unwrap_or_default()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        drop(self.daemon.kill());
        drop(self.daemon.wait());
    }
}
