//! The token of a pay link: whose it is and for which invoice, signed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use persistence::Scope;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subscription::{DAY_SECS, InvoiceId, TenantId, UnixSeconds};

/// The content of a pay link: this tenant may pay this invoice, until the end of a day.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PayLink {
    /// The tenant it was made for.
    pub tenant: TenantId,
    /// The invoice to pay.
    pub invoice: InvoiceId,
    /// The account and mode of both.
    pub scope: Scope,
    /// The last day it holds, in days since 1970 (UTC). Whole days, so that a link that is shown again is the same all
    /// day.
    last_day: u16,
}

/// The keys that sign and recognize links.
pub struct LinkKeys {
    /// The keyed MACs. The first one signs; all are accepted, so that a new secret can replace one while links signed
    /// with that one are still in use.
    keyed: Vec<Hmac<Sha256>>,
}

/// The version, which is the first signed byte. Another layout needs another number.
const VERSION: u8 = 1;
/// The length of a tag, half of the MAC: the most that RFC 2104 advises to leave out, and still beyond guessing.
const TAG_BYTES: usize = 16;
/// The longest token that is read, longer than any that Dunlin makes: three ids of at most 255 bytes.
const MAX_TOKEN_CHARS: usize = 1_100;

impl PayLink {
    /// Makes a link that holds for this many days from now, to the end of the last.
    pub fn new(tenant: TenantId, invoice: InvoiceId, scope: Scope, lifetime_days: u16, now: UnixSeconds) -> Self {
        Self {
            tenant,
            invoice,
            scope,
            last_day: day_of(now).saturating_add(lifetime_days),
        }
    }

    /// Encodes the link: version, mode, last day, tenant, account, invoice, with its length before each id. Returns
    /// `None` if an id is longer than any of Stripe's.
    fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![VERSION, u8::from(self.scope.livemode)];
        bytes.extend(self.last_day.to_be_bytes());
        for id in [self.tenant.as_str(), self.scope.account.as_str(), self.invoice.as_str()] {
            bytes.push(u8::try_from(id.len()).ok()?);
            bytes.extend(id.as_bytes());
        }
        Some(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[VERSION, mode, high, low], rest) = bytes.split_first_chunk()? else {
            return None;
        };
        let livemode = match mode {
            0 => false,
            1 => true,
            _ => return None,
        };
        let (tenant, rest) = split_id(rest)?;
        let (account, rest) = split_id(rest)?;
        let (invoice, rest) = split_id(rest)?;
        rest.is_empty().then_some(Self {
            tenant: TenantId::parse(tenant).ok()?,
            invoice: InvoiceId::new(invoice),
            scope: Scope {
                account: account.to_owned(),
                livemode,
            },
            last_day: u16::from_be_bytes([high, low]),
        })
    }
}

fn split_id(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (&len, rest) = bytes.split_first()?;
    let (id, rest) = rest.split_at_checked(usize::from(len))?;
    Some((std::str::from_utf8(id).ok()?, rest))
}

/// Returns the days since 1970. A time outside the range becomes the nearest day inside it.
fn day_of(at: UnixSeconds) -> u16 {
    u16::try_from(at.as_secs().max(0) / DAY_SECS).unwrap_or(u16::MAX)
}

impl LinkKeys {
    /// Makes keys that sign with the first of these secrets and accept all. Returns `None` without any.
    pub fn new(secrets: &[SecretString]) -> Option<Self> {
        let keyed = secrets.iter().map(|secret| {
            // HMAC takes a key of any length, so this error never occurs.
            Hmac::new_from_slice(secret.expose_secret().trim().as_bytes()).ok()
        });
        let keyed: Vec<_> = keyed.collect::<Option<_>>()?;
        (!keyed.is_empty()).then_some(Self { keyed })
    }

    /// Returns the link's token, for a path: letters, digits, `-` and `_`. Returns `None` if an id is too long.
    pub fn sign(&self, link: &PayLink) -> Option<String> {
        let mut bytes = link.to_bytes()?;
        let tag = self.keyed.first()?.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(tag.iter().take(TAG_BYTES));
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Returns the link of a token, if it is one of Dunlin's and still holds. It tells no caller why a token is
    /// refused.
    pub fn verify(&self, token: &str, now: UnixSeconds) -> Option<PayLink> {
        if token.len() > MAX_TOKEN_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signed, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
        // Each comparison takes the same time wherever the tags differ, and every key is tried.
        let accepting = self.keyed.iter().filter(|keyed| {
            let mac = (*keyed).clone().chain_update(signed);
            mac.verify_truncated_left(tag).is_ok()
        });
        if accepting.count() == 0 {
            return None;
        }
        PayLink::from_bytes(signed).filter(|link| day_of(now) <= link.last_day)
    }
}

impl std::fmt::Debug for LinkKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkKeys(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixSeconds = UnixSeconds::new(1_795_525_200);

    fn keys(secrets: &[&str]) -> LinkKeys {
        let secrets: Vec<SecretString> = secrets.iter().map(|&secret| secret.into()).collect();
        LinkKeys::new(&secrets).unwrap()
    }

    fn link() -> PayLink {
        let scope = Scope {
            account: String::new(),
            livemode: true,
        };
        let tenant = TenantId::parse("acme").unwrap();
        PayLink::new(tenant, InvoiceId::new("in_1PgafTB7WZ01zgkW6dKueIc5"), scope, 60, NOW)
    }

    /// The HMAC is openssl's: `printf '\x01\x01…' | openssl dgst -sha256 -hmac first -binary | head -c 16`.
    #[test]
    fn a_token_is_what_openssl_signs() {
        let token = keys(&["first"]).sign(&link()).unwrap();
        assert_eq!(
            token,
            "AQFRaQRhY21lABtpbl8xUGdhZlRCN1daMDF6Z2tXNmRLdWVJYzUTYEnWwvAU3TcMQobzkn-e"
        );
        assert!(token.len() < 80, "it fits a line of a mail: {}", token.len());
    }

    #[test]
    fn a_token_holds_to_the_end_of_its_last_day() {
        let keys = keys(&["first"]);
        let token = keys.sign(&link()).unwrap();
        let midnight = UnixSeconds::new((NOW.as_secs() / DAY_SECS + 61) * DAY_SECS);
        assert_eq!(keys.verify(&token, midnight.plus_secs(-1)), Some(link()));
        assert_eq!(keys.verify(&token, midnight), None);
    }

    #[test]
    fn a_secret_can_take_another_s_place() {
        let old = keys(&["old"]).sign(&link()).unwrap();
        assert_eq!(keys(&["new", "old"]).verify(&old, NOW), Some(link()));
        assert_eq!(keys(&["new"]).verify(&old, NOW), None);
        let new = keys(&["new", "old"]).sign(&link()).unwrap();
        assert_eq!(keys(&["new"]).verify(&new, NOW), Some(link()));
    }

    #[test]
    fn what_we_did_not_make_is_no_token() {
        let keys = keys(&["first"]);
        let token = keys.sign(&link()).unwrap();
        let (padded, twice) = (format!("{token}="), format!("{token}{token}"));
        let long = "A".repeat(MAX_TOKEN_CHARS + 1);
        for text in [
            "",
            "A",
            "AQ",
            &token[1..],
            &token[..token.len() - 1],
            &padded,
            &twice,
            &long,
            "../x",
            "å",
        ] {
            assert_eq!(keys.verify(text, NOW), None, "{text}");
        }
    }

    #[test]
    fn without_secrets_there_are_no_links_and_ids_that_are_too_long_get_none() {
        assert!(LinkKeys::new(&[]).is_none());
        let long = PayLink {
            invoice: InvoiceId::new("x".repeat(256)),
            ..link()
        };
        assert_eq!(keys(&["first"]).sign(&long), None);
        assert!(!format!("{:?}", keys(&["hush"])).contains("hush"));
    }

    fn any_link() -> impl Strategy<Value = PayLink> {
        let (tenant, invoice) = ("[A-Za-z0-9][-A-Za-z0-9_.:@]{0,63}", "[ -~]{1,255}");
        let (account, livemode) = ("(acct_[A-Za-z0-9]{1,60})?", any::<bool>());
        (tenant, invoice, account, livemode, 1..366_u16).prop_map(|(tenant, invoice, account, livemode, days)| {
            let scope = Scope { account, livemode };
            PayLink::new(TenantId::parse(&tenant).unwrap(), InvoiceId::new(invoice), scope, days, NOW)
        })
    }

    proptest! {
        #[test]
        fn a_token_says_what_was_signed_and_fits_a_path(link in any_link()) {
            let keys = keys(&["first"]);
            let token = keys.sign(&link).unwrap();
            prop_assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
            prop_assert_eq!(keys.verify(&token, NOW), Some(link));
        }

        #[test]
        fn any_changed_byte_makes_it_no_token(link in any_link(), at in any::<prop::sample::Index>(), change in 1..=u8::MAX) {
            let keys = keys(&["first"]);
            let token = keys.sign(&link).unwrap();
            let mut bytes = token.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            if let Ok(changed) = String::from_utf8(bytes) {
                prop_assert_eq!(keys.verify(&changed, NOW), None);
            }
        }

        #[test]
        fn any_changed_bit_of_what_it_says_makes_it_no_token(link in any_link(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let keys = keys(&["first"]);
            let mut bytes = URL_SAFE_NO_PAD.decode(keys.sign(&link).unwrap()).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(keys.verify(&URL_SAFE_NO_PAD.encode(bytes), NOW), None);
        }

        #[test]
        fn no_text_but_a_token_is_one(text in "[-A-Za-z0-9_]{0,120}") {
            prop_assert_eq!(keys(&["first"]).verify(&text, NOW), None);
        }
    }
}
