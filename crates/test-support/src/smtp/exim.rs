//! Exim, as a mail server of its own with a throwaway configuration. It must be started by root.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use super::{free_port, wait_until_open};
use crate::programs::installed;

/// The server. It is killed when it is dropped.
pub struct Exim {
    daemon: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Exim {
    /// Starts a server for `local.test`, which has `bo` and `admin`, and for these domains, which have every address.
    /// It relays nothing, and says so without enhanced status codes, as Exim does.
    pub fn start(domains: &[&str]) -> Self {
        let routers = "all:\n  driver = redirect\n  data = :blackhole:\n";
        Self::start_with(domains, routers)
    }

    /// Starts a relay that takes mail for every address at `later.test` and passes it on to the server at this port. It
    /// sends back what it cannot pass on, and keeps what comes to `acme.example`: see [`Exim::mails`].
    pub fn start_relaying_to(port: u16) -> Self {
        let routing = format!(
            "kept:\n  driver = accept\n  domains = acme.example\n  transport = keep\non:\n  driver = manualroute\n  domains = later.test\n\
             \x20 route_list = * 127.0.0.1::{port}\n  transport = on\n  self = send\n\
             all:\n  driver = redirect\n  data = :blackhole:\n\
             begin transports\nkeep:\n  driver = appendfile\n  directory = $spool_directory/kept\n  maildir_format\n  user = nobody\n\
             on:\n  driver = smtp\n  user = nobody\n  hosts_try_fastopen =\n"
        );
        Self::start_with(&["later.test", "acme.example"], &routing)
    }

    fn start_with(domains: &[&str], routing: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // It delivers as an ordinary user.
        let kept = folder.path().join("kept");
        std::fs::create_dir(&kept).unwrap();
        for (path, mode) in [(folder.path(), 0o755), (&kept, 0o777)] {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        let port = free_port();
        let (path, program) = (folder.path().display(), installed("exim4"));
        let config = format!(
            "exim_path = {program}\nprimary_hostname = exim.test\ndaemon_smtp_ports = {port}\nlocal_interfaces = 127.0.0.1\nspool_directory = {path}\n\
             log_file_path = {path}/%slog\nexim_user = root\nexim_group = root\nnever_users =\nsmtputf8_advertise_hosts = *\n\
             acl_smtp_rcpt = check\nacl_smtp_data = short\ndomainlist ours = local.test\ndomainlist all = {domains}\n\
             begin acl\ncheck:\n  accept domains = +ours\n         local_parts = bo : admin\n  accept domains = +all\n\
             \x20 deny domains = +ours\n       message = Unrouteable address\n  deny message = relay not permitted\n\
             short:\n  deny condition = ${{if >{{$max_received_linelength}}{{998}}}}\n       message = line is too long\n  accept\n\
             begin routers\n{routing}",
            program = program.display(),
            domains = domains.join(" : ")
        );
        let file = folder.path().join("exim.conf");
        std::fs::write(&file, config).unwrap();
        let daemon = Command::new(&program)
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

    /// Returns the mails that it kept.
    pub fn mails(&self) -> Vec<String> {
        let kept = std::fs::read_dir(self.folder.path().join("kept/new"));
        let files = kept.into_iter().flatten().map(|entry| entry.unwrap().path());
        files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }

    /// Returns its URL, as the setting of the mail server.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Returns its log of mails so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("mainlog")).unwrap_or_default()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        drop(self.daemon.kill());
        drop(self.daemon.wait());
    }
}
