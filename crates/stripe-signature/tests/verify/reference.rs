//! A second implementation, as simple as possible. It shares nothing with the first but SHA-256: HMAC follows its
//! definition, and signatures are compared as text.

use sha2::{Digest, Sha256};

use stripe_signature::{MalformedHeader as M, SignatureError as E};

pub(crate) fn hmac_sha256_hex(key: &[u8], message: &[u8]) -> String {
    let mut block = [0_u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::digest([block.map(|byte| byte ^ 0x36).as_slice(), message].concat());
    let outer = Sha256::digest([block.map(|byte| byte ^ 0x5c).as_slice(), inner.as_slice()].concat());
    let pairs: Vec<String> = outer.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.concat()
}

pub(crate) fn verify(secrets: &[&str], header: &[u8], payload: &[u8], now: i64) -> Result<i64, E> {
    if header.len() > 4096 {
        return Err(M::TooLong.into());
    }
    if header.iter().any(|&byte| byte >= 0x80) {
        return Err(M::NotAscii.into());
    }
    let header = String::from_utf8_lossy(header).into_owned();
    let parts: Vec<&str> = header.split(',').collect();
    if parts.len() > 16 {
        return Err(M::TooManyPairs.into());
    }
    if parts.iter().any(|part| part.find('=').is_none_or(|at| at == 0)) {
        return Err(M::NotAPair.into());
    }
    let stamps: Vec<&str> = parts.iter().filter_map(|part| part.strip_prefix("t=")).collect();
    let v1s: Vec<&str> = parts.iter().filter_map(|part| part.strip_prefix("v1=")).collect();
    match (stamps.len(), v1s.len()) {
        (0, _) => return Err(M::NoTimestamp.into()),
        (2.., _) => return Err(M::SeveralTimestamps.into()),
        _ if stamps[0].is_empty() || stamps[0].len() > 11 => return Err(M::BadTimestamp.into()),
        _ if stamps[0].contains(|c: char| !c.is_ascii_digit()) => return Err(M::BadTimestamp.into()),
        (1, 9..) => return Err(M::TooManySignatures.into()),
        (1, 0) => return Err(E::NoV1),
        (1, 1..=8) => {}
    }
    let signed = [stamps[0].as_bytes(), b".", payload].concat();
    let right: Vec<String> = secrets
        .iter()
        .map(|secret| hmac_sha256_hex(secret.as_bytes(), &signed))
        .collect();
    if !v1s.iter().any(|v1| right.contains(&v1.to_ascii_lowercase())) {
        return Err(E::NoMatch);
    }
    let at = stamps[0].bytes().fold(0, |at, digit| at * 10 + i64::from(digit - b'0'));
    match now - at {
        -300..=300 => Ok(at),
        age if age > 300 => Err(E::TooOld {
            age_secs: age.unsigned_abs(),
        }),
        age => Err(E::TooNew {
            ahead_secs: age.unsigned_abs(),
        }),
    }
}
