//! The pause before another try.

use std::time::Duration;

use rand::RngExt;

/// The first pause. It doubles each time, up to the longest.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(8);
/// The longest pause within one request that Stripe can ask for.
pub(crate) const MOST_PATIENT: Duration = Duration::from_mins(1);

/// Returns the pause after `tries` tries (from 1); `None` if Stripe asks for a longer one than we wait here. Half of
/// our own pause is random, so that clients that failed together do not retry together.
pub(crate) fn pause(tries: u32, retry_after: Option<Duration>) -> Option<Duration> {
    if retry_after.is_some_and(|asked| asked > MOST_PATIENT) {
        return None;
    }
    let doubled = FIRST
        .saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)))
        .min(LONGEST);
    let own = doubled.mul_f64(rand::rng().random_range(0.5..=1.0));
    Some(own.max(retry_after.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound_and_are_never_shorter_than_stripe_asks() {
        for _ in 0..100 {
            let first = pause(1, None).unwrap();
            assert!(first >= FIRST / 2 && first <= FIRST, "{first:?}");
            assert!(pause(30, None).unwrap() <= LONGEST);
            assert!(pause(30, None).unwrap() >= LONGEST / 2);
        }
        assert_eq!(pause(1, Some(Duration::from_secs(30))), Some(Duration::from_secs(30)));
        assert_eq!(pause(1, Some(Duration::from_secs(61))), None);
    }
}
