//! The crate and the [`reference`](crate::reference) must agree on every header, to the exact error.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use stripe_signature::{MalformedHeader, SignatureError};

use crate::reference::{self, hmac_sha256_hex};
use crate::{OTHER_SECRET, SECRET, T, verifier};

const STRANGER: &str = "whsec_not_configured";

#[derive(Clone, Debug)]
struct Case {
    header: Vec<u8>,
    payload: Vec<u8>,
    now: i64,
}

impl Case {
    fn by_the_crate(&self) -> Result<i64, SignatureError> {
        verifier(&[SECRET, OTHER_SECRET])
            .verify(Some(&self.header), &self.payload, self.now)
            .map(|verified| verified.signed_at())
    }

    fn by_the_reference(&self) -> Result<i64, SignatureError> {
        reference::verify(&[SECRET, OTHER_SECRET], &self.header, &self.payload, self.now)
    }
}

/// Returns timestamps near [`T`], and sometimes a text that is not a timestamp.
fn timestamp() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just(T.to_string()),
        1 => (0_i64..100_000_000_000).prop_map(|t| t.to_string()),
        1 => "[0-9]{0,13}",
        1 => "[-+ 0-9a-fxe._\0]{0,4}",
    ]
}

/// Returns one pair. Signatures are over `timestamp`, and other pairs may contradict it.
fn pair(timestamp: &str, payload: &[u8]) -> impl Strategy<Value = String> + use<> {
    let signed = [timestamp.as_bytes(), b".", payload].concat();
    let by = |secret: &str| hmac_sha256_hex(secret.as_bytes(), &signed);
    let (mine, other, stranger) = (by(SECRET), by(OTHER_SECRET), by(STRANGER));
    let upper = mine.to_uppercase();
    let near_miss = (Just(mine.clone()), 0..64_usize, "[0-9a-fA-Fg \0]{0,2}").prop_map(|(mut hex, place, instead)| {
        hex.replace_range(place..=place, &instead);
        hex
    });
    let v1 = prop_oneof![
        Just(mine.clone()),
        Just(other),
        Just(stranger),
        Just(upper),
        near_miss,
        "[0-9a-f]{62,66}",
        Just(String::new())
    ];
    let scheme = "v[0-9]{0,2}|V1| v1|v1 |[a-z]{1,3}";
    let value = prop_oneof![Just(mine), Just(String::new())];
    prop_oneof![
        4 => v1.prop_map(|v1| format!("v1={v1}")),
        2 => (scheme, value).prop_map(|(name, value)| format!("{name}={value}")),
    ]
}

fn parts(timestamp: &str, payload: &[u8]) -> impl Strategy<Value = Vec<String>> + use<> {
    let stamps = prop_oneof![
        12 => Just(vec![format!("t={timestamp}")]),
        1 => Just(vec![]),
        1 => Just(vec![format!("t={timestamp}"), format!("t={timestamp}")]),
        1 => "t=[0-9]{1,3}".prop_map(|t| vec![t]),
    ];
    let pairs = prop_oneof![
        9 => vec(pair(timestamp, payload), 0..5),
        2 => vec(pair(timestamp, payload), 5..19),
    ];
    let junk = prop_oneof![12 => Just(vec![]), 1 => vec("[ -~]{0,3}", 1..3)];
    let long = prop_oneof![20 => Just(vec![]), 1 => (3900..4100_usize).prop_map(|count| vec![format!("x={}", "y".repeat(count))])];
    (stamps, pairs, junk, long)
        .prop_map(|lists| [lists.0, lists.1, lists.2, lists.3].concat())
        .prop_shuffle()
}

/// Returns a header of pairs, sometimes with one byte changed, and sometimes arbitrary bytes.
fn header(timestamp: &str, payload: &[u8]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let whole = parts(timestamp, payload).prop_map(|parts| parts.join(",").into_bytes());
    let touched = (
        whole,
        prop_oneof![6 => Just(None), 1 => any::<(prop::sample::Index, u8)>().prop_map(Some)],
    )
        .prop_map(|(mut header, touch)| {
            if let Some((place, byte)) = touch
                && !header.is_empty()
            {
                let place = place.index(header.len());
                header[place] = byte;
            }
            header
        });
    prop_oneof![15 => touched, 1 => vec(any::<u8>(), 0..40)]
}

fn now() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => T - 300..=T + 300,
        2 => prop::sample::select(vec![T - 301, T - 300, T + 300, T + 301]),
        1 => 0_i64..100_000_000_000,
    ]
}

fn case() -> impl Strategy<Value = Case> {
    (timestamp(), vec(any::<u8>(), 0..80), now()).prop_flat_map(|(timestamp, payload, now)| {
        header(&timestamp, &payload).prop_map(move |header| Case {
            header,
            payload: payload.clone(),
            now,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_crate_and_the_reference_agree(case in case()) {
        prop_assert_eq!(case.by_the_crate(), case.by_the_reference());
    }
}

/// A fuzz test that only ever sees "malformed" proves nothing, so the cases must lead to every possible answer. Names
/// are compared, so every age counts as the same answer.
#[test]
fn the_cases_reach_every_answer() {
    let mut runner = TestRunner::deterministic();
    let strategy = case();
    let reached: BTreeSet<&str> = (0..2048)
        .map(|_| name(strategy.new_tree(&mut runner).expect("a case").current().by_the_crate()))
        .collect();
    let all = [
        "accepted",
        "bad timestamp",
        "no match",
        "no timestamp",
        "no v1",
        "not a pair",
        "not ascii",
        "several timestamps",
        "too long",
        "too many pairs",
        "too many signatures",
        "too new",
        "too old",
    ];
    assert_eq!(reached, BTreeSet::from(all));
}

fn name(answer: Result<i64, SignatureError>) -> &'static str {
    match answer {
        Ok(_) => "accepted",
        Err(SignatureError::Missing) => "missing",
        Err(SignatureError::NoV1) => "no v1",
        Err(SignatureError::TooOld { .. }) => "too old",
        Err(SignatureError::TooNew { .. }) => "too new",
        Err(SignatureError::NoMatch) => "no match",
        Err(SignatureError::Malformed(malformed)) => match malformed {
            MalformedHeader::SeveralHeaders => "several headers",
            MalformedHeader::TooLong => "too long",
            MalformedHeader::NotAscii => "not ascii",
            MalformedHeader::TooManyPairs => "too many pairs",
            MalformedHeader::NotAPair => "not a pair",
            MalformedHeader::NoTimestamp => "no timestamp",
            MalformedHeader::SeveralTimestamps => "several timestamps",
            MalformedHeader::BadTimestamp => "bad timestamp",
            MalformedHeader::TooManySignatures => "too many signatures",
        },
    }
}
