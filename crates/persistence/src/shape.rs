//! Statements of few shapes.
//!
//! A statement with a list in it is another statement for each length of the list, and databases parse and plan each anew. So
//! lists have lengths that are powers of two: a batch of any size is a few statements that are prepared already.

use std::collections::BTreeSet;

/// Rows in portions to insert, in their order, the longest first: 200 are 128, 64 and 8.
pub(crate) fn portions<T>(rows: Vec<T>) -> Vec<Vec<T>> {
    let mut rows = rows.into_iter();
    let mut portions = Vec::new();
    while let Some(len) = rows.len().checked_ilog2() {
        portions.push(rows.by_ref().take(1 << len).collect());
    }
    portions
}

/// The ids to look for, the last one repeated.
pub(crate) fn padded<'a>(ids: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let last = ids.last().copied();
    let missing = ids.len().next_power_of_two() - ids.len();
    ids.iter()
        .copied()
        .chain(std::iter::repeat_n(last, missing).flatten())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{padded, portions};

    #[test]
    fn portions_are_powers_of_two_and_lose_nothing() {
        for len in 0..300_u16 {
            let portions = portions((0..len).collect());
            assert!(portions.iter().all(|portion| portion.len().is_power_of_two()));
            assert!(portions.len() <= 9);
            assert_eq!(portions.concat(), (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn ids_are_padded_with_the_last() {
        assert_eq!(padded(&["a", "b", "c"].into()), ["a", "b", "c", "c"]);
        assert_eq!(padded(&["a"].into()), ["a"]);
    }
}
