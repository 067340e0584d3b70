//! Signatures computed outside this code. `t` is 1760000000 and `secret` is [`SECRET`], unless stated otherwise.
//! `<body>` is a command that prints the body:
//!
//! ```sh
//! { printf '%s.' "$t"; <body>; } | openssl dgst -sha256 -hmac "$secret"
//! ```

use stripe_signature::sign;

use crate::{JSON, JSON_V1, JSON_V1_BY_OTHER, OTHER_SECRET, SECRET, T, secret, verifier};

#[track_caller]
fn check(secret_text: &str, payload: &[u8], v1: &str) {
    let header = format!("t={T},v1={v1}");
    assert_eq!(sign(&secret(secret_text), payload, T), header);

    let verified = verifier(&[secret_text]).verify(Some(header.as_bytes()), payload, T);
    assert_eq!(
        verified.map(|verified| (verified.payload(), verified.signed_at())),
        Ok((payload, T))
    );
}

/// `<body>` is `printf '%s' '{"id":"evt_1","object":"event"}'`; the second signature is made with [`OTHER_SECRET`].
/// Python's `hmac.new(secret, b'1760000000.' + body, 'sha256').hexdigest()` agrees.
#[test]
fn json() {
    check(SECRET, JSON, JSON_V1);
    check(OTHER_SECRET, JSON, JSON_V1_BY_OTHER);
}

/// `<body>` is `printf '%s' '{"name":"Zoë Łukasz 東京 🦆"}'`
#[test]
fn multi_byte_utf_8() {
    let payload = r#"{"name":"Zoë Łukasz 東京 🦆"}"#.as_bytes();
    check(
        SECRET,
        payload,
        "43f62cd9f9a5d0ddc65b51cfcc999b22eb6eac4b6bf4ea562b1fd6007baf439c",
    );
}

/// `<body>` is `printf '{\r\n  "id": "evt_1"\r\n}\r\n'`
#[test]
fn crlf_is_kept() {
    let payload = b"{\r\n  \"id\": \"evt_1\"\r\n}\r\n";
    check(
        SECRET,
        payload,
        "2be00e4f2656a9277673e6be1ceec472f77b9ef149e2a8415bd124c0cd19f7f2",
    );
}

/// `<body>` is `printf '\xff\xfe\x00{"a":"\xc3\x28"}\x80'`
#[test]
fn invalid_utf_8_and_nul() {
    let payload = b"\xff\xfe\x00{\"a\":\"\xc3\x28\"}\x80";
    check(
        SECRET,
        payload,
        "a9f87edd9a259b3e63d02d0269ca46da418afdf328180da236a075dfbc2dcdf7",
    );
}

/// `<body>` is `printf ''`
#[test]
fn empty_body() {
    check(
        SECRET,
        b"",
        "15f8e98978c9bb3b9e853d04240474e28456ff5a792a605dbc9bd668d4ef9da3",
    );
}

/// `<body>` is `head -c 1048576 /dev/zero | tr '\0' a`
#[test]
fn one_mebibyte() {
    let payload = vec![b'a'; 1024 * 1024];
    check(
        SECRET,
        &payload,
        "93215917dd88cf5ed44e488a7aae2448695ed723b9120f706d1ca5aa3694ab8f",
    );
}

/// Computed by Python: `hmac.new(secret, b'1760000000.' + bytes(range(256)), 'sha256').hexdigest()`
#[test]
fn every_byte_value_by_python() {
    let payload: Vec<u8> = (0..=u8::MAX).collect();
    check(
        SECRET,
        &payload,
        "4a392143a2f1fb16a989b1de87ecdb50ee63970637fb0c1352c4d17f8142fdf0",
    );
}

/// A key longer than a block of SHA-256 is hashed first.
/// `secret=whsec_$(printf 'k%.0s' $(seq 100))`, `<body>` as in [`json`].
#[test]
fn a_secret_longer_than_a_hash_block() {
    let long = format!("whsec_{}", "k".repeat(100));
    check(
        &long,
        JSON,
        "a9ca863ed8e0ad39b6e5b5dc0acb7942e5a0ae86bca7a1adb08de42076c5bd91",
    );
}

/// `t=0001760000`, `<body>` as in [`json`]: the MAC covers the digits as sent and not their number.
#[test]
fn the_timestamp_is_signed_as_it_was_sent() {
    let v1 = "b1e4cf85cc588a9db618d3dbf3f16c0667af0e46de9605f6a6ff382f267001ac";
    let verify = |t: &str| {
        verifier(&[SECRET])
            .verify(Some(format!("t={t},v1={v1}").as_bytes()), JSON, 1_760_000)
            .is_ok()
    };
    assert!(verify("0001760000"));
    assert!(!verify("1760000"));
}

/// The first 8 digits of `printf fingerprint | openssl dgst -sha256 -hmac "$secret"`.
#[test]
fn fingerprints() {
    assert_eq!(secret(SECRET).fingerprint(), "dc22ebb8");
    assert_eq!(secret(OTHER_SECRET).fingerprint(), "bde92e82");
    assert_eq!(secret(&format!(" {SECRET}\n")).fingerprint(), "dc22ebb8");
}
