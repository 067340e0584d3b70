//! The signature that counts, and the secret by which it counts.

use stripe_signature::SignatureError::{NoMatch, NoV1};
use stripe_signature::{MAX_SIGNATURES, MalformedHeader, sign};

use crate::{JSON, JSON_V1, JSON_V1_BY_OTHER, OTHER_SECRET, SECRET, T, WRONG_V1, accepts, refuses, secret, verifier};

/// While a secret is rolled, Stripe signs with the old and the new one and sends both `v1`. Here only the old one is
/// known. Its signature counts in first and in last place.
#[test]
fn rolled_secret() {
    accepts(format!("t={T},v1={JSON_V1},v1={JSON_V1_BY_OTHER}"));
    accepts(format!("t={T},v1={JSON_V1_BY_OTHER},v1={JSON_V1}"));
}

#[test]
fn either_of_two_configured_secrets_is_enough_in_either_order() {
    for secrets in [[SECRET, OTHER_SECRET], [OTHER_SECRET, SECRET]] {
        for v1 in [JSON_V1, JSON_V1_BY_OTHER] {
            let header = format!("t={T},v1={v1}");
            assert!(verifier(&secrets).verify(Some(header.as_bytes()), JSON, T).is_ok());
        }
    }
}

#[test]
fn the_first_secret_that_signed_is_told_in_whatever_order_the_signatures_come() {
    let both = [
        format!("t={T},v1={JSON_V1},v1={JSON_V1_BY_OTHER}"),
        format!("t={T},v1={JSON_V1_BY_OTHER},v1={JSON_V1}"),
    ];
    let signed_by = |secrets: &[&str], header: &str| {
        let verifier = verifier(secrets);
        let verified = verifier.verify(Some(header.as_bytes()), JSON, T);
        verified.map(|verified| verified.signed_by())
    };
    for header in &both {
        assert_eq!(signed_by(&[SECRET, OTHER_SECRET], header), Ok(0));
        assert_eq!(signed_by(&["whsec_unused", OTHER_SECRET, SECRET], header), Ok(1));
    }
    let other = format!("t={T},v1={JSON_V1_BY_OTHER}");
    assert_eq!(signed_by(&[SECRET, OTHER_SECRET], &other), Ok(1));
    assert_eq!(signed_by(&[OTHER_SECRET, SECRET], &other), Ok(0));
}

#[test]
fn two_secrets_and_two_signatures_match_in_every_order() {
    for secrets in [[SECRET, OTHER_SECRET], [OTHER_SECRET, SECRET]] {
        for (first, second) in [(JSON_V1, JSON_V1_BY_OTHER), (JSON_V1_BY_OTHER, JSON_V1)] {
            let header = format!("t={T},v1={first},v1={second}");
            assert!(verifier(&secrets).verify(Some(header.as_bytes()), JSON, T).is_ok());
        }
    }
}

#[test]
fn a_signature_by_another_secret_is_refused() {
    refuses(format!("t={T},v1={JSON_V1_BY_OTHER}"), NoMatch);
}

#[test]
fn a_signature_of_another_payload_is_refused() {
    let header = format!("t={T},v1={JSON_V1}");
    for payload in [
        &b""[..],
        b"{}",
        br#"{"id":"evt_2","object":"event"}"#,
        b"\0",
        b".",
        b"\xef\xbb\xbf{}",
    ] {
        assert_eq!(verifier(&[SECRET]).verify(Some(header.as_bytes()), payload, T), Err(NoMatch));
    }
}

#[test]
fn a_signature_of_another_time_is_refused() {
    refuses(format!("t={},v1={JSON_V1}", T + 1), NoMatch);
}

#[test]
fn digits_cannot_move_between_the_timestamp_and_the_payload() {
    // Both are signed as "1760000000.1.x", so only the grammar of the timestamp distinguishes them.
    let header = sign(&secret(SECRET), b"1.x", T);
    assert!(verifier(&[SECRET]).verify(Some(header.as_bytes()), b"1.x", T).is_ok());

    let moved = header.replace(",v1=", ".1,v1=");
    let answer = verifier(&[SECRET]).verify(Some(moved.as_bytes()), b"x", T);
    assert_eq!(answer, Err(MalformedHeader::BadTimestamp.into()));
}

#[test]
fn upper_and_mixed_case_hex_is_the_same_signature() {
    accepts(format!("t={T},v1={}", JSON_V1.to_uppercase()));
    accepts(format!("t={T},v1={}", JSON_V1.replace('e', "E")));
}

fn unmatchable() -> Vec<String> {
    let cut = &JSON_V1[..63];
    vec![
        String::new(),
        cut.to_owned(),
        format!("{JSON_V1}0"),
        format!("{JSON_V1}{JSON_V1}"),
        format!("{cut}g"),
        format!("{cut}\0"),
        format!("{JSON_V1}\0"),
        format!("{cut} "),
        format!("0x{}", &JSON_V1[..62]),
        format!("={cut}"),
        JSON_V1[..62].to_owned(),
        "\0".repeat(64),
        "\0".repeat(32),
        WRONG_V1.to_owned(),
    ]
}

#[test]
fn what_is_not_64_hex_digits_matches_nothing() {
    for bad in unmatchable() {
        refuses(format!("t={T},v1={bad}"), NoMatch);
    }
}

#[test]
fn what_matches_nothing_does_not_spoil_a_good_signature_beside_it() {
    for bad in unmatchable() {
        accepts(format!("t={T},v1={bad},v1={JSON_V1}"));
        accepts(format!("t={T},v1={JSON_V1},v1={bad}"));
        accepts(format!("v1={bad},v1={JSON_V1},v1={bad},t={T}"));
    }
}

#[test]
fn a_good_signature_counts_at_every_place_among_the_most_allowed() {
    for place in 0..MAX_SIGNATURES {
        let mut signatures = [WRONG_V1; MAX_SIGNATURES];
        signatures[place] = JSON_V1;
        accepts(format!("t={T},v1={}", signatures.join(",v1=")));
    }
}

#[test]
fn one_signature_more_than_allowed_is_malformed() {
    let header = format!("t={T},v1={}", [JSON_V1; MAX_SIGNATURES + 1].join(",v1="));
    refuses(header, MalformedHeader::TooManySignatures);
}

#[test]
fn a_right_signature_under_another_scheme_does_not_count() {
    for scheme in ["v0", "v2", "v10", "v", "V1", " v1", "v1 ", "v1\0", "\0v1", "1"] {
        refuses(format!("t={T},{scheme}={JSON_V1}"), NoV1);
    }
}

#[test]
fn other_schemes_are_ignored_beside_v1() {
    accepts(format!("t={T},v1={JSON_V1},v0={WRONG_V1}"));
    accepts(format!("v0={WRONG_V1},v2=,t={T},v3=x=y,v1={JSON_V1},T=1"));
    refuses(format!("t={T},v1={WRONG_V1},v0={JSON_V1}"), NoMatch);
}

#[test]
fn v0_alone_is_refused() {
    refuses(format!("t={T},v0={JSON_V1}"), NoV1);
    refuses(format!("t={T}"), NoV1);
}
