//! Bounced mails, as the API shows them.

use persistence::BouncedRecipient;
use serde::Serialize;
use utoipa::ToSchema;

use super::at_micros;
use crate::bounces::BounceFate;

/// What became of all that was told of bounces.
#[derive(Debug, Serialize, ToSchema)]
pub struct BouncesView {
    /// One for each recipient that was told of; one for all if there was none.
    pub data: Vec<BounceView>,
}

/// What became of a bounce that was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct BounceView {
    /// `suppressed`, `recorded`, `duplicate`, `passing` or `ignored`.
    outcome: &'static str,
    /// The notice whose mail bounced.
    notice_id: Option<i64>,
    /// Why it is ignored.
    reason: Option<String>,
}

impl BounceView {
    /// Makes the view of a bounce of this notice's mail, if the notice is known.
    pub fn of(fate: BounceFate, notice_id: Option<i64>) -> Self {
        Self {
            outcome: fate.as_str(),
            notice_id,
            reason: None,
        }
    }

    /// Makes the view of an ignored report.
    pub fn ignored(reason: String) -> Self {
        Self {
            reason: Some(reason),
            ..Self::of(BounceFate::Ignored, None)
        }
    }
}

/// A recipient whom a mail did not reach, though a mail server had taken it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BouncedView {
    email: String,
    /// The enhanced status code, like `5.2.2`, if there was one.
    status: Option<String>,
    /// The server's words.
    reply: String,
    /// When we were told.
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
