//! What the routes need of mail. Whoever runs the server gives it, because letters and their languages are no part of
//! the API.

use std::error::Error;

use pay_link::Page;
use persistence::Bounce;

/// The side of mail that the API shows.
pub trait Mail: Send + Sync {
    /// Returns the language in which somebody who asked for this one is written to.
    fn nearest_locale(&self, asked: &str) -> &str;

    /// Checks that a mail can be sent to an address.
    ///
    /// # Errors
    /// [`AddressFault`].
    fn check_address(&self, email: &str) -> Result<(), AddressFault>;

    /// Reads a report of bounces.
    ///
    /// # Errors
    /// [`NoBounce`] if it contains none.
    fn read_bounces(&self, source: ReportSource, report: &[u8]) -> Result<Vec<BounceReport>, NoBounce>;

    /// Renders a page that a pay link ends at, as HTML in this language.
    ///
    /// # Errors
    /// The reason why it cannot be rendered, for the log.
    fn page(&self, page: Page, locale: &str) -> Result<String, Box<dyn Error + Send + Sync>>;
}

/// The reason why no mail can be sent to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressFault {
    /// It is no address.
    Syntax,
    /// Its domain cannot be written as the DNS has it. The reason is in words.
    Domain(String),
}

/// The sender of a bounce report, which decides its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportSource {
    /// A mail system: a delivery status notification (RFC 3464).
    MailSystem,
    /// A mail provider: a notification of its own.
    Provider,
}

/// A report on one recipient of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BounceReport {
    /// Nothing final: the mail is delayed, passed on or delivered.
    Passing,
    /// The recipient does not get the mail.
    Failed {
        /// The bounce.
        bounce: Bounce,
        /// The reporter's words without addresses, for the log.
        loggable_reply: String,
    },
}

/// The reason why a report contains no bounce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoBounce {
    /// No bounce is expected, because no address for them is configured.
    Unexpected,
    /// The provider first wants to be allowed to report.
    Unconfirmed {
        /// The URL that allows it when opened.
        url: String,
        /// The reason in words.
        reason: String,
    },
    /// It is another thing, for this reason in words.
    Other(String),
}
