//! Letters as messages: headers, recipients, multipart body.

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

/// The sender of messages, and the address for answers.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The `From` header.
    pub from: Mailbox,
    /// The `Reply-To` header, if answers go to another address.
    pub reply_to: Option<Mailbox>,
    /// The header by which the mail server recognizes a message that it already took, and drops the duplicate.
    idempotency_header: Option<String>,
    /// The address for bounces, if not `from`.
    bounces: Option<BounceAddress>,
    /// Messages are handed to Postmark.
    is_by_postmark: bool,
}

/// The metadata name that carries the `Message-ID` to Postmark and back in a bounce, because Postmark gives each
/// message an id of its own (<https://postmarkapp.com/support/article/1125-custom-metadata-faq>).
pub(crate) const POSTMARK_METADATA: &str = "message-id";
/// The longest metadata value that Postmark takes, in characters.
const MAX_POSTMARK_CHARS: usize = 80;

/// A person that a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The address as mail servers take it: its domain is ASCII.
    pub address: Address,
    /// The person's name: any text, or empty.
    pub name: String,
    /// The address as it was given.
    email: String,
}

/// The reason why a letter cannot become a message. Trying again does not help.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The mail library refuses a part of the message.
    #[error("the message cannot be composed")]
    Refused(#[source] lettre::error::Error),
    /// The mail library panicked on a part of the message.
    #[error("the message cannot be composed: the mail library gave up")]
    Panicked,
    /// The address of the sender, or the one for answers, cannot be used.
    #[error("the sender's address cannot be used")]
    Sender(#[from] AddressError),
    /// The configured header name is not valid.
    #[error("{name:?} is not the name of a header")]
    HeaderName {
        /// The configured name.
        name: String,
    },
}

/// The longest name that is shown, in characters.
const MAX_NAME_CHARS: usize = 100;
/// The longest line of a header, less its name and a comma (RFC 5322, section 2.1.1).
const MAX_LINE_LEN: usize = 78 - "Reply-To: ".len() - ",".len();

impl Recipient {
    /// Makes a person with this address and name.
    ///
    /// # Errors
    /// [`AddressError`] if the text is not an address.
    pub fn parse(email: &str, name: &str) -> Result<Self, AddressError> {
        Ok(Self {
            address: address::parse(email)?,
            name: name.to_owned(),
            email: email.to_owned(),
        })
    }

    /// Parses the person of a mailbox such as `Bo Holm <bo@example.com>`.
    ///
    /// # Errors
    /// [`AddressError`] if the text is not a mailbox.
    pub fn parse_mailbox(text: &str) -> Result<Self, AddressError> {
        let mailbox: Mailbox = text.parse()?;
        Self::parse(mailbox.email.as_ref(), mailbox.name.as_deref().unwrap_or_default())
    }

    /// Returns the address as it was given: the one that people know and that contacts are compared by.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Returns the address in the form that bounces are compared by: in lower case, with a domain in ASCII.
    pub fn comparable(&self) -> String {
        address::comparable(self.address.as_ref())
    }

    /// Returns true if the part before the @ is not ASCII, so that the address needs SMTPUTF8 (RFC 6531).
    pub fn is_international(&self) -> bool {
        !self.address.user().is_ascii()
    }

    fn mailbox(&self) -> Mailbox {
        named(&self.name, self.address.clone())
    }
}

/// Joins an address and a name that is safe to show, if the name has any such characters.
fn named(name: &str, address: Address) -> Mailbox {
    let name = one_line(name, MAX_NAME_CHARS);
    Mailbox::new((!name.is_empty()).then_some(name), address)
}

impl Sender {
    /// Makes the sender of messages from `from`.
    ///
    /// # Errors
    /// [`ComposeError::HeaderName`] if the idempotency header is no valid header name, and [`ComposeError::Sender`] if
    /// an address has a domain without a form in ASCII.
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

    /// Sends bounces to this address.
    #[must_use]
    pub fn with_bounces_to(mut self, bounces: Option<BounceAddress>) -> Self {
        self.bounces = bounces;
        self
    }

    /// Adds the metadata that identifies the message in Postmark's bounces, if messages go by Postmark.
    #[must_use]
    pub fn by_postmark(mut self, is_by_postmark: bool) -> Self {
        self.is_by_postmark = is_by_postmark;
        self
    }

    /// Returns the envelope sender of a notice's letter. Undeliverable mail comes back to it.
    pub fn envelope_from(&self, notice_id: i64) -> Address {
        let own = self.bounces.as_ref().and_then(|bounces| bounces.of_notice(notice_id));
        own.unwrap_or_else(|| self.from.email.clone())
    }

    /// Returns the message id for a notice's dedupe key. It is the same for every attempt.
    pub fn message_id(&self, dedupe_key: &str) -> String {
        let digest = hex::encode(Sha256::digest(dedupe_key.as_bytes()));
        let (local, _) = digest.split_at(32);
        format!("<{local}@{}>", self.from.email.domain())
    }

    /// Composes the message for these recipients, in the bytes that are handed over.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn compose(&self, letter: &Letter, to: &[Recipient], message_id: &str, now: UnixSeconds) -> Result<Vec<u8>, ComposeError> {
        // The library panics on some input. One mail must not take down the others.
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

/// Returns a configured mailbox with a name that is safe to show.
fn shown(mailbox: &Mailbox) -> Mailbox {
    named(mailbox.name.as_deref().unwrap_or_default(), mailbox.email.clone())
}

/// Makes a header of mailboxes, each on a line of its own. lettre writes all of them on one line, and mail servers
/// refuse a line of more than 998 octets (RFC 5322, section 2.1.1).
fn mailboxes(name: &'static str, mailboxes: Vec<Mailbox>) -> HeaderValue {
    let folded: Vec<String> = mailboxes.iter().map(folded).collect();
    let unfolded = Mailboxes::from(mailboxes).to_string();
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), unfolded, folded.join(",\r\n "))
}

/// Encodes a mailbox as lettre does, with the address on a line of its own if it does not fit on the line of the name.
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

/// Parses a header name.
///
/// # Errors
/// [`ComposeError::HeaderName`].
fn header_name(name: &str) -> Result<HeaderName, ComposeError> {
    HeaderName::new_from_ascii(name.to_owned()).map_err(|_no_more_to_say| ComposeError::HeaderName { name: name.to_owned() })
}

/// The header that asks for no automatic replies, such as holiday replies (RFC 3834, section 5).
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
