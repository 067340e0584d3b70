use thiserror::Error;

use crate::{MAX_HEADER_BYTES, MAX_HEADER_PAIRS, MAX_SIGNATURES};

/// Why a delivery was not accepted.
///
/// The text of no variant contains anything of the secret, the header's signatures or the payload,
/// so it can be logged, and answered: Stripe shows an endpoint's answers to the account's owner, who has to mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// There was no `Stripe-Signature` header.
    #[error("there is no Stripe-Signature header")]
    Missing,
    /// There was a header, but not one that Stripe could have sent.
    #[error("the Stripe-Signature header is malformed")]
    Malformed(#[from] MalformedHeader),
    /// The header has a timestamp but no `v1` signature, only schemes that are not trusted (`v0`)
    /// or not known.
    #[error("the Stripe-Signature header has no v1 signature")]
    NoV1,
    /// The signature is right, but was made longer ago than the tolerance. Only a correctly signed
    /// header is ever called too old: this is a replay, a delivery held up on the way, or a
    /// receiver whose clock is fast.
    #[error("the signature was made {age_secs} s ago, longer than is tolerated")]
    TooOld {
        /// Seconds from the signing until now; always greater than the tolerance.
        age_secs: u64,
    },
    /// The signature is right, but was made further in the future than the tolerance. Only a
    /// correctly signed header is ever called too new: the clock of the receiver is slow.
    #[error("the signature was made {ahead_secs} s in the future, further than is tolerated")]
    TooNew {
        /// Seconds from now until the signing; always greater than the tolerance.
        ahead_secs: u64,
    },
    /// No `v1` is a signature of this payload and timestamp by any configured secret: a forgery, a
    /// payload changed on the way, or the secret of another endpoint.
    #[error("no v1 signature matches a configured secret")]
    NoMatch,
}

/// What is wrong with the form of a `Stripe-Signature` header.
///
/// Where several things are wrong, the first in the order below is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MalformedHeader {
    /// The request has more than one `Stripe-Signature` line. This crate sees one value and never
    /// reports it: the variant is for whoever reads the request, who must not choose between the
    /// lines.
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
    /// Something between two commas is not `name=value`. An empty header, a trailing comma and a
    /// pair without a name are such cases; an empty value is not.
    #[error("a part of it is not a name=value pair")]
    NotAPair,
    /// No `t`.
    #[error("it has no timestamp")]
    NoTimestamp,
    /// More than one `t`, even if they are equal.
    #[error("it has several timestamps")]
    SeveralTimestamps,
    /// The `t` is not 1 to 11 ASCII digits; signs, spaces, exponents and other bases are refused.
    #[error("its timestamp is not 1 to 11 digits")]
    BadTimestamp,
    /// More than [`MAX_SIGNATURES`] `v1`.
    #[error("it has more than {MAX_SIGNATURES} v1 signatures")]
    TooManySignatures,
}
