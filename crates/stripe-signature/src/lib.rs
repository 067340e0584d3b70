//! Verify and make Stripe webhook signatures.
//!
//! Stripe signs every webhook delivery. The `Stripe-Signature` header reads
//! `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`, and each `v1` is the HMAC-SHA256 of `t`, a full stop
//! and the raw body, keyed with the whole secret of the endpoint, `whsec_` included
//! (<https://docs.stripe.com/webhooks/signature>).
//!
//! ```
//! use stripe_signature::{Secret, SignatureError, Verifier, sign};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secrets = [Secret::parse("whsec_current\n")?, Secret::parse("whsec_previous")?];
//! let verifier = Verifier::try_new(secrets)?;
//!
//! let payload = br#"{"id":"evt_1"}"#;
//! let header = sign(&Secret::parse("whsec_previous")?, payload, 1_760_000_000);
//!
//! let verified = verifier.verify(Some(header.as_bytes()), payload, 1_760_000_042)?;
//! assert_eq!(verified.payload(), payload);
//! assert_eq!(verified.signed_at(), 1_760_000_000);
//!
//! let forged = verifier.verify(Some(header.as_bytes()), b"{}", 1_760_000_042);
//! assert_eq!(forged.err(), Some(SignatureError::NoMatch));
//! # Ok(())
//! # }
//! ```
//!
//! # Invariants
//!
//! - A [`Verified`] exists only for a payload that one of the configured secrets signed at an
//!   acceptable time: only [`Verifier::verify`] makes one.
//! - While a secret is being rolled Stripe sends several `v1`, and the receiver may know two
//!   secrets: every `v1` is tried against every secret, in constant time and without stopping at
//!   the first match. The order of either never matters.
//! - Schemes other than `v1` are ignored. A header with nothing but `v0` is refused.
//! - There is no way to build a [`Secret`] that is blank, or a [`Verifier`] without a secret, and
//!   no switch that skips the check.
//! - No `Debug` or `Display` text of this crate contains a secret, a signature or a byte of the
//!   payload.
//! - The work is bounded by [`MAX_HEADER_BYTES`], [`MAX_HEADER_PAIRS`] and [`MAX_SIGNATURES`]; the
//!   payload is hashed once for each secret, however many signatures are offered.
//!
//! # What is not here
//!
//! No I/O, no clock (`now` is an argument) and no logging. No limit on the size of the payload:
//! whoever reads the body off the wire has to stop in time. No JSON: the payload is bytes, verified
//! exactly as they were sent. And no memory of what was seen: within the tolerance a delivery can
//! be replayed, so the receiver still has to store each event only once.

#![forbid(unsafe_code)]

mod error;
mod header;
mod secret;
mod sign;
mod verifier;

pub use error::{MalformedHeader, SignatureError};
pub use header::{MAX_HEADER_BYTES, MAX_HEADER_PAIRS, MAX_SIGNATURES};
pub use secret::{BlankSecret, Secret};
pub use sign::sign;
pub use verifier::{DEFAULT_TOLERANCE_SECS, NoSecret, Verified, Verifier};
