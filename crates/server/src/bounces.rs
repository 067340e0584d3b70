//! Bounce reports: read by `mail`, recorded by `persistence`, counted and logged here.

use mail::{BounceKind, BouncedLetter, NoBounce, without_addresses};
use persistence::{Bounce, BounceOutcome, BouncedMail, Store, StoreError, UnixMicros};

use crate::metrics::Metrics;
use crate::views::BounceView;

/// The outcome of a bounce report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceFate {
    /// The address is suppressed.
    Suppressed,
    /// It is recorded with the mail. The address is not to blame.
    Recorded,
    /// It was known already.
    Duplicate,
    /// It changes nothing: the mail is delayed, passed on or delivered.
    Passing,
    /// It is no bounce, or not of a mail that Dunlin sent.
    Ignored,
}

impl BounceFate {
    /// All outcomes.
    pub const ALL: [Self; 5] = [
        Self::Suppressed,
        Self::Recorded,
        Self::Duplicate,
        Self::Passing,
        Self::Ignored,
    ];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::Recorded => "recorded",
            Self::Duplicate => "duplicate",
            Self::Passing => "passing",
            Self::Ignored => "ignored",
        }
    }
}

impl From<BounceOutcome> for BounceFate {
    fn from(outcome: BounceOutcome) -> Self {
        match outcome {
            BounceOutcome::Suppressed => Self::Suppressed,
            BounceOutcome::Recorded => Self::Recorded,
            BounceOutcome::Duplicate => Self::Duplicate,
        }
    }
}

/// The reason to ignore a bounce of an address that no mail went to.
const NOT_OURS: &str = "no such mail of ours was handed over for this address";

/// Records every reported bounce, and returns the outcome of each.
///
/// # Errors
/// [`StoreError`]. Bounces recorded before stay recorded, and are duplicates when they are reported again.
pub async fn take(
    told: Result<Vec<mail::Bounce>, NoBounce>,
    store: &Store,
    metrics: &Metrics,
    now: UnixMicros,
) -> Result<Vec<BounceView>, StoreError> {
    let bounces = match told {
        Ok(bounces) => bounces,
        Err(none) => return Ok(vec![ignore(&none, metrics)]),
    };
    let mut taken = Vec::with_capacity(bounces.len());
    for bounce in bounces {
        taken.push(take_one(bounce, store, metrics, now).await?);
    }
    Ok(taken)
}

/// Logs and counts a report that contains no bounce, and returns the answer to it.
pub fn ignore(reason: &NoBounce, metrics: &Metrics) -> BounceView {
    if let NoBounce::Unconfirmed { url } = reason {
        tracing::warn!(url, "Amazon SNS waits for the subscription to be confirmed: open this URL");
    } else {
        tracing::info!(%reason, "what was told as a bounce is ignored");
    }
    metrics.bounced(BounceFate::Ignored);
    BounceView::ignored(reason.to_string())
}

async fn take_one(bounce: mail::Bounce, store: &Store, metrics: &Metrics, now: UnixMicros) -> Result<BounceView, StoreError> {
    let is_bad_address = match bounce.kind {
        BounceKind::Passing => {
            metrics.bounced(BounceFate::Passing);
            return Ok(BounceView::of(BounceFate::Passing, None));
        }
        BounceKind::BadAddress => true,
        BounceKind::Failed => false,
    };
    let status = bounce.status.map(|status| status.to_string());
    let reply = without_addresses(&bounce.reply);
    let bounce = Bounce {
        mail: match bounce.letter {
            BouncedLetter::Notice(id) => BouncedMail::Notice(id),
            BouncedLetter::Message(id) => BouncedMail::Message(id),
        },
        address: bounce.recipient,
        passed_on_by: bounce.passed_on_by,
        is_bad_address,
        status: status.clone(),
        reply: bounce.reply,
    };
    let Some((notice_id, outcome)) = store.bounce(&bounce, now).await? else {
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
            status,
            reply,
            "a mail came back after a mail server had taken it"
        );
    }
    Ok(BounceView::of(fate, Some(notice_id)))
}
