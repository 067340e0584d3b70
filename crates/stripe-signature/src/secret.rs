use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

const PREFIX: &str = "whsec_";
/// The text from which fingerprints are made. No signature covers it, because a signed text begins with the time.
const FINGERPRINTED: &[u8] = b"fingerprint";
/// This is enough to tell a handful of secrets apart, and far too little to find one.
const FINGERPRINT_BYTES: usize = 4;

/// The signing secret of one webhook endpoint: one whole `whsec_…` string.
///
/// It stores only the HMAC state keyed with the text, not the text itself. So there is nothing to print or return, and
/// `Debug` is redacted. The state is as secret as the text: anybody who has it can sign.
pub struct Secret {
    keyed: Hmac<Sha256>,
}

impl Secret {
    /// Parses the secret as the Stripe dashboard shows it. White space around it is dropped, because a file usually
    /// ends in a newline. The key is all of the rest, `whsec_` included. A secret without that prefix is allowed, for
    /// tests and tools.
    ///
    /// # Errors
    ///
    /// [`BlankSecret`] if no letter or digit is left after the prefix. HMAC itself accepts an empty key, and it pads
    /// every key with zeros, so a file of NULs is an empty key too. With either, anybody could sign.
    pub fn parse(text: &str) -> Result<Self, BlankSecret> {
        let text = text.trim();
        let random_part = text.strip_prefix(PREFIX).unwrap_or(text);
        if !random_part.contains(char::is_alphanumeric) {
            return Err(BlankSecret);
        }
        // HMAC accepts a key of any length, so this error cannot occur.
        let keyed = Hmac::new_from_slice(text.as_bytes()).or(Err(BlankSecret))?;
        Ok(Self { keyed })
    }

    /// Returns eight hexadecimal digits by which people and logs can tell secrets apart. They depend on the secret
    /// alone and do not reveal it.
    pub fn fingerprint(&self) -> String {
        let mac = self.keyed.clone().chain_update(FINGERPRINTED).finalize().into_bytes();
        hex::encode(&mac[..FINGERPRINT_BYTES])
    }

    /// Returns the MAC of `timestamp`, a full stop and the payload. It is unfinished, so it can only be compared in
    /// constant time or, by [`sign`](crate::sign), written into a header.
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

/// The error for a secret without a letter or digit after `whsec_`: nothing was configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the webhook signing secret is blank")]
pub struct BlankSecret;
