//! A letter as a message: headers, recipients, multipart body.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, UNIX_EPOCH};

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{self, ContentType, Header, HeaderName, HeaderValue, Headers};
use lettre::message::{Mailbox, Mailboxes, Message, MultiPart};
use sha2::{Digest as _, Sha256};
use subscription::UnixSeconds;

use crate::address::{self, AddressError};
use crate::text::one_line;
use crate::{BounceAddress, Letter};

/// Whom a message is from, and where answers go.
#[derive(Clone, Debug)]
pub struct Sender {
    /// `From`.
    pub from: Mailbox,
    /// `Reply-To`, if it is another.
    pub reply_to: Option<Mailbox>,
    /// A header by which the mail server knows a message it already took, and keeps to one.
    idempotency_header: Option<String>,
    /// Where bounces come to, if not to `from`.
    bounces: Option<BounceAddress>,
    /// Whether the messages are handed to Postmark.
    is_by_postmark: bool,
}

/// The name by which Postmark is told the `Message-ID`, and tells it again of a bounce: it gives each message one of its own
/// (<https://postmarkapp.com/support/article/1125-custom-metadata-faq>).
pub(crate) const POSTMARK_METADATA: &str = "message-id";
/// The longest value it takes.
const MAX_POSTMARK_CHARS: usize = 80;

/// A person a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Their address as mail servers take it: its domain is ASCII.
    pub address: Address,
    /// Their name; may be empty, may be anything.
    pub name: String,
    /// Their address as it was given.
    email: String,
}

/// Why a letter cannot be made a message. Trying again is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The mail library refuses a part of it.
    #[error("the message cannot be composed")]
    Refused(#[source] lettre::error::Error),
    /// The mail library panicked at a part of it.
    #[error("the message cannot be composed: the mail library gave up")]
    Panicked,
    /// The address of the sender, or the one where answers go, cannot be used.
    #[error("the sender's address cannot be used")]
    Sender(#[from] AddressError),
    /// The configured header is not a header's name.
    #[error("{name:?} is not the name of a header")]
    HeaderName {
        /// What it is.
        name: String,
    },
}

/// The longest name that is shown.
const MAX_NAME_CHARS: usize = 100;
/// How long a header's line should be at most, the header's name beside it (RFC 5322, section 2.1.1).
const MAX_LINE_LEN: usize = 78 - "Reply-To: ".len() - ",".len();

impl Recipient {
    /// A person with this address and name.
    ///
    /// # Errors
    /// [`AddressError`] where the address is not one.
    pub fn parse(email: &str, name: &str) -> Result<Self, AddressError> {
        Ok(Self {
            address: address::parse(email)?,
            name: name.to_owned(),
            email: email.to_owned(),
        })
    }

    /// The person of a mailbox such as `Bo Holm <bo@example.com>`.
    ///
    /// # Errors
    /// [`AddressError`] where it is not a mailbox.
    pub fn parse_mailbox(text: &str) -> Result<Self, AddressError> {
        let mailbox: Mailbox = text.parse()?;
        Self::parse(mailbox.email.as_ref(), mailbox.name.as_deref().unwrap_or_default())
    }

    /// Their address as it was given: what it is compared by, and what people know it as.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Their address as addresses of bounces are compared with it: in lower case, with a domain in ASCII.
    pub fn comparable(&self) -> String {
        address::comparable(self.address.as_ref())
    }

    /// Whether the part before the @ is not ASCII, so that it takes SMTPUTF8 to write there (RFC 6531).
    pub fn is_international(&self) -> bool {
        !self.address.user().is_ascii()
    }

    fn mailbox(&self) -> Mailbox {
        named(&self.name, self.address.clone())
    }
}

/// An address with a name as it may be shown, if that leaves one.
fn named(name: &str, address: Address) -> Mailbox {
    let name = one_line(name, MAX_NAME_CHARS);
    Mailbox::new((!name.is_empty()).then_some(name), address)
}

impl Sender {
    /// Messages from `from`.
    ///
    /// # Errors
    /// [`ComposeError::HeaderName`] where the idempotency header is no header, and [`ComposeError::Sender`] where an address
    /// has a domain that cannot be ASCII.
    pub fn try_new(from: Mailbox, reply_to: Option<Mailbox>, idempotency_header: Option<String>) -> Result<Self, ComposeError> {
        if let Some(name) = &idempotency_header {
            header_name(name)?;
        }
        Ok(Self {
            from: address::to_ascii(from)?,
            reply_to: reply_to.map(address::to_ascii).transpose()?,
            idempotency_header,
            bounces: None,
            is_by_postmark: false,
        })
    }

    /// The same, and what cannot be delivered is told to this address.
    #[must_use]
    pub fn with_bounces_to(mut self, bounces: Option<BounceAddress>) -> Self {
        self.bounces = bounces;
        self
    }

    /// The same, with what Postmark needs to tell of a bounce which message it is of, if the messages go by it.
    #[must_use]
    pub fn by_postmark(mut self, is_by_postmark: bool) -> Self {
        self.is_by_postmark = is_by_postmark;
        self
    }

    /// From whom the mail server is told that the letter of this notice is. What cannot be delivered comes back to it.
    pub fn envelope_from(&self, notice_id: i64) -> Address {
        let own = self.bounces.as_ref().and_then(|bounces| bounces.of_notice(notice_id));
        own.unwrap_or_else(|| self.from.email.clone())
    }

    /// The message id of the notice with this key: the same whenever it is sent.
    pub fn message_id(&self, dedupe_key: &str) -> String {
        let digest = hex::encode(Sha256::digest(dedupe_key.as_bytes()));
        let (local, _) = digest.split_at(32);
        format!("<{local}@{}>", self.from.email.domain())
    }

    /// The letter as a message to these recipients, as it is handed over.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn compose(&self, letter: &Letter, to: &[Recipient], message_id: &str, now: UnixSeconds) -> Result<Vec<u8>, ComposeError> {
        // The library panics at some input; no mail may take the others with it.
        let composed = catch_unwind(AssertUnwindSafe(|| self.message(letter, to, message_id, now)));
        composed
            .unwrap_or(Err(ComposeError::Panicked))
            .map(|message| message.formatted())
    }

    fn message(&self, letter: &Letter, to: &[Recipient], message_id: &str, now: UnixSeconds) -> Result<Message, ComposeError> {
        let seconds = Duration::from_secs(u64::try_from(now.as_secs()).unwrap_or_default());
        let addresses = to.iter().map(|recipient| recipient.address.clone()).collect();
        let envelope = Envelope::new(Some(self.from.email.clone()), addresses).map_err(ComposeError::Refused)?;
        let mut builder = Message::builder()
            .envelope(envelope)
            .raw_header(mailboxes("From", vec![shown(&self.from)]))
            .date(UNIX_EPOCH + seconds)
            .message_id(Some(message_id.to_owned()))
            .subject(letter.subject.clone())
            .header(AutoSubmitted)
            .raw_header(mailboxes("To", to.iter().map(Recipient::mailbox).collect()));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.raw_header(mailboxes("Reply-To", vec![shown(reply_to)]));
        }
        if let Some(name) = &self.idempotency_header {
            let value = message_id.trim_matches(['<', '>']).to_owned();
            builder = builder.raw_header(HeaderValue::new(header_name(name)?, value));
        }
        let id = message_id.trim_matches(['<', '>']);
        if self.is_by_postmark && id.len() <= MAX_POSTMARK_CHARS {
            let name = header_name(&format!("X-PM-Metadata-{POSTMARK_METADATA}"))?;
            builder = builder.raw_header(HeaderValue::new(name, id.to_owned()));
        }
        builder.multipart(body(letter)).map_err(ComposeError::Refused)
    }
}

/// A configured mailbox, with its name as it may be shown.
fn shown(mailbox: &Mailbox) -> Mailbox {
    named(mailbox.name.as_deref().unwrap_or_default(), mailbox.email.clone())
}

/// A header of mailboxes, each on a line of its own. lettre writes any number of them on one line, and mail servers refuse a
/// line of more than 998 octets (RFC 5322, section 2.1.1).
fn mailboxes(name: &'static str, mailboxes: Vec<Mailbox>) -> HeaderValue {
    let folded: Vec<String> = mailboxes.iter().map(folded).collect();
    let unfolded = Mailboxes::from(mailboxes).to_string();
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), unfolded, folded.join(",\r\n "))
}

/// A mailbox as lettre encodes it, with the address on a line of its own where the line of the name has no room for it.
fn folded(mailbox: &Mailbox) -> String {
    let mut alone = Headers::new();
    alone.set(header::To::from(Mailboxes::from(mailbox.clone())));
    let line = alone.to_string();
    let encoded = line.trim_start_matches("To: ").trim_end();
    let address = format!(" <{}>", mailbox.email);
    let last_len = encoded.rsplit("\r\n").next().map_or(0, str::len);
    match encoded.strip_suffix(&address) {
        Some(name) if last_len > MAX_LINE_LEN => format!("{name}\r\n{address}"),
        _ => encoded.to_owned(),
    }
}

fn body(letter: &Letter) -> MultiPart {
    MultiPart::alternative()
        .singlepart(
            lettre::message::SinglePart::builder()
                .header(ContentType::TEXT_PLAIN)
                .body(letter.text.clone()),
        )
        .singlepart(
            lettre::message::SinglePart::builder()
                .header(ContentType::TEXT_HTML)
                .body(letter.html.clone()),
        )
}

/// The header of this name.
///
/// # Errors
/// [`ComposeError::HeaderName`].
fn header_name(name: &str) -> Result<HeaderName, ComposeError> {
    HeaderName::new_from_ascii(name.to_owned()).map_err(|_no_more_to_say| ComposeError::HeaderName { name: name.to_owned() })
}

/// Nobody sits at the other end: holiday replies are of no use (RFC 3834, section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
