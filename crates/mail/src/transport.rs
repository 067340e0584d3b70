//! The transports that carry a letter: an SMTP server, or a folder of `.eml` files.
//!
//! Handing over is split where certainty ends. Until [`Offer::open`] has answered nothing can have been taken by the other
//! side, whatever breaks; from [`Open::transmit`] on it may have been. Whoever sends can so note, between the two, that from
//! now on it is not known.

mod folder;
mod refusal;
mod smtp;
mod transcript;

use std::time::Duration;

use lettre::Address;

pub use folder::{FolderTransport, StoredMail, StoredMailError};
pub use smtp::{SmtpTransport, SmtpUrlError};
pub use transcript::Transcript;

/// Where letters go.
#[derive(Debug)]
pub enum Transport {
    /// To an SMTP server.
    Smtp(SmtpTransport),
    /// Into a folder.
    Folder(FolderTransport),
}

/// How to reach an SMTP server, beside its URL.
#[derive(Clone, Debug, Default)]
pub struct TransportOptions {
    /// PEM certificates of an authority to trust beside the public ones.
    pub ca_pem: Option<Vec<u8>>,
    /// The name by which we greet the server; without it the machine's, or its address.
    pub ehlo_name: Option<String>,
    /// Where the conversation is written down, if anybody wants to read it.
    pub transcript: Option<Transcript>,
    /// How long to wait for the answer to a command.
    pub command_timeout: Duration,
}

/// Why the configured transport cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// It is not a URL of a transport we know.
    #[error("mail goes to smtp://, smtps:// or file:FOLDER, not to {scheme:?}")]
    UnknownScheme {
        /// The part before the colon.
        scheme: String,
    },
    /// The SMTP URL cannot be used.
    #[error(transparent)]
    Smtp(#[from] SmtpUrlError),
}

/// Why a letter was not handed over for sure. Each says whether trying again is of use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nothing was handed over. Another time it may work.
    #[error("{0}")]
    Later(String),
    /// Nothing was handed over: the server refuses us, or what we send, for good. It works once somebody has changed something,
    /// there or here; no recipient is to blame.
    #[error("{0}")]
    Refused(String),
    /// It may or may not have been handed over.
    #[error("{0}")]
    Unknown(String),
}

/// What the server says to a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientReply {
    /// It will take the letter for them.
    Accepted,
    /// Not now; in the server's words.
    Deferred(String),
    /// Never, for mail to this address is of no use.
    Rejected(Rejected),
    /// No, for a reason that is not the address; in the server's words.
    Refused(String),
}

/// A refusal that speaks of the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The server's words.
    pub reply: String,
    /// An enhanced status code says so (RFC 3463). Without one the same words may mean us.
    pub is_enhanced: bool,
}

impl Transport {
    /// The transport at `url`: `smtp://host:25`, `smtps://user:password@host`, `smtp://user:password@host:587?tls=required`,
    /// `file:folder`.
    ///
    /// # Errors
    /// [`TransportError`] says what is wrong with the URL, without showing it: it may hold a password.
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

    /// Offers a letter from this sender: connected, greeted and, where that is asked for, encrypted and authenticated.
    /// `is_international`: the part before the @ of a recipient is not ASCII (RFC 6531).
    ///
    /// # Errors
    /// [`SendError::Later`] or [`SendError::Refused`].
    pub async fn offer(&self, from: &Address, is_international: bool) -> Result<Offer<'_>, SendError> {
        match self {
            Self::Smtp(smtp) => smtp
                .offer(from, is_international)
                .await
                .map(|offer| Offer::Smtp(Box::new(offer))),
            Self::Folder(folder) => Ok(Offer::Folder(folder)),
        }
    }
}

/// A letter that is offered; its recipients are being named.
#[derive(Debug)]
#[must_use]
pub enum Offer<'a> {
    /// To an SMTP server.
    Smtp(Box<smtp::SmtpOffer<'a>>),
    /// To a folder, which takes everything.
    Folder(&'a FolderTransport),
}

impl<'a> Offer<'a> {
    /// Names a recipient.
    ///
    /// # Errors
    /// [`SendError::Later`] if the conversation broke.
    pub async fn recipient(&mut self, to: &Address) -> Result<RecipientReply, SendError> {
        match self {
            Self::Smtp(offer) => offer.recipient(to).await,
            Self::Folder(_) => Ok(RecipientReply::Accepted),
        }
    }

    /// Asks to transmit. The other side waits for the letter now and has nothing of it yet.
    ///
    /// # Errors
    /// [`SendError::Later`] or [`SendError::Refused`].
    pub async fn open(self) -> Result<Open<'a>, SendError> {
        match self {
            Self::Smtp(offer) => offer.open().await.map(|open| Open::Smtp(Box::new(open))),
            Self::Folder(folder) => Ok(Open::Folder(folder)),
        }
    }

    /// Takes the offer back: there is nobody to send it to.
    pub async fn withdraw(self) {
        match self {
            Self::Smtp(offer) => offer.withdraw().await,
            Self::Folder(_) => {}
        }
    }
}

/// The other side waits for the letter.
#[derive(Debug)]
#[must_use]
pub enum Open<'a> {
    /// An SMTP server, after its 354.
    Smtp(Box<smtp::SmtpOpen<'a>>),
    /// A folder.
    Folder(&'a FolderTransport),
}

impl Open<'_> {
    /// Hands the letter over, waiting at most `patience` for the confirmation.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn transmit(self, message: &[u8], message_id: &str, patience: Duration) -> Result<(), SendError> {
        match self {
            Self::Smtp(open) => open.transmit(message, patience).await,
            Self::Folder(folder) => folder.store(message, message_id).await,
        }
    }

    /// Hands nothing over after all. There is no polite way back from here: an SMTP connection is broken off, and the server
    /// throws away what it has.
    pub fn abandon(self) {
        drop(self);
    }
}
