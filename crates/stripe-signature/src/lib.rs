//! Verifies and creates Stripe webhook signatures.
//!
//! Stripe signs every webhook delivery. The `Stripe-Signature` header reads `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`.
//! Each `v1` is the HMAC-SHA256 of `t`, a full stop and the raw body. The key is the whole secret of the endpoint,
//! `whsec_` included (<https://docs.stripe.com/webhooks/signature>).
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
//! - A [`Verified`] exists only for a payload that one of the configured secrets signed at an acceptable time: only
//!   [`Verifier::verify`] makes one.
//! - While a secret is rolled, Stripe sends several `v1` and the receiver may know two secrets. Every `v1` is compared
//!   with every secret, in constant time and without a stop at the first match. The order of either never matters.
//! - Schemes other than `v1` are ignored. A header with nothing but `v0` is refused.
//! - There is no blank [`Secret`], no [`Verifier`] without a secret, and no switch that skips the check.
//! - No `Debug` or `Display` text of this crate contains a secret, a signature or a byte of the payload.
//! - [`MAX_HEADER_BYTES`], [`MAX_HEADER_PAIRS`] and [`MAX_SIGNATURES`] bound the work. The payload is hashed once per
//!   secret, however many signatures are offered.
//!
//! # What is not here
//!
//! No I/O, no clock (`now` is an argument) and no logging. No limit on the size of the payload: the code that reads the
//! body from the wire has to set one. No JSON: the payload is bytes, verified exactly as sent. And no memory of earlier
//! deliveries: within the tolerance a delivery can be replayed, so the receiver still has to store each event only
//! once.

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
