use hex::FromHex;

use crate::MalformedHeader;

/// The maximum length of a `Stripe-Signature` value, in bytes. Stripe's values have about 100 bytes, and 70 more for
/// each further signature.
pub const MAX_HEADER_BYTES: usize = 4096;

/// The maximum number of `name=value` pairs in a header, of any scheme.
pub const MAX_HEADER_PAIRS: usize = 16;

/// The maximum number of `v1` signatures in a header. Stripe sends one for each live secret of the endpoint: two while
/// one is rolled.
pub const MAX_SIGNATURES: usize = 8;

const MAX_TIMESTAMP_DIGITS: usize = 11;

/// A well-formed `Stripe-Signature` value. Nothing in it is trusted yet.
///
/// The grammar is strict: single commas between pairs, names in lower case, no white space (Stripe sends none). After
/// `, ` the name is ` v1`, which is an unknown scheme and ignored like any other.
pub(crate) struct Header<'a> {
    /// The timestamp as sent. The MAC covers this text and not the number, so leading zeros count.
    pub(crate) timestamp: &'a str,
    /// The same timestamp in Unix seconds.
    pub(crate) signed_at: i64,
    /// The `v1` signatures in the order sent, at most [`MAX_SIGNATURES`]; possibly none.
    pub(crate) signatures: Vec<Signature>,
}

impl<'a> Header<'a> {
    pub(crate) fn parse(value: &'a [u8]) -> Result<Self, MalformedHeader> {
        let pairs = pairs(ascii(value)?)?;
        let timestamp = timestamp(&pairs)?;
        let signed_at = unix_secs(timestamp)?;
        let signatures = signatures(&pairs)?;
        Ok(Self {
            timestamp,
            signed_at,
            signatures,
        })
    }
}

/// The value of one `v1`. A value that is not 64 hex digits becomes [`Signature::Unmatchable`] instead of an error, so
/// it cannot spoil a good one beside it.
pub(crate) enum Signature {
    Sha256([u8; 32]),
    Unmatchable,
}

impl Signature {
    fn parse(text: &str) -> Self {
        <[u8; 32]>::from_hex(text).map_or(Self::Unmatchable, Self::Sha256)
    }
}

fn ascii(value: &[u8]) -> Result<&str, MalformedHeader> {
    if value.len() > MAX_HEADER_BYTES {
        return Err(MalformedHeader::TooLong);
    }
    str::from_utf8(value)
        .ok()
        .filter(|text| text.is_ascii())
        .ok_or(MalformedHeader::NotAscii)
}

fn pairs(text: &str) -> Result<Vec<(&str, &str)>, MalformedHeader> {
    if text.split(',').count() > MAX_HEADER_PAIRS {
        return Err(MalformedHeader::TooManyPairs);
    }
    text.split(',')
        .map(|part| {
            part.split_once('=')
                .filter(|(name, _)| !name.is_empty())
                .ok_or(MalformedHeader::NotAPair)
        })
        .collect()
}

fn timestamp<'a>(pairs: &[(&'a str, &'a str)]) -> Result<&'a str, MalformedHeader> {
    let mut timestamps = values_of("t", pairs);
    let first = timestamps.next().ok_or(MalformedHeader::NoTimestamp)?;
    match timestamps.next() {
        None => Ok(first),
        Some(_) => Err(MalformedHeader::SeveralTimestamps),
    }
}

fn unix_secs(timestamp: &str) -> Result<i64, MalformedHeader> {
    // `i64::from_str` alone would accept a sign.
    let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || timestamp.len() > MAX_TIMESTAMP_DIGITS {
        return Err(MalformedHeader::BadTimestamp);
    }
    timestamp.parse().or(Err(MalformedHeader::BadTimestamp))
}

fn signatures(pairs: &[(&str, &str)]) -> Result<Vec<Signature>, MalformedHeader> {
    let signatures: Vec<Signature> = values_of("v1", pairs).map(Signature::parse).collect();
    if signatures.len() > MAX_SIGNATURES {
        return Err(MalformedHeader::TooManySignatures);
    }
    Ok(signatures)
}

fn values_of<'a>(name: &str, pairs: &[(&'a str, &'a str)]) -> impl Iterator<Item = &'a str> {
    pairs
        .iter()
        .filter(move |(pair_name, _)| *pair_name == name)
        .map(|(_, value)| *value)
}
