//! `verify` accepts what `sign` makes, and nothing else.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use stripe_signature::{MalformedHeader, SignatureError, sign};

use crate::reference::hmac_sha256_hex;
use crate::{OTHER_SECRET, SECRET, secret, verifier};

/// Returns every value that fits into a timestamp, in Unix seconds.
fn timestamps() -> Range<i64> {
    0..100_000_000_000
}

proptest! {
    #[test]
    fn what_is_signed_is_verified(
        text in "(whsec_)?[A-Za-z0-9]{1,90}",
        payload in vec(any::<u8>(), 0..600),
        at in timestamps(),
        off_secs in -300_i64..=300,
    ) {
        let header = sign(&secret(&text), &payload, at);
        let verifier = verifier(&[OTHER_SECRET, &text]);
        let verified = verifier.verify(Some(header.as_bytes()), &payload, at + off_secs);
        prop_assert_eq!(verified.map(|verified| (verified.payload(), verified.signed_at())), Ok((payload.as_slice(), at)));
    }

    #[test]
    fn sign_agrees_with_the_reference(payload in vec(any::<u8>(), 0..600), at in any::<i64>()) {
        let v1 = hmac_sha256_hex(SECRET.as_bytes(), &[format!("{at}.").as_bytes(), &payload].concat());
        prop_assert_eq!(sign(&secret(SECRET), &payload, at), format!("t={at},v1={v1}"));
    }

    #[test]
    fn a_payload_with_any_byte_changed_is_refused(
        payload in vec(any::<u8>(), 1..200),
        flipped_bits in 1..=u8::MAX,
        at in timestamps(),
    ) {
        let header = sign(&secret(SECRET), &payload, at);
        let verifier = verifier(&[SECRET]);
        for place in 0..payload.len() {
            let mut changed = payload.clone();
            changed[place] ^= flipped_bits;
            prop_assert_eq!(verifier.verify(Some(header.as_bytes()), &changed, at), Err(SignatureError::NoMatch));
        }
    }

    #[test]
    fn a_payload_cut_or_extended_is_refused(
        payload in vec(any::<u8>(), 1..200),
        at in timestamps(),
        more in any::<u8>(),
    ) {
        let header = sign(&secret(SECRET), &payload, at);
        let extended = [payload.as_slice(), &[more]].concat();
        for changed in [&payload[1..], &payload[..payload.len() - 1], &extended] {
            prop_assert_eq!(verifier(&[SECRET]).verify(Some(header.as_bytes()), changed, at), Err(SignatureError::NoMatch));
        }
    }

    #[test]
    fn a_signature_with_any_bit_changed_is_refused(
        payload in vec(any::<u8>(), 0..100),
        nibble in 1..16_u32,
        at in timestamps(),
    ) {
        let header = sign(&secret(SECRET), &payload, at);
        let (head, v1) = header.split_once("v1=").expect("sign writes a v1");
        for place in 0..v1.len() {
            let digit = v1.chars().nth(place).and_then(|digit| digit.to_digit(16)).expect("sign writes hex");
            let mut changed = v1.to_owned();
            changed.replace_range(place..=place, &format!("{:x}", digit ^ nibble));
            let header = format!("{head}v1={changed}");
            prop_assert_eq!(verifier(&[SECRET]).verify(Some(header.as_bytes()), &payload, at), Err(SignatureError::NoMatch));
        }
    }

    #[test]
    fn a_header_with_any_timestamp_changed_is_refused(
        payload in vec(any::<u8>(), 0..100),
        at in timestamps(),
        other in "[0-9]{1,12}",
    ) {
        prop_assume!(other != at.to_string());
        let header = sign(&secret(SECRET), &payload, at).replace(&format!("t={at}"), &format!("t={other}"));
        let expected = if other.len() > 11 { MalformedHeader::BadTimestamp.into() } else { SignatureError::NoMatch };
        prop_assert_eq!(verifier(&[SECRET]).verify(Some(header.as_bytes()), &payload, at), Err(expected));
    }
}
