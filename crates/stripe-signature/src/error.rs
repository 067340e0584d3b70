use thiserror::Error;

use crate::{MAX_HEADER_BYTES, MAX_HEADER_PAIRS, MAX_SIGNATURES};

/// The reason why a delivery was not accepted.
///
/// The text of a variant never contains the secret, the header's signatures or the payload. So it can be logged, and
/// returned as the response: Stripe shows an endpoint's responses to the account's owner, who has to fix the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The request has no `Stripe-Signature` header.
    #[error("there is no Stripe-Signature header")]
    Missing,
    /// The header is not one that Stripe could have sent.
    #[error("the Stripe-Signature header is malformed")]
    Malformed(#[from] MalformedHeader),
    /// The header has a timestamp but no `v1` signature, only schemes that are untrusted (`v0`) or unknown.
    #[error("the Stripe-Signature header has no v1 signature")]
    NoV1,
    /// The signature is right, but older than the tolerance. Only a correctly signed header is ever called too old:
    /// this is a replay, a delayed delivery, or a receiver with a fast clock.
    #[error("the signature was made {age_secs} s ago, longer than is tolerated")]
    TooOld {
        /// Seconds from the signing until now; always greater than the tolerance.
        age_secs: u64,
    },
    /// The signature is right, but further in the future than the tolerance. Only a correctly signed header is ever
    /// called too new: the receiver's clock is slow.
    #[error("the signature was made {ahead_secs} s in the future, further than is tolerated")]
    TooNew {
        /// Seconds from now until the signing; always greater than the tolerance.
        ahead_secs: u64,
    },
    /// No `v1` is a signature of this payload and timestamp with any configured secret. This is a forgery, a payload
    /// changed in transit, or the secret of another endpoint.
    #[error("no v1 signature matches a configured secret")]
    NoMatch,
}

/// The problem with the form of a `Stripe-Signature` header.
///
/// If there are several problems, the first one in the order below is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MalformedHeader {
    /// The request has more than one `Stripe-Signature` line. This crate sees one value and never reports this. The
    /// variant is for the code that reads the request, which must not choose between the lines.
    #[error("there are several Stripe-Signature headers")]
    SeveralHeaders,
    /// Longer than [`MAX_HEADER_BYTES`] bytes.
    #[error("it is longer than {MAX_HEADER_BYTES} bytes")]
    TooLong,
    /// A byte that is not ASCII.
    #[error("it is not ASCII")]
    NotAscii,
    /// More than [`MAX_HEADER_PAIRS`] pairs.
    #[error("it has more than {MAX_HEADER_PAIRS} pairs")]
    TooManyPairs,
    /// A part between two commas is not `name=value`. This includes an empty header, a trailing comma and a pair
    /// without a name, but not an empty value.
    #[error("a part of it is not a name=value pair")]
    NotAPair,
    /// No `t`.
    #[error("it has no timestamp")]
    NoTimestamp,
    /// More than one `t`, even if they are equal.
    #[error("it has several timestamps")]
    SeveralTimestamps,
    /// The `t` is not 1 to 11 ASCII digits. Signs, spaces, exponents and other bases are refused.
    #[error("its timestamp is not 1 to 11 digits")]
    BadTimestamp,
    /// More than [`MAX_SIGNATURES`] `v1`.
    #[error("it has more than {MAX_SIGNATURES} v1 signatures")]
    TooManySignatures,
}
