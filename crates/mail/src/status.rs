//! Enhanced status codes, by which mail systems classify replies (RFC 3463).

use std::fmt;

/// A code such as `5.1.1`: class, subject and detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnhancedStatus {
    class: u16,
    subject: u16,
    detail: u16,
}

impl EnhancedStatus {
    /// Parses the code that these words begin with.
    pub fn parse(words: &str) -> Option<Self> {
        let mut digits = words.split_whitespace().next()?.split('.').map(str::parse);
        match (digits.next(), digits.next(), digits.next(), digits.next()) {
            (Some(Ok(class)), Some(Ok(subject)), Some(Ok(detail)), None) => Some(Self { class, subject, detail }),
            _ => None,
        }
    }

    /// Parses the code of a reply, such as `550 5.1.1 No such user` or `550-5.1.1 No such user`. The three digits may
    /// be left out.
    pub(crate) fn of_reply(reply: &str) -> Option<Self> {
        let reply = reply.trim_start();
        let words = reply.split_at_checked(3).filter(|(code, _)| code.parse::<u16>().is_ok());
        let words = words.and_then(|(_, words)| words.strip_prefix([' ', '-']));
        Self::parse(words.unwrap_or(reply))
    }

    /// Returns true if the code says that the recipient's address is bad (RFC 3463, section 3.2).
    ///
    /// `5.1.0` to `5.1.6` do, and so does `5.1.10` (RFC 7505). All others are about the sender (`5.1.7`, `5.1.8`), the
    /// mailbox's state (`5.2.2`: it is full), the servers between, or policy (`5.7.1`).
    pub fn is_about_recipient(self) -> bool {
        matches!((self.class, self.subject, self.detail), (5, 1, 0..=6 | 10))
    }

    /// Returns true if the code says only that something is wrong (`5.0.0`).
    pub(crate) fn is_unspecific(self) -> bool {
        self.subject == 0
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_wherever_servers_write_it() {
        for (reply, code) in [
            ("550 5.1.1 no such user", Some("5.1.1")),
            (
                "550-5.1.1 The email account that you tried to reach does not exist",
                Some("5.1.1"),
            ),
            ("5.1.10 Recipient not found", Some("5.1.10")),
            (" 550 5.7.1", Some("5.7.1")),
            ("550 no such user", None),
            ("5.1 no", None),
            ("é", None),
            ("", None),
        ] {
            let read = EnhancedStatus::of_reply(reply).map(|status| status.to_string());
            assert_eq!(read.as_deref(), code, "{reply}");
        }
    }
}
