use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use thiserror::Error;

use crate::header::{Header, Signature};
use crate::{Secret, SignatureError};

/// The default tolerance: the maximum distance of a signature from now, in seconds. [`Verifier::with_tolerance_secs`]
/// changes it. It is the default of Stripe's own libraries (<https://docs.stripe.com/webhooks/signature>).
pub const DEFAULT_TOLERANCE_SECS: u64 = 300;

/// A verifier of deliveries against the secrets of an endpoint. Build it once, at the start. It always has a secret.
pub struct Verifier {
    secrets: Vec<Secret>,
    tolerance_secs: u64,
}

impl Verifier {
    /// Creates a verifier that accepts a payload signed with any of `secrets`, in any order. There is usually one, and
    /// two while a secret is rolled. Each costs one hash of every payload.
    ///
    /// # Errors
    ///
    /// [`NoSecret`] if `secrets` is empty.
    pub fn try_new(secrets: impl IntoIterator<Item = Secret>) -> Result<Self, NoSecret> {
        let secrets: Vec<Secret> = secrets.into_iter().collect();
        if secrets.is_empty() {
            return Err(NoSecret);
        }
        Ok(Self {
            secrets,
            tolerance_secs: DEFAULT_TOLERANCE_SECS,
        })
    }

    /// Returns the same verifier with another tolerance, in seconds, for both past and future. Zero accepts only
    /// signatures made in this very second. It does not disable the check, as it does in some of Stripe's libraries.
    #[must_use]
    pub fn with_tolerance_secs(self, tolerance_secs: u64) -> Self {
        Self { tolerance_secs, ..self }
    }

    /// Verifies one delivery. `header` is the value of `Stripe-Signature` as sent, `None` if there is no such header.
    /// `payload` is the body as sent, never re-encoded or parsed. `now` is in Unix seconds.
    ///
    /// The signature is compared before the age is checked. A caller that cannot sign always gets the same answer
    /// ([`SignatureError::NoMatch`]), and a delivery called too old or too new was truly signed then.
    ///
    /// # Errors
    ///
    /// In this order: [`Missing`](SignatureError::Missing), [`Malformed`](SignatureError::Malformed),
    /// [`NoV1`](SignatureError::NoV1), [`NoMatch`](SignatureError::NoMatch), and [`TooOld`](SignatureError::TooOld) or
    /// [`TooNew`](SignatureError::TooNew) if the signature is more than the tolerance away from `now`.
    pub fn verify<'a>(&self, header: Option<&[u8]>, payload: &'a [u8], now: i64) -> Result<Verified<'a>, SignatureError> {
        let header = well_formed(header)?;
        let signed_by = self.signed_by(&header, payload).ok_or(SignatureError::NoMatch)?;
        self.check_age(header.signed_at, now)?;
        Ok(Verified {
            payload,
            signed_at: header.signed_at,
            signed_by,
        })
    }

    /// Checks whether the header can belong to a signed delivery, before the body is read. Nothing is trusted yet.
    ///
    /// # Errors
    /// [`Missing`](SignatureError::Missing), [`Malformed`](SignatureError::Malformed) or
    /// [`NoV1`](SignatureError::NoV1), as from [`verify`](Self::verify).
    pub fn check_header(&self, header: Option<&[u8]>) -> Result<(), SignatureError> {
        well_formed(header).map(drop)
    }

    /// Returns the secrets, in the order given.
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// Returns the index of the first secret that signed it. Every signature is compared with every secret, without an
    /// early exit (`|` and not `||`). So the time taken reveals nothing to a caller that cannot sign.
    fn signed_by(&self, header: &Header<'_>, payload: &[u8]) -> Option<usize> {
        self.secrets.iter().enumerate().fold(None, |first, (index, secret)| {
            let mac = secret.mac(header.timestamp, payload);
            let is_signed = header
                .signatures
                .iter()
                .fold(false, |matched, signature| matched | is_signature(&mac, signature));
            first.or(is_signed.then_some(index))
        })
    }

    /// Checks the age. The limits themselves are accepted.
    fn check_age(&self, signed_at: i64, now: i64) -> Result<(), SignatureError> {
        let distance_secs = now.abs_diff(signed_at);
        if distance_secs <= self.tolerance_secs {
            Ok(())
        } else if signed_at < now {
            Err(SignatureError::TooOld { age_secs: distance_secs })
        } else {
            Err(SignatureError::TooNew {
                ahead_secs: distance_secs,
            })
        }
    }
}

fn well_formed(header: Option<&[u8]>) -> Result<Header<'_>, SignatureError> {
    let header = Header::parse(header.ok_or(SignatureError::Missing)?)?;
    if header.signatures.is_empty() {
        return Err(SignatureError::NoV1);
    }
    Ok(header)
}

/// Compares in constant time for every 32-byte signature, as `verify_slice` does. A value that cannot be a signature is
/// public and may be skipped.
fn is_signature(mac: &Hmac<Sha256>, signature: &Signature) -> bool {
    match signature {
        Signature::Sha256(bytes) => mac.clone().verify_slice(bytes).is_ok(),
        Signature::Unmatchable => false,
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("secrets", &self.secrets)
            .field("tolerance_secs", &self.tolerance_secs)
            .finish()
    }
}

/// Proof that one of the configured secrets signed this payload, within the tolerance at the time of the check. A
/// caller that takes the payload from here and not from the request cannot read anything unverified by mistake.
///
/// There is no other way to make one:
///
/// ```compile_fail,E0451
/// let forged = stripe_signature::Verified { payload: b"{}", signed_at: 0, signed_by: 0 };
/// ```
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Verified<'a> {
    payload: &'a [u8],
    signed_at: i64,
    signed_by: usize,
}

impl<'a> Verified<'a> {
    /// Returns the body, byte for byte as sent.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Returns the time at which Stripe signed this delivery, in Unix seconds. Stripe signs each retry anew, so this is
    /// not the time of the event.
    pub fn signed_at(&self) -> i64 {
        self.signed_at
    }

    /// Returns the position in [`Verifier::secrets`] of the secret that signed it. This is the first one if several
    /// did, because Stripe signs with the old and the new secret while one is rolled.
    pub fn signed_by(&self) -> usize {
        self.signed_by
    }
}

impl fmt::Debug for Verified<'_> {
    /// Prints the payload's length, which is enough to recognize it. The payload itself is a customer's data and stays
    /// out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("payload_bytes", &self.payload.len())
            .field("signed_at", &self.signed_at)
            .field("signed_by", &self.signed_by)
            .finish()
    }
}

/// The error for a [`Verifier`] without any secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("there is no webhook signing secret to verify with")]
pub struct NoSecret;
