//! The address that bounces of a letter come to (VERP). Each letter has its own, signed, so that nobody can forge a
//! bounce of a letter that they were not sent.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use lettre::Address;
use sha2::Sha256;

use crate::address::{self, AddressError};

/// An address such as `bounces@acme.example`, and the keys that sign its tokens.
///
/// A letter is sent from `bounces+TOKEN@acme.example` (RFC 5233). The token is the notice's number and a MAC of it.
/// Both are hexadecimal, because mail systems may change the case of letters. The token identifies the letter, not a
/// recipient: a letter has one sender and may have several recipients, and the report names the recipient.
#[derive(Clone)]
pub struct BounceAddress {
    local: String,
    domain: String,
    /// The first key signs. All are accepted, so that keys can be rotated.
    keyed: Vec<Hmac<Sha256>>,
}

/// The reason why an address cannot receive bounces.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BounceAddressError {
    /// The text is not an address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The part before the @ cannot take a token.
    #[error("the part before its @ has to be of at most {MAX_LOCAL_CHARS} letters, digits, dots, dashes and underscores")]
    Local,
    /// There is no key to sign with.
    #[error("there is no secret to sign it with")]
    NoSecret,
}

/// The digits of the MAC: 96 bits, the truncation of RFC 2404.
const MAC_CHARS: usize = 24;
/// The most digits of a notice's number.
const NOTICE_CHARS: usize = 16;
/// The most characters before the token. A local part has at most 64 octets (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL_CHARS: usize = 64 - "+".len() - NOTICE_CHARS - MAC_CHARS;
/// The prefix of the signed text. A pay link's signed text begins with another byte, so that one secret can sign both
/// and neither passes for the other.
const PURPOSE: &str = "bounce:";

impl BounceAddress {
    /// Makes addresses with tokens that the first of these secrets signs.
    ///
    /// # Errors
    /// [`BounceAddressError`].
    pub fn try_new<'a>(email: &str, secrets: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, BounceAddressError> {
        let address = address::parse(email)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if address.user().len() > MAX_LOCAL_CHARS || !address.user().chars().all(is_plain) {
            return Err(BounceAddressError::Local);
        }
        // HMAC takes a key of any length, so this error never occurs.
        let keyed: Option<Vec<_>> = secrets.into_iter().map(|secret| Hmac::new_from_slice(secret).ok()).collect();
        let keyed = keyed.filter(|keyed| !keyed.is_empty()).ok_or(BounceAddressError::NoSecret)?;
        Ok(Self {
            local: address.user().to_owned(),
            domain: address.domain().to_owned(),
            keyed,
        })
    }

    /// Returns the sender of a notice's letter, or `None` if the mail library rejects the address.
    pub(crate) fn of_notice(&self, notice_id: i64) -> Option<Address> {
        let notice = format!("{notice_id:x}");
        let mac = self
            .keyed
            .first()?
            .clone()
            .chain_update(PURPOSE)
            .chain_update(&notice)
            .finalize();
        let mac = hex::encode(mac.into_bytes());
        let (mac, _) = mac.split_at_checked(MAC_CHARS)?;
        Address::new(format!("{}+{notice}{mac}", self.local), &self.domain).ok()
    }

    /// Returns the notice whose letters have this sender, if its token is one of ours.
    pub(crate) fn notice_of(&self, email: &str) -> Option<i64> {
        let email = email.to_lowercase();
        let (local, domain) = email.rsplit_once('@')?;
        let (before, token) = local.rsplit_once('+')?;
        let (notice, mac) = token.split_at_checked(token.len().checked_sub(MAC_CHARS)?)?;
        if before != self.local.to_lowercase() || domain != self.domain.to_lowercase() || notice.len() > NOTICE_CHARS {
            return None;
        }
        let mac = hex::decode(mac).ok()?;
        // Each comparison takes constant time, and every key is tried.
        let accepting = self.keyed.iter().filter(|keyed| {
            let expected = (*keyed).clone().chain_update(PURPOSE).chain_update(notice);
            expected.verify_truncated_left(&mac).is_ok()
        });
        if accepting.count() == 0 {
            return None;
        }
        i64::from_str_radix(notice, 16).ok()
    }
}

impl fmt::Debug for BounceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BounceAddress")
            .field("local", &self.local)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(email: &str, secrets: &[&str]) -> Result<BounceAddress, BounceAddressError> {
        BounceAddress::try_new(email, secrets.iter().map(|secret| secret.as_bytes()))
    }

    fn address(secrets: &[&str]) -> BounceAddress {
        signed("bounces@acme.example", secrets).unwrap()
    }

    /// Checks against openssl's HMAC: `printf 'bounce:2a' | openssl dgst -sha256 -hmac first | cut -c 1-24`.
    #[test]
    fn a_token_is_what_openssl_signs() {
        let sender = address(&["first"]).of_notice(42).unwrap();
        assert_eq!(sender.to_string(), "bounces+2accda3cb262f5d48124f71083@acme.example");
    }

    #[test]
    fn a_token_is_known_again_in_either_case_and_with_an_older_secret() {
        for notice in [1, 42, 1_000_000, i64::MAX] {
            let sender = address(&["old"]).of_notice(notice).unwrap();
            assert!(sender.user().len() <= 64, "{sender}");
            for written in [sender.to_string(), sender.to_string().to_uppercase()] {
                assert_eq!(address(&["new", "old"]).notice_of(&written), Some(notice), "{written}");
                assert_eq!(address(&["new"]).notice_of(&written), None, "{written}");
            }
        }
    }

    #[test]
    fn whoever_does_not_know_the_secret_makes_no_token() {
        let address = address(&["secret"]);
        let ours = address.of_notice(42).unwrap().to_string();
        let (token, of_other) = (ours.split(['+', '@']).nth(1).unwrap(), format!("2b{}", &ours[10..]));
        for forged in [
            "bounces@acme.example".to_owned(),
            "bounces+@acme.example".to_owned(),
            "bounces+2a@acme.example".to_owned(),
            format!("bounces+2a{}@acme.example", "0".repeat(24)),
            format!("bounces+{}@acme.example", &token[..token.len() - 1]),
            format!("bounces+{token}0@acme.example"),
            format!("bounces+{token}@other.example"),
            format!("others+{token}@acme.example"),
            format!("bounces+{of_other}"),
            format!("bounces+é{token}@acme.example"),
            token.to_owned(),
            String::new(),
        ] {
            assert_eq!(address.notice_of(&forged), None, "{forged}");
        }
        assert_eq!(address.notice_of(&ours), Some(42));
    }

    #[test]
    fn an_address_that_can_take_no_token_is_refused() {
        let long = format!("{}@acme.example", "b".repeat(MAX_LOCAL_CHARS + 1));
        for (email, error) in [
            ("b+ounces@acme.example", BounceAddressError::Local),
            ("børge@acme.example", BounceAddressError::Local),
            (&long, BounceAddressError::Local),
        ] {
            assert_eq!(signed(email, &["secret"]).unwrap_err(), error, "{email}");
        }
        assert!(matches!(signed("bounces", &["secret"]), Err(BounceAddressError::Address(_))));
        assert!(matches!(signed("b@acme.example", &[]), Err(BounceAddressError::NoSecret)));
        let international = signed("bounces@smørrebrød.test", &["secret"]).unwrap();
        let sender = international.of_notice(1).unwrap();
        assert_eq!(sender.domain(), "xn--smrrebrd-64af.test");
        assert!(!format!("{international:?}").contains("secret"));
    }
}
