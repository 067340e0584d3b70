//! Bounce reports: read by whoever knows mail, recorded by `persistence`, counted and logged here.

use persistence::{Bounce, Store, StoreError, UnixMicros};

use crate::bounce_fate::BounceFate;
use crate::mail::{BounceReport, NoBounce};
use crate::metrics::Metrics;
use crate::views::BounceView;

/// The reason to ignore a bounce of an address that no mail went to.
const NOT_OURS: &str = "no such mail of ours was handed over for this address";

/// The reason to ignore a message to an address for bounces that there is not.
const UNEXPECTED: &str = "DUNLIN_MAIL_BOUNCE_ADDRESS is not set: no mail was sent from it";

/// Records every reported bounce, and returns the outcome of each.
///
/// # Errors
/// [`StoreError`]. Bounces recorded before stay recorded, and are duplicates when they are reported again.
pub(crate) async fn take(
    reports: Result<Vec<BounceReport>, NoBounce>,
    store: &Store,
    metrics: &Metrics,
    now: UnixMicros,
) -> Result<Vec<BounceView>, StoreError> {
    let reports = match reports {
        Ok(reports) => reports,
        Err(none) => return Ok(vec![ignore(none, metrics)]),
    };
    let mut taken = Vec::with_capacity(reports.len());
    for report in reports {
        taken.push(match report {
            BounceReport::Passing => {
                metrics.bounced(BounceFate::Passing);
                BounceView::of(BounceFate::Passing, None)
            }
            BounceReport::Failed { bounce, loggable_reply } => record(&bounce, &loggable_reply, store, metrics, now).await?,
        });
    }
    Ok(taken)
}

/// Logs and counts a report that contains no bounce, and returns the answer to it.
fn ignore(none: NoBounce, metrics: &Metrics) -> BounceView {
    let reason = match none {
        NoBounce::Unexpected => return BounceView::ignored(UNEXPECTED.to_owned()),
        NoBounce::Unconfirmed { url, reason } => {
            tracing::warn!(url, "Amazon SNS waits for the subscription to be confirmed: open this URL");
            reason
        }
        NoBounce::Other(reason) => {
            tracing::info!(reason, "what was told as a bounce is ignored");
            reason
        }
    };
    metrics.bounced(BounceFate::Ignored);
    BounceView::ignored(reason)
}

async fn record(
    bounce: &Bounce,
    loggable_reply: &str,
    store: &Store,
    metrics: &Metrics,
    now: UnixMicros,
) -> Result<BounceView, StoreError> {
    let Some((notice_id, outcome)) = store.outbox().bounce(bounce, now).await? else {
        tracing::info!(reason = NOT_OURS, "a bounce is ignored");
        metrics.bounced(BounceFate::Ignored);
        return Ok(BounceView::ignored(NOT_OURS.to_owned()));
    };
    let fate = BounceFate::from(outcome);
    metrics.bounced(fate);
    if fate != BounceFate::Duplicate {
        tracing::warn!(
            notice.id = notice_id,
            outcome = fate.as_str(),
            status = bounce.status,
            reply = loggable_reply,
            "a mail came back after a mail server had taken it"
        );
    }
    Ok(BounceView::of(fate, Some(notice_id)))
}
