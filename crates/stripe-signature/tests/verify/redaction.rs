//! Printed and logged text never contains a secret, a signature or the payload.

use std::error::Error;

use stripe_signature::{BlankSecret, MalformedHeader, NoSecret, SignatureError};

use crate::{JSON, JSON_V1, OTHER_SECRET, SECRET, T, WRONG_V1, secret, verifier, verify};

#[track_caller]
fn assert_redacted(text: &str) {
    let payload = String::from_utf8_lossy(JSON);
    for kept_back in [
        "whsec",
        "5WbX",
        "e8FH",
        &SECRET[6..],
        &OTHER_SECRET[6..],
        JSON_V1,
        &JSON_V1[..8],
        WRONG_V1,
        "evt_1",
        &payload,
    ] {
        assert!(!text.contains(kept_back), "{text} contains {kept_back}");
    }
}

/// Returns everything that an error can print: `Debug`, `Display`, and those of its sources.
fn printed(error: &dyn Error) -> String {
    let sources = error.source().map(printed).unwrap_or_default();
    format!("{error:?} {error:#?} {error} {sources}")
}

#[test]
fn debug_of_a_secret_is_redacted() {
    assert_eq!(format!("{:?}", secret(SECRET)), "Secret(redacted)");
    assert_eq!(format!("{:#?}", secret(SECRET)), "Secret(redacted)");
}

#[test]
fn debug_of_a_verifier_is_redacted() {
    let verifier = verifier(&[SECRET, OTHER_SECRET]);
    let expected = "Verifier { secrets: [Secret(redacted), Secret(redacted)], tolerance_secs: 300 }";
    assert_eq!(format!("{verifier:?}"), expected);
    assert_redacted(&format!("{verifier:#?}"));
}

#[test]
fn debug_of_a_verified_payload_is_redacted() {
    let verified = verify(format!("t={T},v1={JSON_V1}")).expect("accepted");
    assert_eq!(
        format!("{verified:?}"),
        "Verified { payload_bytes: 31, signed_at: 1760000000, signed_by: 0 }"
    );
}

#[test]
fn errors_say_what_is_wrong_and_nothing_more() {
    let expected = [
        (SignatureError::Missing, "there is no Stripe-Signature header"),
        (MalformedHeader::NotAscii.into(), "the Stripe-Signature header is malformed"),
        (SignatureError::NoV1, "the Stripe-Signature header has no v1 signature"),
        (
            SignatureError::TooOld { age_secs: 301 },
            "the signature was made 301 s ago, longer than is tolerated",
        ),
        (
            SignatureError::TooNew { ahead_secs: 301 },
            "the signature was made 301 s in the future, further than is tolerated",
        ),
        (SignatureError::NoMatch, "no v1 signature matches a configured secret"),
    ];
    for (error, text) in expected {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn what_is_malformed_is_said_by_the_source_alone() {
    let expected = [
        (MalformedHeader::SeveralHeaders, "there are several Stripe-Signature headers"),
        (MalformedHeader::TooLong, "it is longer than 4096 bytes"),
        (MalformedHeader::NotAscii, "it is not ASCII"),
        (MalformedHeader::TooManyPairs, "it has more than 16 pairs"),
        (MalformedHeader::NotAPair, "a part of it is not a name=value pair"),
        (MalformedHeader::NoTimestamp, "it has no timestamp"),
        (MalformedHeader::SeveralTimestamps, "it has several timestamps"),
        (MalformedHeader::BadTimestamp, "its timestamp is not 1 to 11 digits"),
        (MalformedHeader::TooManySignatures, "it has more than 8 v1 signatures"),
    ];
    for (error, text) in expected {
        let error = SignatureError::from(error);
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some(text));
    }
}

#[test]
fn errors_of_real_headers_repeat_nothing_of_them() {
    let headers = [
        format!("t={T},v1={WRONG_V1}"),
        format!("t={SECRET},v1={JSON_V1}"),
        format!("{SECRET},{JSON_V1}"),
        format!("t={T},v0={JSON_V1}"),
        format!("t={T},v1={JSON_V1},{}", "é".repeat(9)),
    ];
    for header in headers {
        assert_redacted(&printed(&verify(header).expect_err("refused")));
    }
    assert_redacted(&printed(&BlankSecret));
    assert_redacted(&printed(&NoSecret));
}
