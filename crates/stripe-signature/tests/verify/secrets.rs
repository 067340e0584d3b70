//! The secrets that can be configured.

use stripe_signature::{BlankSecret, NoSecret, Secret, Verifier, sign};

use crate::{JSON, JSON_V1, SECRET, T, secret};

#[test]
fn a_blank_secret_is_refused() {
    let blank = [
        "",
        " ",
        "  ",
        "\n",
        "\r\n\t ",
        "whsec_",
        "whsec_\n",
        " whsec_ ",
        "whsec_ \t",
        "\u{a0}",
    ];
    for text in blank {
        assert_eq!(Secret::parse(text).err(), Some(BlankSecret), "{text:?}");
    }
}

/// HMAC pads a key with zeros, so NULs alone are an empty key. The other texts are those of an empty file or variable.
#[test]
fn what_has_no_letter_or_digit_is_blank_too() {
    let blank = [
        "\0",
        "\0\0\0\0",
        "whsec_\0",
        "\u{feff}",
        "\u{feff}\n",
        "whsec_\u{200b}",
        "\"\"",
        "whsec_\"\"",
        "-",
        "_",
        "whsec__",
    ];
    for text in blank {
        assert_eq!(Secret::parse(text).err(), Some(BlankSecret), "{text:?}");
    }
}

#[test]
fn white_space_around_a_secret_is_dropped() {
    for text in [
        format!("{SECRET}\n"),
        format!("{SECRET}\r\n"),
        format!(" \t{SECRET} "),
        format!("\n{SECRET}\n\n"),
    ] {
        assert_eq!(sign(&secret(&text), JSON, T), format!("t={T},v1={JSON_V1}"));
    }
}

#[test]
fn the_prefix_is_part_of_the_key() {
    let without_prefix = SECRET.trim_start_matches("whsec_");
    assert_ne!(sign(&secret(without_prefix), JSON, T), sign(&secret(SECRET), JSON, T));
}

#[test]
fn a_secret_may_lack_the_prefix() {
    for text in ["k", "test secret", "0", "密钥"] {
        assert!(Secret::parse(text).is_ok(), "{text:?}");
    }
}

#[test]
fn a_verifier_has_at_least_one_secret() {
    assert_eq!(Verifier::try_new([]).err(), Some(NoSecret));
    assert!(Verifier::try_new([secret(SECRET)]).is_ok());
}
