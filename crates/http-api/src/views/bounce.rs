//! Bounced mails, as the API shows them.

use persistence::BouncedRecipient;
use serde::Serialize;
use utoipa::ToSchema;

use super::at_micros;
use super::words::BounceOutcome;
use crate::bounce_fate::BounceFate;

/// The outcomes of a bounce report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BouncesView {
    /// One outcome for each reported recipient, or one for the whole report if it names none.
    pub data: Vec<BounceView>,
}

/// The outcome of a bounce.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BounceView {
    #[schema(value_type = BounceOutcome)]
    outcome: &'static str,
    /// The notice whose mail bounced.
    notice_id: Option<i64>,
    /// The reason why it is ignored.
    reason: Option<String>,
}

impl BounceView {
    /// Makes the view of a bounce of this notice's mail, if the notice is known.
    pub(crate) fn of(fate: BounceFate, notice_id: Option<i64>) -> Self {
        Self {
            outcome: fate.as_str(),
            notice_id,
            reason: None,
        }
    }

    /// Makes the view of an ignored report.
    pub(crate) fn ignored(reason: String) -> Self {
        Self {
            reason: Some(reason),
            ..Self::of(BounceFate::Ignored, None)
        }
    }
}

/// A recipient that a mail did not reach, although a mail server had taken it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BouncedView {
    email: String,
    /// The enhanced status code, like `5.2.2`, if there was one.
    status: Option<String>,
    /// The server's words.
    reply: String,
    /// The time at which the bounce was reported.
    at: String,
}

impl BouncedView {
    pub(super) fn of(bounced: BouncedRecipient) -> Self {
        Self {
            email: bounced.email,
            status: bounced.status,
            reply: bounced.reply,
            at: at_micros(bounced.at),
        }
    }
}
