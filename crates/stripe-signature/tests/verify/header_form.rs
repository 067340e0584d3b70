//! The form of a header: well-formed and malformed ones.

use stripe_signature::SignatureError::{Missing, NoMatch};
use stripe_signature::{MAX_HEADER_BYTES, MAX_HEADER_PAIRS, MalformedHeader};

use crate::{JSON, JSON_V1, SECRET, T, accepts, refuses, verifier};

#[test]
fn no_header_is_missing() {
    assert_eq!(verifier(&[SECRET]).verify(None, JSON, T), Err(Missing));
}

#[test]
fn an_empty_header_is_malformed_and_not_missing() {
    refuses("", MalformedHeader::NotAPair);
}

#[test]
fn every_part_is_a_pair_with_a_name() {
    let good = format!("t={T},v1={JSON_V1}");
    for bad in ["", " ", "x", "v1", "=", "=x", "\0", "\r\n"] {
        refuses(format!("{good},{bad}"), MalformedHeader::NotAPair);
        refuses(format!("{bad},{good}"), MalformedHeader::NotAPair);
    }
    refuses(format!("t={T};v1"), MalformedHeader::BadTimestamp);
}

#[test]
fn the_order_of_pairs_does_not_matter() {
    accepts(format!("v1={JSON_V1},t={T}"));
}

#[test]
fn white_space_is_not_dropped() {
    refuses(format!("t={T} ,v1={JSON_V1}"), MalformedHeader::BadTimestamp);
    refuses(format!("t= {T},v1={JSON_V1}"), MalformedHeader::BadTimestamp);
    refuses(format!(" t={T},v1={JSON_V1}"), MalformedHeader::NoTimestamp);
    refuses(format!("t={T},v1={JSON_V1}\n"), NoMatch);
    refuses(format!("t={T},v1= {JSON_V1}"), NoMatch);
}

#[test]
fn there_is_exactly_one_timestamp() {
    refuses(format!("v1={JSON_V1}"), MalformedHeader::NoTimestamp);
    refuses(format!("T={T},v1={JSON_V1}"), MalformedHeader::NoTimestamp);
    refuses("t=1,t=2", MalformedHeader::SeveralTimestamps);
    refuses(format!("t={T},t={T},v1={JSON_V1}"), MalformedHeader::SeveralTimestamps);
    refuses(format!("t={T},v1={JSON_V1},t="), MalformedHeader::SeveralTimestamps);
}

#[test]
fn a_timestamp_is_1_to_11_ascii_digits() {
    let bad = [
        "",
        "+1",
        "-1",
        "1e3",
        "0x1",
        "1.0",
        "1_000",
        " 1",
        "1 ",
        "1\0",
        "\0",
        "1=1",
        "now",
        "100000000000",
        "000000000001",
        "99999999999999999999999999",
    ];
    for t in bad {
        refuses(format!("t={t},v1={JSON_V1}"), MalformedHeader::BadTimestamp);
    }
    for t in ["0", "1", "00000000000", "99999999999"] {
        refuses(format!("t={t},v1={JSON_V1}"), NoMatch);
    }
}

#[test]
fn only_ascii_is_read() {
    let arabic_digits = "١٧٦٠٠٠٠٠٠٠";
    refuses(format!("t={arabic_digits},v1={JSON_V1}"), MalformedHeader::NotAscii);
    refuses(format!("t={T},v1={JSON_V1},x=é"), MalformedHeader::NotAscii);
    refuses(format!("\u{feff}t={T},v1={JSON_V1}"), MalformedHeader::NotAscii);
    refuses(b"t=1,v1=\xff", MalformedHeader::NotAscii);
    refuses(b"\x80", MalformedHeader::NotAscii);
}

#[test]
fn nul_in_an_ignored_pair_is_ignored_with_it() {
    accepts(format!("t={T},\0=\0,v1={JSON_V1}"));
}

#[test]
fn the_most_pairs_allowed_pass_and_one_more_does_not() {
    let with_pairs = |count: usize| format!("t={T},v1={JSON_V1}{}", ",x=".repeat(count - 2));
    accepts(with_pairs(MAX_HEADER_PAIRS));
    refuses(with_pairs(17), MalformedHeader::TooManyPairs);
    refuses(",".repeat(MAX_HEADER_BYTES), MalformedHeader::TooManyPairs);
}

#[test]
fn the_longest_header_allowed_passes_and_one_byte_more_does_not() {
    let good = format!("t={T},v1={JSON_V1},x=");
    let with_bytes = |count: usize| format!("{good}{}", "y".repeat(count - good.len()));
    accepts(with_bytes(MAX_HEADER_BYTES));
    refuses(with_bytes(4097), MalformedHeader::TooLong);
    refuses(vec![0xff; 1024 * 1024], MalformedHeader::TooLong);
}
