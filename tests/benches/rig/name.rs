//! Names that ascend with time, like Stripe's.
//!
//! After their prefix, Stripe's names begin with the second in which they were made, in base 62. Its documentation has
//! `sub_1MowQVLkdIwHu7ixeRlqHVzs`, created 1679609767, and `evt_1NG8Du2eZvKYlo2CUI79vXWy`, created 1686089970. They lie
//! 6,480,203 seconds apart, and so do `MowQV` and `NG8Du`. So new names lie side by side in an index. The simulator's
//! names say nothing about time, which is harder on code that must not depend on it, but a bench of indexes needs the
//! real order.

/// The prefixes of names.
pub(crate) const PREFIXES: [&str; 6] = ["evt_1", "cus_", "sub_1", "in_1", "pm_1", "cs_test_"];
/// Digits, in their order.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The number of digits that a name begins with.
const LEN: u32 = 5;

/// Returns the letters of this moment.
pub(crate) fn letters(moment: usize) -> String {
    let digit = |place| char::from(DIGITS[moment / DIGITS.len().pow(place) % DIGITS.len()]);
    (0..LEN).rev().map(digit).collect()
}

/// Dates the names in a body at this moment: the event's own, and those of the objects it is about.
pub(crate) fn date(body: &mut [u8], event: usize, customer: usize) {
    for prefix in PREFIXES {
        let moment = if prefix == PREFIXES[0] { event } else { customer };
        let letters = letters(moment);
        let mut at = 0;
        while let Some(found) = find(&body[at..], prefix.as_bytes()) {
            at += found + prefix.len();
            if let Some(after) = body.get_mut(at..at + letters.len()).filter(|after| is_name(after)) {
                after.copy_from_slice(letters.as_bytes());
            }
        }
    }
}

fn is_name(letters: &[u8]) -> bool {
    letters.iter().all(u8::is_ascii_alphanumeric)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
