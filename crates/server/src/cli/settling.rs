//! The wait for the mails that an event owes.

use std::time::{Duration, Instant};

use intake::clock;
use jiff::Timestamp;
use serde_json::Value;

use super::client::Client;

/// The longest wait. A mail server may be slow, or there may be no worker.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause between two checks.
const PAUSE: Duration = Duration::from_millis(50);
/// The unsettled states, in the order that a notice goes through them, so that no notice is missed between two queries.
const UNDER_WAY: [&str; 3] = ["pending", "claimed", "transmitting"];

/// Waits until no mail that this event owes is due or in progress. Returns `false` if that takes too long.
///
/// # Errors
/// If the server gives no usable answer.
pub(super) fn wait_for_mails(client: &Client, event_id: &str) -> anyhow::Result<bool> {
    let began = Instant::now();
    while is_under_way(client, event_id)? {
        if began.elapsed() > PATIENCE {
            return Ok(false);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(true)
}

fn is_under_way(client: &Client, event_id: &str) -> anyhow::Result<bool> {
    for state in UNDER_WAY {
        let notices = client.list(&format!("/api/v1/notices?limit=200&state={state}"))?;
        let mut of_event = notices.iter().filter(|notice| notice["event_id"] == event_id);
        if of_event.any(|notice| state != "pending" || is_due(notice)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns true if a notice is due. Nothing waits for a notice that is held, or that waits for another try.
fn is_due(notice: &Value) -> bool {
    let due_at: Option<Timestamp> = notice["due_at"].as_str().and_then(|text| text.parse().ok());
    due_at.is_some_and(|at| at.as_microsecond() <= clock::now().as_micros())
}
