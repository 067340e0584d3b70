//! Permanent refusals of mail servers, and whether they are about the address.

use std::fmt;

use crate::status::EnhancedStatus;

/// A permanent reply to a command, in the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The reply code: three digits, the first of them a 5.
    pub(super) code: u16,
    /// The text after the code.
    pub(super) text: String,
}

/// Replies to `RCPT` that are about the address unless an enhanced status code says otherwise: "mailbox unavailable"
/// and "mailbox name not allowed" (RFC 5321, section 4.2.2).
const ABOUT_ADDRESS: [u16; 2] = [550, 553];

impl Refusal {
    /// Returns true if the address named to the server takes no mail.
    ///
    /// An enhanced status code decides. A bare 550 or 553 is believed, unless its words are those with which servers
    /// without such codes refuse to relay.
    pub(super) fn is_about_address(&self) -> bool {
        match EnhancedStatus::parse(&self.text) {
            Some(status) => status.is_about_recipient(),
            None => ABOUT_ADDRESS.contains(&self.code) && !self.text.to_lowercase().contains("relay"),
        }
    }

    /// Returns true if the reply has an enhanced status code, which leaves no doubt.
    pub(super) fn is_enhanced(&self) -> bool {
        EnhancedStatus::parse(&self.text).is_some()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_about_address(code: u16, text: &str) -> bool {
        let text = text.to_owned();
        Refusal { code, text }.is_about_address()
    }

    #[test]
    fn an_address_that_does_not_exist_is_about_the_address() {
        for text in [
            "5.1.1 <bo@example.com>: Recipient address rejected: User unknown in local recipient table",
            "5.1.0 Address rejected",
            "5.1.2 <bo@example.invalid>: Recipient address rejected: Domain not found",
            "5.1.6 The mailbox has moved",
            "5.1.10 <bo@example.com>: Domain example.com does not accept mail (nullMX)",
        ] {
            assert!(is_about_address(550, text), "{text}");
            assert!(is_about_address(554, text), "the enhanced code decides: {text}");
        }
        for code in [550, 553] {
            assert!(is_about_address(code, "Unrouteable address"), "{code}");
            assert!(is_about_address(code, ""), "{code}");
        }
    }

    #[test]
    fn what_speaks_of_us_of_policy_or_of_a_state_that_passes_is_not() {
        for text in [
            "5.7.1 <bo@example.com>: Relay access denied",
            "5.7.1 Client host rejected: Access denied",
            "5.7.26 Unauthenticated email is not accepted",
            "5.5.2 <3f2a>: Helo command rejected: need fully-qualified hostname",
            "5.2.2 Mailbox full",
            "5.2.1 The user you are trying to contact is receiving mail too quickly",
            "5.3.4 Message too big for system",
            "5.4.1 Recipient address rejected: Access denied",
            "5.1.7 <bounce@acme.example>: Sender address rejected",
            "5.1.8 <billing@acme.invalid>: Sender address rejected: Domain not found",
        ] {
            assert!(!is_about_address(550, text), "{text}");
            assert!(!is_about_address(553, text), "{text}");
        }
    }

    #[test]
    fn a_bare_code_speaks_of_the_address_only_where_the_standard_says_so() {
        for code in [500, 501, 502, 503, 504, 521, 530, 535, 551, 552, 554, 555, 556] {
            assert!(!is_about_address(code, "No"), "{code}");
        }
        assert!(
            !is_about_address(550, "relay not permitted"),
            "Exim, to whoever it does not know"
        );
        assert!(!is_about_address(550, "Relaying denied"));
    }
}
