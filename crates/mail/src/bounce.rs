//! Bounces: what became of a letter after a mail server had taken it, as a mail system ([`report`]) or a provider ([`provider`])
//! tells it.

mod address;
mod mailgun;
mod postmark;
mod provider;
mod report;
mod sendgrid;
mod ses;

pub use address::{BounceAddress, BounceAddressError};
pub use provider::read_provider;

use crate::address::comparable;
use crate::status::EnhancedStatus;
use crate::text::one_line;

/// What is told of one recipient of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Which letter.
    pub letter: BouncedLetter,
    /// The address that it is about, as addresses are compared: in lower case, with a domain in ASCII.
    pub recipient: String,
    /// The address that we named, if the letter was passed on to another.
    pub passed_on_by: Option<String>,
    /// What is told.
    pub kind: BounceKind,
    /// The code that goes with it, if there is one.
    pub status: Option<EnhancedStatus>,
    /// The words that go with it: one line.
    pub reply: String,
}

/// How a letter is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BouncedLetter {
    /// By the notice in its [`BounceAddress`].
    Notice(i64),
    /// By its `Message-ID`, without the angle brackets.
    Message(String),
}

/// What is told of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceKind {
    /// Nothing that is final: it is delayed, passed on or delivered.
    Passing,
    /// They do not get it, and their address is a bad one.
    BadAddress,
    /// They do not get it, for another reason.
    Failed,
}

/// Why something tells of no bounce.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBounce {
    /// It is larger than any bounce.
    #[error("it is larger than 1 MiB")]
    TooLarge,
    /// It is no delivery status notification (RFC 3464).
    #[error("it is not a delivery status notification")]
    NoReport,
    /// None of the addresses that it was sent to is one of ours.
    #[error("it was not sent to an address that a mail of ours came from")]
    ForgedAddress,
    /// It names nobody.
    #[error("it names no recipient")]
    NoRecipient,
    /// It is none of the notifications that are known here.
    #[error("it is not a notification of Amazon SES, Mailgun, Postmark or SendGrid")]
    UnknownProvider,
    /// Amazon SNS asks whether it may send notifications here.
    #[error("Amazon SNS waits for you to confirm the subscription: open the SubscribeURL that is in the log")]
    Unconfirmed {
        /// What to open to confirm it.
        url: String,
    },
}

/// The most bytes of a bounce.
const MAX_BYTES: usize = 1024 * 1024;
/// The most characters that are kept of somebody's words.
const MAX_REPLY_CHARS: usize = 300;

impl Bounce {
    /// What is told of this recipient, in these words.
    fn new(letter: BouncedLetter, recipient: &str, told: Told<'_>) -> Self {
        let reply = one_line(told.reply, MAX_REPLY_CHARS);
        let status = told.code();
        // Our admin is shown the words.
        let wordless = || status.map_or_else(|| "no reason was given".to_owned(), |status| status.to_string());
        Self {
            letter,
            recipient: comparable(recipient),
            passed_on_by: None,
            kind: told.kind(),
            status,
            reply: if reply.is_empty() { wordless() } else { reply },
        }
    }
}

/// What is told of a recipient, before it is weighed.
#[derive(Clone, Copy, Debug)]
struct Told<'a> {
    /// It is final.
    is_final: bool,
    /// Whether whoever tells it takes the address for a bad one, if that is said beside all codes.
    is_bad_address: Option<bool>,
    status: Option<EnhancedStatus>,
    reply: &'a str,
}

impl Told<'_> {
    /// An address is called bad only where nothing that is told speaks against it: the status of a report is often made by another
    /// server than the one whose words it quotes.
    fn kind(&self) -> BounceKind {
        if !self.is_final {
            return BounceKind::Passing;
        }
        let specific = self.status.filter(|status| !status.is_unspecific());
        let codes = [specific, self.replied()].map(|code| code.map(EnhancedStatus::is_about_recipient));
        let told = codes.into_iter().chain([self.is_bad_address]).flatten();
        // Where nobody says anything of the address, there is nothing to hold against it.
        if told.reduce(|so_far, is_bad| so_far && is_bad) == Some(true) {
            BounceKind::BadAddress
        } else {
            BounceKind::Failed
        }
    }

    /// The code that says most.
    fn code(&self) -> Option<EnhancedStatus> {
        let specific = self.status.filter(|status| !status.is_unspecific());
        specific.or_else(|| self.replied()).or(self.status)
    }

    fn replied(&self) -> Option<EnhancedStatus> {
        EnhancedStatus::of_reply(without_type(self.reply))
    }
}

/// A diagnostic code's words without their type, such as `smtp;` or `X-Postfix;` (RFC 3464, section 2.3.6).
fn without_type(diagnostic: &str) -> &str {
    match diagnostic.split_once(';') {
        Some((kind, words)) if kind.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => words.trim(),
        _ => diagnostic.trim(),
    }
}

/// A `Message-ID` as it is compared.
fn message_id(text: &str) -> BouncedLetter {
    BouncedLetter::Message(text.trim().trim_matches(['<', '>']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: &str, reply: &str) -> BounceKind {
        let told = Told {
            is_final: true,
            is_bad_address: None,
            status: EnhancedStatus::parse(status),
            reply: without_type(reply),
        };
        told.kind()
    }

    #[test]
    fn an_address_is_called_bad_only_where_a_code_says_so_and_none_speaks_against_it() {
        for (status, reply) in [
            ("5.1.1", ""),
            ("5.1.1", "smtp; 550 5.1.1 no such user"),
            ("5.1.2 (bad domain)", "X-Postfix; Host or domain name not found"),
            ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
            ("5.0.0", "smtp; 550-5.1.1 The email account does not exist"),
            ("", "550 5.1.1 no such user"),
        ] {
            assert_eq!(kind(status, reply), BounceKind::BadAddress, "{status} {reply}");
        }
        for (status, reply) in [
            ("5.2.2", "smtp; 552 5.2.2 mailbox full"),
            ("5.7.1", "smtp; 550 5.7.1 not authorized"),
            ("5.1.1", "smtp; 550 5.7.1 we do not want this"),
            ("5.7.1", "smtp; 550 5.1.1 no such user"),
            ("5.0.0", "smtp; 550 no such user"),
            ("5.1.8", ""),
            ("4.4.1", "smtp; 451 4.4.1 timed out"),
            ("", ""),
        ] {
            assert_eq!(kind(status, reply), BounceKind::Failed, "{status} {reply}");
        }
    }
}
