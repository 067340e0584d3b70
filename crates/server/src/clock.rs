//! The one place that reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use persistence::UnixMicros;

/// This moment.
#[expect(
    clippy::disallowed_methods,
    reason = "everything else takes `now` as an argument, from here"
)]
pub fn now() -> UnixMicros {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMicros::new(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}
