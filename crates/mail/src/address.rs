//! Email addresses in the form that mail servers take: with a domain in ASCII.

use std::borrow::Cow;

use lettre::Address;
use lettre::message::Mailbox;

/// The reason why an address cannot be written to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is not an address.
    #[error("it is not an email address")]
    Syntax(#[from] lettre::address::AddressError),
    /// The domain has letters beyond ASCII, and no form in ASCII.
    #[error("{domain:?} is not a valid internationalized domain name")]
    Domain {
        /// The domain.
        domain: String,
    },
}

/// Parses a mailbox such as `Acme <billing@acme.example>` and puts its domain in ASCII.
///
/// # Errors
/// [`AddressError`].
pub fn parse_mailbox(text: &str) -> Result<Mailbox, AddressError> {
    to_ascii(text.parse()?)
}

/// Parses an address and puts its domain in ASCII.
pub(crate) fn parse(email: &str) -> Result<Address, AddressError> {
    let (user, domain) = email.rsplit_once('@').ok_or(lettre::address::AddressError::MissingParts)?;
    Ok(Address::new(user, ascii_domain(domain)?)?)
}

/// Normalizes an address for comparison: the domain in ASCII, and all of it in lower case.
pub(crate) fn comparable(email: &str) -> String {
    let email = email.trim().trim_matches(['<', '>']);
    parse(email)
        .map_or_else(|_| email.to_owned(), |address| address.to_string())
        .to_lowercase()
}

/// Puts the domain of a mailbox in ASCII.
pub(crate) fn to_ascii(mailbox: Mailbox) -> Result<Mailbox, AddressError> {
    let email = parse(mailbox.email.as_ref())?;
    Ok(Mailbox { email, ..mailbox })
}

/// Returns a domain as the DNS knows it: `xn--smrrebrd-64af.example` for `smørrebrød.example` (UTS 46, without its
/// deprecated transitional processing). A domain in ASCII stays as it is.
fn ascii_domain(domain: &str) -> Result<Cow<'_, str>, AddressError> {
    if domain.is_ascii() {
        return Ok(Cow::Borrowed(domain));
    }
    let ascii = idna::domain_to_ascii_strict(domain);
    ascii.map(Cow::Owned).map_err(|_has_no_words| AddressError::Domain {
        domain: domain.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_beyond_ascii_is_written_as_the_dns_knows_it() {
        for (written, sent) in [
            ("bo@smørrebrød.test", "bo@xn--smrrebrd-64af.test"),
            ("bo@SMØRREBRØD.test", "bo@xn--smrrebrd-64af.test"),
            ("bo@smo\u{308}rrebrød.test", "bo@xn--smrrebrd-o4az.test"),
            ("bo@straße.example", "bo@xn--strae-oqa.example"),
            ("bo@例え。テスト", "bo@xn--r8jz45g.xn--zckzah"),
            ("børge@smørrebrød.test", "børge@xn--smrrebrd-64af.test"),
            ("børge@example.com", "børge@example.com"),
            ("Bo@Example.COM", "Bo@Example.COM"),
            ("bo@[192.0.2.1]", "bo@[192.0.2.1]"),
            ("bo@xn--smrrebrd-64af.test", "bo@xn--smrrebrd-64af.test"),
        ] {
            let address = parse(written).map(|address| address.to_string());
            assert_eq!(address.as_deref(), Ok(sent), "{written}");
        }
    }

    #[test]
    fn an_address_whose_domain_cannot_be_ascii_is_refused() {
        let long = format!("{}ø.example", "o".repeat(60));
        for domain in ["ø_ø.example", "-ø.example", "ø..example", "\u{378}.example", &long] {
            let refused = AddressError::Domain {
                domain: domain.to_owned(),
            };
            assert_eq!(parse(&format!("bo@{domain}")), Err(refused), "{domain}");
        }
        for text in ["", "bo", "bo@", "@example.com", "b o@example.com"] {
            assert!(matches!(parse(text), Err(AddressError::Syntax(_))), "{text}");
        }
    }
}
