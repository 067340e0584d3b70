//! Bounces: reports on a letter after a mail server took it, from a mail system ([`report`]) or from a provider
//! ([`provider`]).

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

/// A report on one recipient of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// The letter.
    pub letter: BouncedLetter,
    /// The recipient's address as addresses are compared: in lower case, with a domain in ASCII.
    pub recipient: String,
    /// The address that Dunlin sent to, if the letter was passed on to another.
    pub passed_on_by: Option<String>,
    /// The verdict on the recipient.
    pub kind: BounceKind,
    /// The status code of the report, if it has one.
    pub status: Option<EnhancedStatus>,
    /// The reason in the reporter's words: one line.
    pub reply: String,
}

/// The identity of a bounced letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BouncedLetter {
    /// The number of the notice, from the letter's [`BounceAddress`].
    Notice(i64),
    /// The `Message-ID`, without the angle brackets.
    Message(String),
}

/// The verdict of a report on a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceKind {
    /// Nothing final: the letter is delayed, passed on or delivered.
    Passing,
    /// The recipient does not get the letter, because the address is bad.
    BadAddress,
    /// The recipient does not get the letter, for another reason.
    Failed,
}

/// The reason why a message or notification contains no bounce.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBounce {
    /// The message is larger than any bounce.
    #[error("it is larger than 1 MiB")]
    TooLarge,
    /// The message is not a delivery status notification (RFC 3464).
    #[error("it is not a delivery status notification")]
    NoReport,
    /// The message was sent to no address that carries a valid signature of ours.
    #[error("it was not sent to an address that a mail of ours came from")]
    ForgedAddress,
    /// The report names no recipient.
    #[error("it names no recipient")]
    NoRecipient,
    /// The notification has none of the known formats.
    #[error("it is not a notification of Amazon SES, Mailgun, Postmark or SendGrid")]
    UnknownProvider,
    /// Amazon SNS asks for permission to send notifications here.
    #[error("Amazon SNS waits for you to confirm the subscription: open the SubscribeURL that is in the log")]
    Unconfirmed {
        /// The URL that confirms the subscription when opened.
        url: String,
    },
}

/// The size limit of a bounce, in bytes.
const MAX_BYTES: usize = 1024 * 1024;
/// The most characters kept of a reporter's words.
const MAX_REPLY_CHARS: usize = 300;

impl Bounce {
    /// Makes a bounce from the report on this recipient.
    fn new(letter: BouncedLetter, recipient: &str, told: RecipientReport<'_>) -> Self {
        let reply = one_line(told.reply, MAX_REPLY_CHARS);
        let status = told.code();
        // The admin reads the reply, so it is never empty.
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

/// The content of a report on a recipient, before it is weighed.
#[derive(Clone, Copy, Debug)]
struct RecipientReport<'a> {
    /// The outcome is final.
    is_final: bool,
    /// The reporter's own opinion whether the address is bad, if it gives one apart from all codes.
    is_bad_address: Option<bool>,
    status: Option<EnhancedStatus>,
    reply: &'a str,
}

impl RecipientReport<'_> {
    /// Returns the verdict. An address is bad only if no part of the report contradicts it: the status of a report
    /// often comes from another server than the words it quotes.
    fn kind(&self) -> BounceKind {
        if !self.is_final {
            return BounceKind::Passing;
        }
        let specific = self.status.filter(|status| !status.is_unspecific());
        let codes = [specific, self.replied()].map(|code| code.map(EnhancedStatus::is_about_recipient));
        let told = codes.into_iter().chain([self.is_bad_address]).flatten();
        // If no part of the report is about the address, nothing counts against it.
        if told.reduce(|so_far, is_bad| so_far && is_bad) == Some(true) {
            BounceKind::BadAddress
        } else {
            BounceKind::Failed
        }
    }

    /// Returns the most specific code.
    fn code(&self) -> Option<EnhancedStatus> {
        let specific = self.status.filter(|status| !status.is_unspecific());
        specific.or_else(|| self.replied()).or(self.status)
    }

    fn replied(&self) -> Option<EnhancedStatus> {
        EnhancedStatus::of_reply(without_type(self.reply))
    }
}

/// Strips the type, such as `smtp;` or `X-Postfix;`, from a diagnostic code (RFC 3464, section 2.3.6).
fn without_type(diagnostic: &str) -> &str {
    match diagnostic.split_once(';') {
        Some((kind, words)) if kind.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => words.trim(),
        _ => diagnostic.trim(),
    }
}

/// Normalizes a `Message-ID` for comparison.
fn message_id(text: &str) -> BouncedLetter {
    BouncedLetter::Message(text.trim().trim_matches(['<', '>']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: &str, reply: &str) -> BounceKind {
        let told = RecipientReport {
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
