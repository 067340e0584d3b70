//! Tests of the crate's behaviour as its users see it.
//!
//! Expected signatures come from openssl and python ([`known_answers`]) or from a second implementation
//! ([`reference`]), never from the code under test alone.

#![expect(clippy::expect_used, reason = "the helpers of a test fail the test")]

mod differential;
mod header_form;
mod known_answers;
mod redaction;
mod reference;
mod roundtrip;
mod secrets;
mod signatures;
mod tolerance;

use stripe_signature::{Secret, SignatureError, Verified, Verifier};

const SECRET: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
const OTHER_SECRET: &str = "whsec_zT0pQ2mVn4RkY7sLxW9cJ3hGfD6bA8eU";
const T: i64 = 1_760_000_000;
const JSON: &[u8] = br#"{"id":"evt_1","object":"event"}"#;

/// `printf '%s' '1760000000.{"id":"evt_1","object":"event"}' | openssl dgst -sha256 -hmac
/// "$SECRET"`
const JSON_V1: &str = "ee5169903585baa23b17c033f0f51c216317d2928653c44b14d76f628bd8109e";
/// The same with `$OTHER_SECRET`.
const JSON_V1_BY_OTHER: &str = "c3df0c36d2eb761e395a95a5e740c8e736c1091b10c6926da2a1b8a1ce971f7b";
/// A well-formed signature of nobody.
const WRONG_V1: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn secret(text: &str) -> Secret {
    Secret::parse(text).expect("not blank")
}

fn verifier(secrets: &[&str]) -> Verifier {
    Verifier::try_new(secrets.iter().map(|text| secret(text))).expect("at least one secret")
}

/// Verifies [`JSON`] at [`T`] with [`SECRET`].
fn verify(header: impl AsRef<[u8]>) -> Result<Verified<'static>, SignatureError> {
    verifier(&[SECRET]).verify(Some(header.as_ref()), JSON, T)
}

#[track_caller]
fn accepts(header: impl AsRef<[u8]>) {
    let verified = verify(header).expect("accepted");
    assert_eq!((verified.payload(), verified.signed_at()), (JSON, T));
}

#[track_caller]
fn refuses(header: impl AsRef<[u8]>, why: impl Into<SignatureError>) {
    assert_eq!(verify(header), Err(why.into()));
}
