//! The last of several versions of one second.

use std::collections::{BTreeMap, BTreeSet};

/// Returns the version to which the others lead, if it can be determined.
///
/// Each version may name the version before it. Within a second, versions that were reached and left again cancel out,
/// as in [`fold`](super::fold()), and the one that remains is the last. If none remains and there is only one version,
/// that one is the last.
pub(crate) fn last_of<T: Ord + Copy>(versions: impl Iterator<Item = (Option<T>, T)>) -> Option<T> {
    let mut times: BTreeMap<T, i64> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (before, after) in versions {
        seen.insert(after);
        if let Some(before) = before {
            *times.entry(after).or_default() += 1;
            *times.entry(before).or_default() -= 1;
        }
    }
    let only = |found: Vec<T>| <[T; 1]>::try_from(found).ok().map(|[only]| only);
    let gained: Vec<T> = times
        .into_iter()
        .filter(|&(_, times)| times > 0)
        .map(|(version, _)| version)
        .collect();
    if gained.is_empty() {
        only(seen.into_iter().collect())
    } else {
        only(gained)
    }
}

#[cfg(test)]
mod tests {
    use super::last_of;

    #[test]
    fn what_the_others_lead_to_is_the_last_in_any_order() {
        for (versions, last) in [
            (vec![(None, "a")], Some("a")),
            (vec![(None, "a"), (None, "a")], Some("a")),
            (vec![(None, "a"), (Some("a"), "b")], Some("b")),
            (vec![(Some("a"), "b"), (Some("b"), "a"), (Some("a"), "c")], Some("c")),
            (vec![(None, "a"), (None, "b")], None),
            (vec![(Some("a"), "b"), (Some("b"), "a")], None),
            (vec![], None),
        ] {
            assert_eq!(last_of(versions.iter().copied()), last, "{versions:?}");
            assert_eq!(last_of(versions.iter().rev().copied()), last, "{versions:?}");
        }
    }
}
