//! Stored bodies: compressed, with a dictionary of what Stripe's events have in common.
//!
//! Most of an event is the names of its fields, which are the same in each event. Compression alone shrinks a body to a
//! third. The dictionary saves keeping its contents with every event.

use std::cell::RefCell;
use std::io;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// The largest body a delivery can have, in bytes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// The largest body that is kept, in bytes. No event is larger, however it came.
const MAX_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// The dictionary, trained on made-up events (`cargo run --release -p intake --example dictionary`). Bodies compressed
/// with it need it forever. A better dictionary must be added beside this one; each body bears the id of its
/// dictionary.
const DICTIONARY: &[u8] = include_bytes!("../dictionaries/stripe-events.zdict");
/// zstd's default level. With a dictionary it takes as long as the first level, for a fifth less.
const LEVEL: i32 = 3;
/// The first bytes of each zstd frame (RFC 8878, 3.1.1).
const FRAME: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// The dictionary prepared for compression and decompression, once for all threads.
static ENCODER: LazyLock<Option<EncoderDictionary<'static>>> =
    LazyLock::new(|| EncoderDictionary::try_copy(DICTIONARY, LEVEL).ok());
static DECODER: LazyLock<Option<DecoderDictionary<'static>>> = LazyLock::new(|| DecoderDictionary::try_copy(DICTIONARY).ok());

thread_local! {
    /// A compressor for each thread, so that its tables are not made anew for each body.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(compressor());
}

fn compressor() -> Option<Compressor<'static>> {
    Compressor::with_prepared_dictionary(ENCODER.as_ref()?).ok()
}

/// Compresses a body for storage.
pub(crate) fn compress(body: &[u8]) -> Vec<u8> {
    let compressed = COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut()?.compress(body).ok());
    // Compression only fails for want of memory. The body itself is kept then.
    compressed.unwrap_or_else(|| body.to_vec())
}

/// Returns the body from its stored form, written by any version of Dunlin.
///
/// # Errors
/// If the bytes are not a stored body.
pub fn decompress(kept: &[u8]) -> io::Result<Vec<u8>> {
    if !kept.starts_with(&FRAME) {
        return Ok(kept.to_vec());
    }
    let dictionary = DECODER.as_ref().ok_or(io::ErrorKind::OutOfMemory)?;
    // A delivery is bounded, but an event that Stripe listed may be larger. The frame states the size.
    let length = zstd::zstd_safe::get_frame_content_size(kept).ok().flatten();
    let length = length
        .and_then(|length| usize::try_from(length).ok())
        .unwrap_or(MAX_BODY_BYTES);
    // Frames that name no dictionary are read without it.
    Decompressor::with_prepared_dictionary(dictionary)?.decompress(kept, length.min(MAX_KEPT_BYTES))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stripe_event::fixtures;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_kept_is_read_again(body in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            prop_assert_eq!(decompress(&compress(&body)).unwrap(), body);
        }
    }

    #[test]
    fn a_body_that_was_kept_without_a_dictionary_is_read() {
        for (_, _, event) in fixtures::all() {
            let kept = zstd::bulk::compress(event.as_bytes(), 1).unwrap();
            assert_eq!(decompress(&kept).unwrap(), event.as_bytes());
        }
    }

    #[test]
    fn a_body_that_could_not_be_compressed_is_read() {
        assert_eq!(decompress(b"{}").unwrap(), b"{}");
    }

    #[test]
    fn a_body_that_was_damaged_is_not_read() {
        let whole = compress(br#"{"object": "event"}"#);
        let cut_off = &whole[..whole.len() - 1];
        assert!(decompress(cut_off).is_err());
    }

    #[test]
    fn a_body_of_the_largest_size_is_read_again() {
        let body = vec![b' '; MAX_BODY_BYTES];
        assert_eq!(decompress(&compress(&body)).unwrap(), body);
    }

    #[test]
    fn a_listed_event_that_is_larger_than_a_delivery_may_be_is_read_again() {
        let body = vec![b' '; 3 * MAX_BODY_BYTES];
        assert_eq!(decompress(&compress(&body)).unwrap(), body);
    }

    #[test]
    fn what_was_kept_with_the_first_dictionary_is_read() {
        let kept = "28b52ffd23e3f0b74d51ad0000387b747275650a7d03fcf9df7298eba51a2f5cd202";
        let body = "{\n  \"object\": \"event\",\n  \"api_version\": \"2025-09-30.clover\",\n  \"livemode\": true\n}";
        assert_eq!(decompress(&hex::decode(kept).unwrap()).unwrap(), body.as_bytes());
    }

    #[test]
    fn a_body_of_what_comes_most_is_kept_in_a_tenth_of_its_size() {
        let (mut told, mut kept) = (0, 0);
        let is_common = |kind: &str| kind.starts_with("customer.subscription.") || kind.starts_with("invoice.");
        for (_, _, event) in fixtures::all().filter(|(_, kind, _)| is_common(kind)) {
            told += event.len();
            kept += compress(event.as_bytes()).len();
        }
        assert!(kept * 10 < told, "{told} → {kept} bytes");
    }
}
