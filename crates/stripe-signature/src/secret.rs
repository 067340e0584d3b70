use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

const PREFIX: &str = "whsec_";
/// What fingerprints are made of. No signature is over it: what is signed begins with the time.
const FINGERPRINTED: &[u8] = b"fingerprint";
/// Enough to tell a handful of secrets apart, and far too little to find one by.
const FINGERPRINT_BYTES: usize = 4;

/// The signing secret of one webhook endpoint: one whole `whsec_…` string.
///
/// The text itself is not kept, only the HMAC state keyed with it, so there is nothing to print or
/// to give back; `Debug` is redacted. The state is still as secret as the text: whoever has it can
/// sign.
pub struct Secret {
    keyed: Hmac<Sha256>,
}

impl Secret {
    /// Takes the secret as the Stripe dashboard shows it. White space around it is dropped, because
    /// a file usually ends in a newline. The key is all of the rest, `whsec_` included; a secret
    /// without that prefix is allowed, for tests and tools.
    ///
    /// # Errors
    ///
    /// [`BlankSecret`] if no letter or digit is left after the prefix. HMAC itself would take an
    /// empty key, and pads every key with zeros, so that a file of NULs is an empty key too; with
    /// either, anybody could sign.
    pub fn parse(text: &str) -> Result<Self, BlankSecret> {
        let text = text.trim();
        let random_part = text.strip_prefix(PREFIX).unwrap_or(text);
        if !random_part.contains(char::is_alphanumeric) {
            return Err(BlankSecret);
        }
        // HMAC takes a key of any length, so the error is one of form only.
        let keyed = Hmac::new_from_slice(text.as_bytes()).or(Err(BlankSecret))?;
        Ok(Self { keyed })
    }

    /// Eight hexadecimal digits by which people and logs can tell secrets apart. They follow from the secret alone, and say
    /// nothing of it.
    pub fn fingerprint(&self) -> String {
        let mac = self.keyed.clone().chain_update(FINGERPRINTED).finalize().into_bytes();
        hex::encode(&mac[..FINGERPRINT_BYTES])
    }

    /// The MAC of `timestamp`, a full stop and the payload. It is returned unfinished, so that it
    /// can only be compared in constant time or, by [`sign`](crate::sign), be written into a
    /// header.
    pub(crate) fn mac(&self, timestamp: &str, payload: &[u8]) -> Hmac<Sha256> {
        self.keyed
            .clone()
            .chain_update(timestamp)
            .chain_update(b".")
            .chain_update(payload)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The text given as a secret has no letter or digit after `whsec_`: nothing was configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the webhook signing secret is blank")]
pub struct BlankSecret;
