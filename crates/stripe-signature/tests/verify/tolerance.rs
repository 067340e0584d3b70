//! The tolerated age of a signature.

use stripe_signature::SignatureError::{self, NoMatch, TooNew, TooOld};
use stripe_signature::{DEFAULT_TOLERANCE_SECS, Secret, Verifier, sign};

use crate::{JSON, JSON_V1, SECRET, T, WRONG_V1, secret, verifier};

#[track_caller]
fn check(verifier: &Verifier, now: i64, expected: Result<(), SignatureError>) {
    let header = format!("t={T},v1={JSON_V1}");
    assert_eq!(verifier.verify(Some(header.as_bytes()), JSON, now).map(|_| ()), expected);
}

#[test]
fn the_default_is_300_seconds_both_ways_and_the_limits_pass() {
    let verifier = verifier(&[SECRET]);
    assert_eq!(DEFAULT_TOLERANCE_SECS, 300);
    for now in [T - 300, T - 299, T - 1, T, T + 1, T + 299, T + 300] {
        check(&verifier, now, Ok(()));
    }
    check(&verifier, T + 301, Err(TooOld { age_secs: 301 }));
    check(&verifier, T - 301, Err(TooNew { ahead_secs: 301 }));
}

#[test]
fn another_tolerance_can_be_set() {
    let verifier = verifier(&[SECRET]).with_tolerance_secs(10);
    check(&verifier, T + 10, Ok(()));
    check(&verifier, T + 11, Err(TooOld { age_secs: 11 }));
    check(&verifier, T - 11, Err(TooNew { ahead_secs: 11 }));
}

#[test]
fn zero_is_the_strictest_tolerance_and_not_none_at_all() {
    let verifier = verifier(&[SECRET]).with_tolerance_secs(0);
    check(&verifier, T, Ok(()));
    check(&verifier, T + 1, Err(TooOld { age_secs: 1 }));
    check(&verifier, T - 1, Err(TooNew { ahead_secs: 1 }));
}

#[test]
fn no_clock_is_too_wrong_to_be_compared() {
    check(
        &verifier(&[SECRET]),
        i64::MAX,
        Err(TooOld {
            age_secs: i64::MAX.abs_diff(T),
        }),
    );
    check(
        &verifier(&[SECRET]),
        i64::MIN,
        Err(TooNew {
            ahead_secs: i64::MIN.abs_diff(T),
        }),
    );
    check(&verifier(&[SECRET]).with_tolerance_secs(u64::MAX), i64::MIN, Ok(()));
}

#[test]
fn only_a_correctly_signed_header_is_called_too_old_or_too_new() {
    let forged = format!("t={T},v1={WRONG_V1}");
    for now in [T - 301, T, T + 301, i64::MIN, i64::MAX] {
        assert_eq!(verifier(&[SECRET]).verify(Some(forged.as_bytes()), JSON, now), Err(NoMatch));
    }
}

#[test]
fn the_range_of_the_timestamp_is_signed_and_verified_at_its_ends() {
    let secret: Secret = secret(SECRET);
    let verify = |at: i64| {
        verifier(&[SECRET])
            .verify(Some(sign(&secret, JSON, at).as_bytes()), JSON, at)
            .is_ok()
    };
    assert!(verify(0));
    assert!(verify(99_999_999_999));
    assert!(!verify(-1));
    assert!(!verify(100_000_000_000));
}
