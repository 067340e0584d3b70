//! Counts of things, in words.

/// Returns a count in words: `1 event`, `2 events`.
pub fn counted(count: impl TryInto<u64>, one: &str, several: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {one}"),
        count => format!("{count} {several}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_none_is_not() {
        let events = |count: usize| counted(count, "event", "events");
        assert_eq!([0, 1, 2].map(events), ["0 events", "1 event", "2 events"]);
    }
}
