//! The way of a notice through the outbox: attempts, outcomes, and when it is given up.

use std::collections::BTreeSet;

use crate::{NoticeState, UnixMicros};

/// The rules by which notices are claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimTerms {
    /// The duration of a claim, in seconds. A worker that has not finished by then has lost the claim.
    pub lease_secs: i64,
    /// The number of attempts after which a notice is given up.
    pub max_attempts: i64,
    /// The treatment of a notice that may or may not have been handed over.
    pub on_unknown: OnUnknown,
    /// The time since the first attempt, in seconds, within which the mail server recognizes Dunlin's key and takes a
    /// notice only once. Later it might take it twice.
    pub resend_within_secs: Option<i64>,
    /// The shortest time between two dunning mails to one tenant, in seconds. 0 means no limit.
    pub min_interval_secs: i64,
    /// The kinds of notice that are never sent.
    pub kinds_off: BTreeSet<String>,
}

/// The treatment of a notice of which it is unknown whether the mail server took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnknown {
    /// The notice is sent again: never lost, sometimes sent twice.
    Resend,
    /// The notice waits for a person: never sent twice, sometimes held up.
    Hold,
}

/// The outcome of an attempt to hand a notice over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The server took the notice for these recipients.
    Sent {
        /// The recipients who have it now.
        to: Vec<String>,
        /// The time to retry the recipients that the server deferred, if there are any.
        rest_at: Option<UnixMicros>,
    },
    /// Nothing was handed over. A retry may succeed.
    Later {
        /// The time of the retry.
        at: UnixMicros,
        /// The cause of the failure.
        reason: String,
    },
    /// Nothing was handed over, and a retry is useless.
    Never {
        /// The reason.
        reason: String,
    },
    /// The notice was handed over and not confirmed.
    Unknown {
        /// The time of the retry, if the terms allow one.
        at: UnixMicros,
        /// The cause.
        reason: String,
    },
    /// The notice is not to be sent, because the configuration leaves nobody to send it to.
    Superseded {
        /// The reason.
        reason: String,
    },
}

/// How far a notice has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// The state of the notice.
    pub state: NoticeState,
    /// The time when it is due, or when its lease ends.
    pub due_at: UnixMicros,
    /// The number of attempts.
    pub attempts: i64,
    /// The time of the first handover that began.
    pub transmitted_at: Option<UnixMicros>,
    /// The recipients it was delivered to.
    pub delivered_to: Vec<String>,
    /// The reason for its state.
    pub reason: Option<String>,
    /// The time when it reached its final state.
    pub settled_at: Option<UnixMicros>,
}

/// The end of a notice that is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The final state.
    pub state: NoticeState,
    /// The reason.
    pub reason: String,
}

/// The delay of a notice that is not to be sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delay {
    /// The time when it is due again.
    pub until: UnixMicros,
    /// The reason.
    pub reason: String,
}

impl End {
    /// Ends a notice that no longer holds.
    pub fn superseded(reason: &str) -> Self {
        Self {
            state: NoticeState::Superseded,
            reason: reason.to_owned(),
        }
    }
}

impl Sending {
    /// Returns the end of a notice that is not tried again. A notice that is found held past its lease lost its worker,
    /// and no notice is tried without end.
    pub fn end_of_attempts(&self, terms: &ClaimTerms, now: UnixMicros) -> Option<End> {
        let may_have_been_sent = self.state == NoticeState::Transmitting;
        let unknown = |reason: &str| End {
            state: NoticeState::Unknown,
            reason: reason.to_owned(),
        };
        if may_have_been_sent && terms.on_unknown == OnUnknown::Hold {
            return Some(unknown("the worker was lost while it handed the mail over"));
        }
        if may_have_been_sent && self.is_past_resending(terms, now) {
            return Some(unknown("the mail server no longer knows whether it took the mail"));
        }
        (self.attempts >= terms.max_attempts).then(|| {
            let last = self.reason.as_deref().unwrap_or("its worker was lost");
            End {
                state: if may_have_been_sent {
                    NoticeState::Unknown
                } else {
                    NoticeState::Dead
                },
                reason: self.given_up(last),
            }
        })
    }

    /// Claims it for one more attempt.
    pub fn claim(&mut self, terms: &ClaimTerms, now: UnixMicros) {
        self.state = NoticeState::Claimed;
        self.attempts += 1;
        self.due_at = now.plus_secs(terms.lease_secs);
    }

    /// Marks it as being handed over. Returns false, and changes nothing, if its claim has ended.
    pub fn begin(&mut self, now: UnixMicros) -> bool {
        let may_begin = self.state == NoticeState::Claimed && self.due_at > now;
        if may_begin {
            self.state = NoticeState::Transmitting;
            self.transmitted_at.get_or_insert(now);
        }
        may_begin
    }

    /// Records what became of an attempt.
    pub fn settle(&mut self, settlement: Settlement, terms: &ClaimTerms, now: UnixMicros) {
        let is_last = self.attempts >= terms.max_attempts;
        let may_resend = terms.on_unknown == OnUnknown::Resend && !is_last && !self.is_past_resending(terms, now);
        let has_reached_some = !self.delivered_to.is_empty();
        let (state, due_at, reason) = match settlement {
            Settlement::Sent { to, rest_at } => {
                self.delivered_to.extend(to);
                match rest_at.filter(|_| !is_last) {
                    Some(at) => {
                        let reason = "a recipient's server asked to wait".to_owned();
                        (NoticeState::Pending, Some(at), Some(reason))
                    }
                    None => (NoticeState::Sent, None, None),
                }
            }
            Settlement::Later { reason, .. } if is_last && has_reached_some => (NoticeState::Sent, None, Some(reason)),
            Settlement::Never { reason } if has_reached_some => (NoticeState::Sent, None, Some(reason)),
            Settlement::Later { reason, .. } if is_last => (NoticeState::Dead, None, Some(self.given_up(&reason))),
            Settlement::Later { at, reason } => (NoticeState::Pending, Some(at), Some(reason)),
            Settlement::Never { reason } => (NoticeState::Dead, None, Some(reason)),
            Settlement::Unknown { at, reason } if may_resend => (NoticeState::Pending, Some(at), Some(reason)),
            Settlement::Unknown { reason, .. } => (NoticeState::Unknown, None, Some(reason)),
            Settlement::Superseded { reason } => (NoticeState::Superseded, None, Some(reason)),
        };
        self.state = state;
        self.reason = reason;
        match due_at {
            Some(at) => self.due_at = at,
            None => self.settled_at = Some(now),
        }
    }

    /// Ends it unsent.
    pub fn end(&mut self, end: End, now: UnixMicros) {
        self.state = end.state;
        self.reason = Some(end.reason);
        self.settled_at = Some(now);
    }

    /// Lets it wait.
    pub fn delay(&mut self, delay: Delay) {
        self.state = NoticeState::Pending;
        self.reason = Some(delay.reason);
        self.due_at = delay.until;
    }

    /// Has it tried anew from now on, for an operator. Returns false, and changes nothing, if its state does not allow
    /// that.
    pub fn retry(&mut self, now: UnixMicros) -> bool {
        let may_be_retried = self.state.may_be_decided();
        if may_be_retried {
            self.state = NoticeState::Pending;
            self.due_at = now;
            self.attempts = 0;
            self.transmitted_at = None;
            self.settled_at = None;
            self.reason = Some("tried again by an operator".to_owned());
        }
        may_be_retried
    }

    /// Drops it, for an operator. Returns false, and changes nothing, if its state does not allow that.
    pub fn drop_unsent(&mut self, now: UnixMicros) -> bool {
        let may_be_dropped = self.state.may_be_decided();
        if may_be_dropped {
            self.end(End::superseded("dropped by an operator"), now);
        }
        may_be_dropped
    }

    fn given_up(&self, last: &str) -> String {
        format!("given up after {} attempts: {last}", self.attempts)
    }

    fn is_past_resending(&self, terms: &ClaimTerms, now: UnixMicros) -> bool {
        let last = self
            .transmitted_at
            .zip(terms.resend_within_secs)
            .map(|(first, within)| first.plus_secs(within));
        last.is_some_and(|last| now >= last)
    }
}
