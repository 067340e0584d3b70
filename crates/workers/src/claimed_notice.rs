//! A claimed notice, as long as this process works on it.

use std::sync::Arc;

use persistence::Claim;
use tokio::time::Instant;

use crate::context::NotifierContext;

/// A claimed notice, with the time of the claim.
pub(crate) struct ClaimedNotice {
    pub(crate) claim: Box<Claim>,
    /// The time of the claim by the monotonic clock. The lease lasts from here, however the clock is set.
    pub(crate) at: Instant,
    _in_hand: InHand,
}

impl ClaimedNotice {
    pub(crate) fn new(context: &Arc<NotifierContext>, claim: Box<Claim>, at: Instant) -> Self {
        let notice_id = claim.lease.notice_id;
        context.lock_in_hand().insert(notice_id);
        Self {
            claim,
            at,
            _in_hand: InHand {
                context: Arc::clone(context),
                notice_id,
            },
        }
    }
}

/// A guard of a notice that this process is working on.
struct InHand {
    context: Arc<NotifierContext>,
    notice_id: i64,
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.context.lock_in_hand().remove(&self.notice_id);
    }
}
