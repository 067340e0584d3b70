//! Faults: scripted for one endpoint, or at random.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use tokio::sync::Notify;

use super::Endpoint;

/// A fault of one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// 429, with `Retry-After` if given.
    RateLimited {
        /// The seconds in `Retry-After`.
        retry_after_secs: Option<u64>,
    },
    /// 429 `lock_timeout`: another request works on the object.
    Locked,
    /// 500.
    ServerError,
    /// No answer until the client gives up.
    Silence,
    /// An answer that arrives this long after it was true.
    Late(Duration),
    /// An answer that is true when asked for, and is sent once the gate is opened.
    Held(Gate),
    /// An answer from this many seconds ago, as from a replica that lags.
    Stale {
        /// The lag in seconds.
        secs: i64,
    },
    /// 404 for every id, and nothing in lists: the key belongs to another account.
    OtherAccount,
    /// 403: the restricted key lacks the permission.
    Forbidden,
    /// 401: the key was rolled.
    Unauthorized,
    /// 200, with a body that breaks off in the middle.
    Torn,
    /// This status, with an error of no content: a proxy stands before Stripe, or does not know this endpoint.
    Status(u16),
}

/// A gate that holds answers back.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Held>);

#[derive(Debug, Default)]
struct Held {
    is_asked: Mutex<bool>,
    asked: Condvar,
    opened: Notify,
}

impl Gate {
    /// Waits until an answer waits at the gate, at most this long. Returns true if one does.
    #[must_use]
    pub fn wait_until_asked(&self, patience: Duration) -> bool {
        let is_asked = lock(&self.0.is_asked);
        let waited = self.0.asked.wait_timeout_while(is_asked, patience, |is_asked| !*is_asked);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Lets an answer go, even one that has yet to reach the gate.
    pub fn open(&self) {
        self.0.opened.notify_one();
    }

    pub(super) async fn wait(&self) {
        *lock(&self.0.is_asked) = true;
        self.0.asked.notify_all();
        self.0.opened.notified().await;
    }
}

/// The probabilities of faults, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Odds {
    /// [`Fault::RateLimited`], without `Retry-After`.
    pub rate_limited: f64,
    /// [`Fault::ServerError`].
    pub server_error: f64,
    /// [`Fault::Silence`].
    pub silence: f64,
    /// [`Fault::Stale`].
    pub stale: f64,
    /// The lag of stale answers, in seconds.
    pub stale_secs: i64,
}

/// The faults of a fake Stripe. At first there are none.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    next: BTreeMap<Endpoint, VecDeque<Fault>>,
    always: BTreeMap<Endpoint, Fault>,
    at_random: Option<(ChaCha8Rng, Odds)>,
    list_lag_secs: i64,
    secs_per_answer: i64,
}

impl Faults {
    /// Adds a fault for the next request of this endpoint that has none scripted yet.
    pub fn once(&self, endpoint: Endpoint, fault: Fault) {
        self.script().next.entry(endpoint).or_default().push_back(fault);
    }

    /// Sets a fault for every request of this endpoint that has nothing else scripted.
    pub fn always(&self, endpoint: Endpoint, fault: Fault) {
        self.script().always.insert(endpoint, fault);
    }

    /// Sets a fault for every request of every endpoint that has nothing else scripted.
    pub fn everywhere(&self, fault: &Fault) {
        for endpoint in Endpoint::ALL {
            self.always(endpoint, fault.clone());
        }
    }

    /// Draws a fault with these odds for each request that has none scripted. The seed determines the draws.
    pub fn at_random(&self, seed: u64, odds: Odds) {
        self.script().at_random = Some((ChaCha8Rng::seed_from_u64(seed), odds));
    }

    /// Delays events in the list by up to this many seconds, each by a time of its own, so that their order is not
    /// kept.
    pub fn delay_list(&self, at_most_secs: i64) {
        self.script().list_lag_secs = at_most_secs;
    }

    /// Advances a clock that is set by this many seconds after each answer, so that objects come and change between the
    /// pages of a list.
    pub fn go_on_while_listed(&self, secs_per_answer: i64) {
        self.script().secs_per_answer = secs_per_answer;
    }

    /// Removes all faults.
    pub fn clear(&self) {
        *self.script() = Script::default();
    }

    pub(super) fn next(&self, endpoint: Endpoint) -> Option<Fault> {
        let script = &mut *self.script();
        let scripted = script.next.get_mut(&endpoint).and_then(VecDeque::pop_front);
        scripted
            .or_else(|| script.always.get(&endpoint).cloned())
            .or_else(|| script.at_random.as_mut().and_then(|(random, odds)| odds.draw(random)))
    }

    pub(super) fn list_lag_secs(&self) -> i64 {
        self.script().list_lag_secs
    }

    pub(super) fn secs_per_answer(&self) -> i64 {
        self.script().secs_per_answer
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.0)
    }
}

impl Odds {
    fn draw(&self, random: &mut ChaCha8Rng) -> Option<Fault> {
        let mut drawn: f64 = random.random_range(0.0..1.0);
        let mut falls_to = |share: f64| {
            let falls = (0.0..share).contains(&drawn);
            drawn -= share;
            falls
        };
        if falls_to(self.rate_limited) {
            Some(Fault::RateLimited { retry_after_secs: None })
        } else if falls_to(self.server_error) {
            Some(Fault::ServerError)
        } else if falls_to(self.silence) {
            Some(Fault::Silence)
        } else if falls_to(self.stale) {
            Some(Fault::Stale { secs: self.stale_secs })
        } else {
            None
        }
    }
}

/// Locks a mutex, even a poisoned one: a test that failed while it held the lock should not fail the others.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
