//! The rules by which notices are sent.

use mail::Recipient;
use persistence::{Backoff, ClaimTerms};

/// The rules of the notifier.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The terms on which notices are claimed.
    pub claim: ClaimTerms,
    /// The wait after a failure.
    pub backoff: Backoff,
    /// The number of letters in progress at once.
    pub concurrency: usize,
    /// The seconds that work in progress may take once the notifier is stopped.
    pub shutdown_secs: u64,
    /// The addresses of staff.
    pub staff: StaffAddresses,
    /// The reason why customers are sent nothing for now, if so: nobody configured whose mails these are.
    pub unnamed: Option<&'static str>,
}

/// The addresses of the operator's staff.
#[derive(Clone, Debug, Default)]
pub struct StaffAddresses {
    /// The people who look after payments and Dunlin.
    pub admin: Vec<Recipient>,
    /// The people who look after customers that left.
    pub sales: Vec<Recipient>,
}
