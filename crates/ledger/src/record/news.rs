//! The range of what is still news.

use subscription::notices::Notice;
use subscription::{Customer, UnixSeconds};

/// The range of what is still news among the reasons for notices. The rest happened long ago without Dunlin hearing of
/// it: its notices are recorded and never sent.
pub(super) enum News {
    All,
    /// News since this moment. It can cover less than the facts do, because they may show something old in another
    /// light.
    Since(UnixSeconds),
    Nothing,
}

/// The reason for not sending a notice of something that happened long ago.
const LATE: &str = "late";

impl News {
    /// Returns the reason why a notice is not sent, if its reason is no news.
    pub(super) fn supersedes(&self, notice: &Notice, customer: &Customer) -> Option<&'static str> {
        let is_past = match self {
            Self::All => false,
            Self::Since(since) => customer.happened_at(notice).is_some_and(|at| at < *since),
            Self::Nothing => true,
        };
        is_past.then_some(LATE)
    }
}
