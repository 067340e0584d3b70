//! The transports that carry a letter: an SMTP server, or a folder of `.eml` files.
//!
//! The handover is split where certainty ends. Before [`MailTransaction::start_data`] answers, the other side cannot
//! have taken the letter, whatever breaks. From [`DataTransfer::transmit`] on it may have. Between the two, the sender
//! can record that the outcome is unknown from now on.

mod folder;
mod refusal;
mod smtp;
mod transcript;

use std::time::Duration;

use lettre::Address;

pub use folder::{FolderTransport, StoredMail, StoredMailError};
pub use smtp::{SmtpTransport, SmtpUrlError};
pub use transcript::Transcript;

/// The destination of letters.
#[derive(Debug)]
pub enum Transport {
    /// An SMTP server.
    Smtp(SmtpTransport),
    /// A folder.
    Folder(FolderTransport),
}

/// The settings of a connection to an SMTP server, in addition to its URL.
#[derive(Clone, Debug, Default)]
pub struct TransportOptions {
    /// PEM certificates of an authority to trust in addition to the public ones.
    pub ca_pem: Option<Vec<u8>>,
    /// The name in EHLO. Without it the machine's name is used, or its address.
    pub ehlo_name: Option<String>,
    /// The transcript to write the conversation to, if any.
    pub transcript: Option<Transcript>,
    /// The longest wait for the answer to a command.
    pub command_timeout: Duration,
}

/// The reason why the configured transport cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The URL's scheme is not one of a known transport.
    #[error("mail goes to smtp://, smtps:// or file:FOLDER, not to {scheme:?}")]
    UnknownScheme {
        /// The part before the colon.
        scheme: String,
    },
    /// The SMTP URL cannot be used.
    #[error(transparent)]
    Smtp(#[from] SmtpUrlError),
}

/// The reason why a letter may not have been handed over. Each variant says whether trying again helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nothing was handed over. A later attempt may succeed.
    #[error("{0}")]
    Later(String),
    /// Nothing was handed over: the server permanently refuses Dunlin, or what it sends. An attempt succeeds only after
    /// somebody changes something on either side. No recipient is to blame.
    #[error("{0}")]
    Refused(String),
    /// The letter may or may not have been handed over.
    #[error("{0}")]
    Unknown(String),
}

/// The server's reply to a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientReply {
    /// The server will take the letter for the recipient.
    Accepted,
    /// The server defers the recipient, in these words.
    Deferred(String),
    /// The server permanently rejects the address.
    Rejected(Rejected),
    /// The server refuses for a reason other than the address, in these words.
    Refused(String),
}

/// A refusal that is about the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The reply in the server's words.
    pub reply: String,
    /// An enhanced status code says so (RFC 3463). Without one, the same words may be about Dunlin.
    pub is_enhanced: bool,
}

impl Transport {
    /// Parses the URL of a transport: `smtp://host:25`, `smtps://user:password@host`,
    /// `smtp://user:password@host:587?tls=required`, `file:folder`.
    ///
    /// # Errors
    /// [`TransportError`] says what is wrong with the URL without showing it, because it may hold a password.
    pub fn parse(url: &str, options: &TransportOptions) -> Result<Self, TransportError> {
        if let Some(folder) = FolderTransport::parse(url) {
            return Ok(Self::Folder(folder));
        }
        let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
        match scheme {
            "smtp" | "smtps" => Ok(Self::Smtp(SmtpTransport::parse(url, options)?)),
            _ => Err(TransportError::UnknownScheme {
                scheme: scheme.to_owned(),
            }),
        }
    }

    /// Begins a mail transaction for a letter from this sender (RFC 5321, section 3.3). The connection is greeted and,
    /// where configured, encrypted and authenticated.
    /// `is_international` is true if the part before the @ of a recipient is not ASCII (RFC 6531).
    ///
    /// # Errors
    /// [`SendError::Later`] or [`SendError::Refused`].
    pub async fn begin(&self, from: &Address, is_international: bool) -> Result<MailTransaction<'_>, SendError> {
        match self {
            Self::Smtp(smtp) => smtp
                .begin(from, is_international)
                .await
                .map(|transaction| MailTransaction::Smtp(Box::new(transaction))),
            Self::Folder(folder) => Ok(MailTransaction::Folder(folder)),
        }
    }
}

/// A mail transaction whose recipients are being named.
#[derive(Debug)]
#[must_use]
pub enum MailTransaction<'a> {
    /// A transaction with an SMTP server.
    Smtp(Box<smtp::SmtpTransaction<'a>>),
    /// A transaction with a folder, which takes everything.
    Folder(&'a FolderTransport),
}

impl<'a> MailTransaction<'a> {
    /// Names a recipient.
    ///
    /// # Errors
    /// [`SendError::Later`] if the conversation broke.
    pub async fn recipient(&mut self, to: &Address) -> Result<RecipientReply, SendError> {
        match self {
            Self::Smtp(transaction) => transaction.recipient(to).await,
            Self::Folder(_) => Ok(RecipientReply::Accepted),
        }
    }

    /// Asks to transmit. Afterwards the other side waits for the letter and has nothing of it yet.
    ///
    /// # Errors
    /// [`SendError::Later`] or [`SendError::Refused`].
    pub async fn start_data(self) -> Result<DataTransfer<'a>, SendError> {
        match self {
            Self::Smtp(transaction) => transaction.start_data().await.map(|data| DataTransfer::Smtp(Box::new(data))),
            Self::Folder(folder) => Ok(DataTransfer::Folder(folder)),
        }
    }

    /// Ends the transaction without a letter, because there is nobody to send it to.
    pub async fn cancel(self) {
        match self {
            Self::Smtp(transaction) => transaction.cancel().await,
            Self::Folder(_) => {}
        }
    }
}

/// The transfer of the letter, for which the other side waits.
#[derive(Debug)]
#[must_use]
pub enum DataTransfer<'a> {
    /// An SMTP server, after its 354 reply.
    Smtp(Box<smtp::SmtpDataTransfer<'a>>),
    /// A folder.
    Folder(&'a FolderTransport),
}

impl DataTransfer<'_> {
    /// Hands the letter over and waits at most `patience` for the confirmation.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn transmit(self, message: &[u8], message_id: &str, patience: Duration) -> Result<(), SendError> {
        match self {
            Self::Smtp(data) => data.transmit(message, patience).await,
            Self::Folder(folder) => folder.store(message, message_id).await,
        }
    }

    /// Hands nothing over after all. SMTP has no polite way back from here: the connection is dropped, and the server
    /// discards what it has.
    pub fn abandon(self) {
        drop(self);
    }
}
