//! SMTP over lettre's connections, with the conversation split where certainty ends.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use tokio::sync::Mutex;
use url::{Host, Url};

use super::{RecipientReply, Rejected, SendError, Transcript, TransportOptions};

mod connection;

use connection::{Connection, Failure, within};

/// An SMTP server, with its open idle connections.
pub struct SmtpTransport {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    ehlo_name: Option<String>,
    transcript: Option<Transcript>,
    command_timeout: Duration,
    idle: Mutex<Vec<Connection>>,
}

/// The encryption of a connection.
enum Tls {
    /// None.
    None,
    /// TLS from the first byte (`smtps://`).
    Wrapped(Box<TlsParameters>),
    /// STARTTLS, and no mail without it (`?tls=required`).
    Required(Box<TlsParameters>),
    /// STARTTLS if the server offers it (`?tls=opportunistic`).
    Opportunistic(Box<TlsParameters>),
}

/// Leaves out the password.
impl fmt::Debug for SmtpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SmtpTransport");
        shown
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// The reason why an SMTP URL cannot be used. The URL itself is not shown, because it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum SmtpUrlError {
    /// The text is not a URL with a host.
    #[error("the SMTP URL is not one: write smtp://host:port or smtps://user:password@host")]
    NotAUrl,
    /// `tls` has an unknown value.
    #[error("tls in the SMTP URL is `required` or `opportunistic`")]
    UnknownTls,
    /// The password would travel unencrypted.
    #[error("the SMTP URL has a password and no encryption: use smtps://, or add ?tls=required")]
    PasswordInTheClear,
    /// The user or password is not text.
    #[error("the user or password in the SMTP URL is not percent-encoded UTF-8")]
    NotText,
    /// The authority's certificates cannot be used.
    #[error("the certificates of the SMTP server's authority cannot be used")]
    Tls(#[source] Error),
}

/// The most idle connections kept.
const MAX_IDLE: usize = 4;

impl SmtpTransport {
    /// Parses an `smtp://` or `smtps://` URL. Its parameters are those of lettre's own URLs.
    ///
    /// # Errors
    /// [`SmtpUrlError`].
    pub fn parse(url: &str, options: &TransportOptions) -> Result<Self, SmtpUrlError> {
        let url = Url::parse(url).map_err(|_not_shown| SmtpUrlError::NotAUrl)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SmtpUrlError::NotAUrl)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let tls = tls_of(&url, &host, options)?;
        let credentials = credentials_of(&url)?;
        if credentials.is_some() && matches!(tls, Tls::None | Tls::Opportunistic(_)) && !is_loopback(&url) {
            return Err(SmtpUrlError::PasswordInTheClear);
        }
        let default_port = match (&tls, &credentials) {
            (Tls::Wrapped(_), _) => 465,
            (Tls::None | Tls::Opportunistic(_), None) => 25,
            _ => 587,
        };
        Ok(Self {
            host,
            port: url.port().unwrap_or(default_port),
            tls,
            credentials,
            ehlo_name: options.ehlo_name.clone(),
            transcript: options.transcript.clone(),
            command_timeout: options.command_timeout,
            idle: Mutex::new(Vec::new()),
        })
    }

    pub(super) async fn begin(&self, from: &Address, is_international: bool) -> Result<SmtpTransaction<'_>, SendError> {
        let mut connection = self.connection().await?;
        let mut parameters = Vec::new();
        if (is_international || !from.to_string().is_ascii()) && connection.supports(Extension::SmtpUtfEight) {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        connection
            .command(Mail::new(Some(from.clone()), parameters), "MAIL FROM")
            .await
            .map_err(Failure::of_us)?;
        Ok(SmtpTransaction {
            transport: self,
            connection,
        })
    }

    /// Returns an idle connection that still answers, or a new one.
    async fn connection(&self) -> Result<Connection, SendError> {
        loop {
            let idle = self.idle.lock().await.pop();
            let Some(mut connection) = idle else {
                return self.connect().await.map_err(Failure::of_us);
            };
            if connection.command(Rset, "RSET").await.is_ok() {
                return Ok(connection);
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let name = self.own_name().await;
        let wrapped = match &self.tls {
            Tls::Wrapped(parameters) => Some((**parameters).clone()),
            Tls::None | Tls::Required(_) | Tls::Opportunistic(_) => None,
        };
        let server = (self.host.as_str(), self.port);
        self.note(format!("connecting to {}:{}, as {name}", self.host, self.port));
        let connecting = AsyncSmtpConnection::connect_tokio1(server, Some(self.command_timeout), &name, wrapped, None);
        let greeted = within(self.command_timeout, "greeting", connecting).await;
        let mut connection = Connection {
            smtp: self.noted("connected", greeted)?,
            transcript: self.transcript.clone(),
            command_timeout: self.command_timeout,
        };
        self.encrypt(&mut connection, &name).await?;
        if let Some(credentials) = &self.credentials {
            let authenticating = connection.smtp.auth(DEFAULT_MECHANISMS, credentials);
            let authenticated = within(self.command_timeout, "AUTH", authenticating).await;
            self.noted("authenticated", authenticated)?;
        }
        self.note(format!("the server is {}", connection.smtp.server_info().name()));
        Ok(connection)
    }

    /// Returns the name for EHLO (RFC 5321, section 4.1.4): the configured one, or the machine's if it is fully
    /// qualified, or else the address. Servers refuse a name without a domain, such as a container's.
    async fn own_name(&self) -> ClientId {
        if let Some(name) = &self.ehlo_name {
            return ClientId::Domain(name.clone());
        }
        match ClientId::default() {
            ClientId::Domain(name) if !name.contains('.') => self.own_address().await.unwrap_or(ClientId::Domain(name)),
            name => name,
        }
    }

    /// Returns the local address from which the server is reached. Connecting a UDP socket sends nothing.
    async fn own_address(&self) -> Option<ClientId> {
        let server = tokio::net::lookup_host((self.host.as_str(), self.port)).await.ok()?.next()?;
        let from: IpAddr = if server.is_ipv4() {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        };
        let socket = tokio::net::UdpSocket::bind((from, 0)).await.ok()?;
        socket.connect(server).await.ok()?;
        match socket.local_addr().ok()?.ip() {
            IpAddr::V4(address) => Some(ClientId::Ipv4(address)),
            IpAddr::V6(address) => Some(ClientId::Ipv6(address)),
        }
    }

    async fn encrypt(&self, connection: &mut Connection, name: &ClientId) -> Result<(), Failure> {
        let parameters = match &self.tls {
            Tls::Required(parameters) => parameters,
            Tls::Opportunistic(parameters) if connection.smtp.can_starttls() => parameters,
            Tls::None | Tls::Wrapped(_) | Tls::Opportunistic(_) => return Ok(()),
        };
        let encrypting = connection.smtp.starttls((**parameters).clone(), name);
        let encrypted = within(self.command_timeout, "STARTTLS", encrypting).await;
        self.noted("encrypted", encrypted)
    }

    fn note(&self, line: String) {
        if let Some(transcript) = &self.transcript {
            transcript.note(line);
        }
    }

    /// Notes the end of a step: done, or the failure.
    fn noted<T>(&self, done: &str, ended: Result<T, Failure>) -> Result<T, Failure> {
        match &ended {
            Ok(_) => self.note(done.to_owned()),
            Err(failure) => self.note(format!("< {failure}")),
        }
        ended
    }

    async fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().await;
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
    }
}

fn tls_of(url: &Url, host: &str, options: &TransportOptions) -> Result<Tls, SmtpUrlError> {
    let parameters = || {
        let mut builder = TlsParameters::builder(host.to_owned());
        if let Some(pem) = &options.ca_pem {
            builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(SmtpUrlError::Tls)?);
        }
        builder.build_rustls().map(Box::new).map_err(SmtpUrlError::Tls)
    };
    let asked = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value);
    match (url.scheme(), asked.as_deref()) {
        ("smtps", None) => parameters().map(Tls::Wrapped),
        (_, Some("required")) => parameters().map(Tls::Required),
        (_, Some("opportunistic")) => parameters().map(Tls::Opportunistic),
        (_, None) => Ok(Tls::None),
        (_, Some(_)) => Err(SmtpUrlError::UnknownTls),
    }
}

fn credentials_of(url: &Url) -> Result<Option<Credentials>, SmtpUrlError> {
    let decoded = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        decoded.map(String::from).map_err(|_not_shown| SmtpUrlError::NotText)
    };
    let (user, password) = (decoded(url.username())?, decoded(url.password().unwrap_or_default())?);
    Ok((!user.is_empty()).then(|| Credentials::new(user, password)))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A mail transaction with an SMTP server.
#[derive(Debug)]
pub struct SmtpTransaction<'a> {
    transport: &'a SmtpTransport,
    connection: Connection,
}

impl<'a> SmtpTransaction<'a> {
    pub(super) async fn recipient(&mut self, to: &Address) -> Result<RecipientReply, SendError> {
        if !to.to_string().is_ascii() && !self.connection.supports(Extension::SmtpUtfEight) {
            let told = "the mail server takes ASCII addresses only: it does not offer SMTPUTF8";
            return Ok(RecipientReply::Refused(told.to_owned()));
        }
        match self.connection.command(Rcpt::new(to.clone(), Vec::new()), "RCPT TO").await {
            Ok(()) => Ok(RecipientReply::Accepted),
            Err(Failure::Transient(reply)) => Ok(RecipientReply::Deferred(reply)),
            Err(Failure::Permanent(refusal)) if refusal.is_about_address() => Ok(RecipientReply::Rejected(Rejected {
                reply: refusal.to_string(),
                is_enhanced: refusal.is_enhanced(),
            })),
            Err(Failure::Permanent(refusal)) => Ok(RecipientReply::Refused(refusal.to_string())),
            Err(broken @ Failure::Broken(_)) => Err(broken.of_us()),
        }
    }

    pub(super) async fn start_data(mut self) -> Result<SmtpDataTransfer<'a>, SendError> {
        match self.connection.command(Data, "DATA").await {
            Ok(()) => Ok(SmtpDataTransfer {
                transport: self.transport,
                connection: self.connection,
            }),
            Err(failure) => Err(failure.of_us()),
        }
    }

    pub(super) async fn cancel(self) {
        self.transport.keep(self.connection).await;
    }
}

/// An SMTP server that waits for the letter.
#[derive(Debug)]
pub struct SmtpDataTransfer<'a> {
    transport: &'a SmtpTransport,
    connection: Connection,
}

impl SmtpDataTransfer<'_> {
    pub(super) async fn transmit(mut self, message: &[u8], patience: Duration) -> Result<(), SendError> {
        let answered = within(patience, "confirmation", self.connection.smtp.message(message)).await;
        self.connection.note(&format!("({} bytes)", message.len()), &answered);
        match answered {
            Ok(_confirmed) => {
                self.transport.keep(self.connection).await;
                Ok(())
            }
            Err(Failure::Broken(told)) => Err(SendError::Unknown(told)),
            Err(failure) => Err(failure.of_us()),
        }
    }
}
