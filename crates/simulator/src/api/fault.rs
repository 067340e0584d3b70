//! What goes wrong: scripted for one endpoint, or at random.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use tokio::sync::Notify;

use super::Endpoint;

/// What becomes of one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// 429, with `Retry-After` if it is told.
    RateLimited {
        /// Seconds.
        retry_after_secs: Option<u64>,
    },
    /// 429 `lock_timeout`: another request works on the object.
    Locked,
    /// 500.
    ServerError,
    /// No answer, until the client gives up.
    Silence,
    /// The answer, so much later than it was true.
    Late(Duration),
    /// The answer, which is true when it is asked for, once the gate is opened.
    Held(Gate),
    /// What was true so many seconds ago, as from a replica that lags.
    Stale {
        /// Seconds.
        secs: i64,
    },
    /// 404 for whatever is named, and nothing in lists: the key is of another account.
    OtherAccount,
    /// 403: the restricted key lacks the permission.
    Forbidden,
    /// 401: the key was rolled.
    Unauthorized,
    /// 200, and a body that ends in its middle.
    Torn,
    /// This status, and a body that says nothing: something stands before Stripe, or does not know this endpoint.
    Status(u16),
}

/// A gate that answers wait at.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Held>);

#[derive(Debug, Default)]
struct Held {
    is_asked: Mutex<bool>,
    asked: Condvar,
    opened: Notify,
}

impl Gate {
    /// Waits until an answer waits here, at most so long: does one?
    #[must_use]
    pub fn wait_until_asked(&self, patience: Duration) -> bool {
        let is_asked = lock(&self.0.is_asked);
        let waited = self.0.asked.wait_timeout_while(is_asked, patience, |is_asked| !*is_asked);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Lets the answer go, also one that has yet to come here.
    pub fn open(&self) {
        self.0.opened.notify_one();
    }

    pub(super) async fn wait(&self) {
        *lock(&self.0.is_asked) = true;
        self.0.asked.notify_all();
        self.0.opened.notified().await;
    }
}

/// How likely what is, as shares of one.
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
    /// By how much what is stale is stale.
    pub stale_secs: i64,
}

/// The faults of a fake Stripe: at first, none.
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
    /// The next request of this endpoint that nothing is scripted for yet meets this.
    pub fn once(&self, endpoint: Endpoint, fault: Fault) {
        self.script().next.entry(endpoint).or_default().push_back(fault);
    }

    /// Every request of this endpoint meets this, where nothing else is scripted for it.
    pub fn always(&self, endpoint: Endpoint, fault: Fault) {
        self.script().always.insert(endpoint, fault);
    }

    /// Every request of any endpoint meets this.
    pub fn everywhere(&self, fault: &Fault) {
        for endpoint in Endpoint::ALL {
            self.always(endpoint, fault.clone());
        }
    }

    /// Requests that nothing is scripted for meet something at these odds; what, follows from the seed.
    pub fn at_random(&self, seed: u64, odds: Odds) {
        self.script().at_random = Some((ChaCha8Rng::seed_from_u64(seed), odds));
    }

    /// Events are in the list up to so many seconds after they happened, each after a time of its own, so that not even their
    /// order holds.
    pub fn delay_list(&self, at_most_secs: i64) {
        self.script().list_lag_secs = at_most_secs;
    }

    /// Stripe's clock, where it was set, goes on by so many seconds after each answer: objects come and change between the
    /// pages of a list.
    pub fn go_on_while_listed(&self, secs_per_answer: i64) {
        self.script().secs_per_answer = secs_per_answer;
    }

    /// No more faults.
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

/// A test that failed while it held this is no reason for the others to fail too.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
