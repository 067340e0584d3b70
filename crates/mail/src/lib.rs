//! Letters and their transports. A notice and a tenant become a letter: subject, text and HTML, in the tenant's
//! language and time zone.
//!
//! ```
//! use mail::{Addressee, Background, Brand, Letters};
//! use subscription::notices::Notice;
//! use subscription::{InvoiceId, Money};
//!
//! let letters = Letters::try_new(Brand::default(), None)?;
//! let recovered = Notice::PaymentRecovered {
//!     invoice: InvoiceId::new("in_1"),
//!     amount: Money::new(4900, "eur"),
//! };
//! let to = Addressee {
//!     tenant_id: "acme",
//!     tenant_name: "Acme",
//!     locale: "da-DK",
//!     timezone: "Europe/Copenhagen",
//! };
//! let letter = letters.write(&recovered.into(), &to, &Background::default())?;
//! assert_eq!(letter.subject, "Betaling modtaget: 49,00\u{a0}€");
//! # Ok::<(), mail::LettersError>(())
//! ```
//!
//! # Invariants
//!
//! - Customers' words are text. They have no control characters and a bounded length everywhere, are escaped in HTML,
//!   and are never a template or a header.
//! - A letter links only to configured origins and to Stripe, over https. Neither a letter nor a page loads anything.
//! - A missing or broken template or message is an error when the letters are loaded or checked, and never a gap in a
//!   letter.
//! - A bounce is trusted only if its address has our signature, or its bearer a key.
//! - Sending tells apart whether a letter was handed over, was not, or may have been ([`SendError`]); see
//!   [`Transport`].
//!
//! # Not here
//!
//! No clock, no decision who hears what and when, no queue, no retrying.

#![forbid(unsafe_code)]

mod address;
mod addressee;
mod bounce;
mod brand;
mod date;
mod languages;
mod letters;
mod link;
mod locale;
mod locale_error;
mod message;
mod messages;
mod money;
mod page;
mod preview;
mod samples;
mod status;
mod text;
mod transport;
mod view;

pub use lettre::message::Mailbox;
pub use url::Url;

pub use address::{AddressError, parse_mailbox};
pub use addressee::{Addressee, Background, EarlierMail};
pub use bounce::{Bounce, BounceAddress, BounceAddressError, BounceKind, BouncedLetter, NoBounce, read_provider};
pub use brand::Brand;
pub use letters::{Letter, Letters, LettersError};
pub use locale_error::LocaleError;
pub use message::{ComposeError, Recipient, Sender};
pub use page::Page;
pub use preview::{PreviewError, preview};
pub use samples::{Sample, samples};
pub use status::EnhancedStatus;
pub use text::without_addresses;
pub use transport::{
    DataTransfer, FolderTransport, MailTransaction, RecipientReply, Rejected, SendError, SmtpTransport, SmtpUrlError, StoredMail,
    StoredMailError, Transcript, Transport, TransportError, TransportOptions,
};
