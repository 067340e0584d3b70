//! A fake of Stripe's API. It takes events, and answers about the objects in them as Stripe does: with the same
//! pages, the same refusals and, on request, the same faults.
//!
//! Objects are shown as of the time of its clock, in the newest shape that has a sample. Events in the list have that
//! shape too, whatever shape they were delivered in, so the same id can be seen in two shapes.
//!
//! ```
//! use simulator::{FakeStripe, Lifecycle};
//!
//! let life = Lifecycle::from_seed(1);
//! let stripe = FakeStripe::new(false);
//! stripe.tell(&life.events);
//! stripe.set_now(life.events[0].created);
//! let (url, serving) = stripe.serve()?;
//! let request = ureq::get(format!("{url}v1/customers/{}", life.customer));
//! let asked = request.header("Authorization", "Bearer sk_test_1").call();
//! # let mut asked = asked.map_err(std::io::Error::other)?;
//! assert!(asked.body_mut().read_to_string().map_err(std::io::Error::other)?.contains(&life.customer));
//! drop(serving);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The reference of the real API is at <https://docs.stripe.com/api>.

mod asked;
mod books;
mod clock;
mod endpoint;
mod expand;
mod fault;
mod list;
mod object;
mod portal;
mod refusal;
mod server;
mod view;
mod webhook_endpoint;

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use stripe_event::Event;

pub use asked::Asked;
use books::Books;
use clock::{Clock, Place};
pub use endpoint::Endpoint;
pub use fault::{Fault, Faults, Gate, Odds};
use list::envelope;
use portal::Portal;
pub use portal::PortalSession;
use refusal::Refusal;
pub use server::Serving;
use view::View;
pub use webhook_endpoint::WebhookEndpoint;

use crate::payload::VERSIONS;

const DAY_SECS: i64 = 24 * 3_600;

/// A fake Stripe. Clones share their state.
#[derive(Clone, Debug)]
pub struct FakeStripe {
    livemode: bool,
    faults: Faults,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    books: Books,
    clock: Clock,
    /// The connected account that holds all of it.
    account: Option<String>,
    delivered: BTreeSet<String>,
    requests: Vec<Asked>,
    webhook_endpoints: Vec<WebhookEndpoint>,
    portal: Portal,
}

/// A response, and the time at which it is sent.
#[derive(Debug)]
struct Reply {
    status: u16,
    /// The time of Stripe's clock, in Unix seconds.
    date: i64,
    headers: Vec<(&'static str, String)>,
    body: String,
    wait: Wait,
}

#[derive(Debug)]
enum Wait {
    No,
    For(Duration),
    Until(Gate),
    Forever,
}

impl FakeStripe {
    /// Makes an empty one in live or test mode. Its clock follows the machine's until it is set.
    #[must_use]
    pub fn new(livemode: bool) -> Self {
        let state = State {
            books: Books::default(),
            clock: Clock::Machine { ahead_secs: 0 },
            account: None,
            delivered: BTreeSet::new(),
            requests: Vec::new(),
            webhook_endpoints: Vec::new(),
            portal: Portal::default(),
        };
        Self {
            livemode,
            faults: Faults::default(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Adds events that happened in this order. Within a second, events added later happen later. An event that was
    /// added before is ignored.
    pub fn tell(&self, events: &[Event<'static>]) {
        let mut state = fault::lock(&self.state);
        for event in events {
            state.books.enter(Event {
                livemode: self.livemode,
                ..event.clone()
            });
        }
    }

    /// Stops the clock at the end of this second (Unix): everything up to it has happened, nothing after it.
    pub fn set_now(&self, second: i64) {
        fault::lock(&self.state).clock = Clock::Stopped(Place::end_of(second));
    }

    /// Stops the clock right after this event, within its second: of the other events of that second, those that were
    /// added before it have happened. An unknown event has no effect.
    pub fn set_now_after(&self, event: &str) {
        let mut state = fault::lock(&self.state);
        if let Some(place) = state.books.place_of(event) {
            state.clock = Clock::Stopped(place);
        }
    }

    /// Lets the clock run with the machine's, this many seconds ahead of it.
    pub fn run_ahead(&self, secs: i64) {
        fault::lock(&self.state).clock = Clock::Machine { ahead_secs: secs };
    }

    /// Returns the time of the clock, in Unix seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        fault::lock(&self.state).clock.now().second
    }

    /// Moves everything to this connected account, where only requests with `Stripe-Account` find it.
    pub fn set_account(&self, account: Option<&str>) {
        fault::lock(&self.state).account = account.map(str::to_owned);
    }

    /// Sets the webhook endpoints that are listed.
    pub fn set_webhook_endpoints(&self, endpoints: Vec<WebhookEndpoint>) {
        fault::lock(&self.state).webhook_endpoints = endpoints;
    }

    /// Marks the deliveries of these events as answered 2xx, for the filter `delivery_success`.
    pub fn mark_delivered<'a>(&self, events: impl IntoIterator<Item = &'a str>) {
        let events = events.into_iter().map(str::to_owned);
        fault::lock(&self.state).delivered.extend(events);
    }

    /// Returns the script of faults.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Returns all requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Asked> {
        fault::lock(&self.state).requests.clone()
    }

    /// Returns the billing portal sessions made so far.
    #[must_use]
    pub fn portal_sessions(&self) -> Vec<PortalSession> {
        fault::lock(&self.state).portal.sessions().to_vec()
    }

    /// Serves over HTTP on a free port of this machine. Returns the API's base URL and a guard; the server stops when
    /// the guard is dropped.
    ///
    /// # Errors
    /// The machine has no port or no thread for it.
    pub fn serve(&self) -> io::Result<(String, Serving)> {
        let serving = self.serve_at(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        Ok((format!("http://{}/", serving.address()), serving))
    }

    /// Serves at this address.
    ///
    /// # Errors
    /// The address is taken, or the machine has no thread for it.
    pub fn serve_at(&self, address: SocketAddr) -> io::Result<Serving> {
        Serving::start(self, TcpListener::bind(address)?)
    }

    /// Answers one request with this key.
    fn answer(&self, asked: &Asked, key: &str) -> Reply {
        let mut state = fault::lock(&self.state);
        state.requests.push(asked.clone());
        let request_id = format!("req_Dunlin{:08}", state.requests.len());
        let found = Endpoint::of(&asked.method, &asked.path);
        let fault = found.and_then(|(endpoint, _)| self.faults.next(endpoint));
        let date = state.clock.now().second;
        let result = admit(&state, asked, key).and_then(|()| match found {
            Some((endpoint, id)) => self.result(&mut state, endpoint, id, asked, key, fault.as_ref()),
            None => Err(Refusal::no_such_url(&asked.method, &asked.path)),
        });
        state.clock.go_on(self.faults.secs_per_answer());
        let (status, json) = match result {
            Ok(json) => (200, json),
            Err(refusal) => (refusal.status, refusal.to_json(&request_id)),
        };
        let mut reply = Reply {
            status,
            date,
            headers: headers(request_id, asked),
            body: format!("{json:#}"),
            wait: Wait::No,
        };
        if let Some(fault) = fault {
            reply.suffer(fault);
        }
        reply
    }

    fn result(
        &self,
        state: &mut State,
        endpoint: Endpoint,
        id: &str,
        asked: &Asked,
        key: &str,
        fault: Option<&Fault>,
    ) -> Result<Value, Refusal> {
        match fault {
            Some(Fault::RateLimited { .. }) => return Err(Refusal::rate_limited()),
            Some(Fault::Locked) => return Err(Refusal::locked()),
            Some(Fault::ServerError) => return Err(Refusal::server_error()),
            Some(Fault::Forbidden) => return Err(Refusal::lacks_permission(key, endpoint.permission())),
            Some(Fault::Unauthorized) => return Err(Refusal::wrong_key(key)),
            Some(Fault::Status(status)) => return Err(Refusal::of_status(*status)),
            _ => {}
        }
        let is_of_mode = key.contains("_live_") == self.livemode;
        let sees_nothing = matches!(fault, Some(Fault::OtherAccount)) || asked.account != state.account || !is_of_mode;
        let stale_secs = match fault {
            Some(Fault::Stale { secs }) => *secs,
            _ => 0,
        };
        let nothing = Books::default();
        let State {
            books, clock, delivered, ..
        } = &*state;
        let view = View {
            books: if sees_nothing { &nothing } else { books },
            moment: clock.now().earlier_by(stale_secs),
            livemode: self.livemode,
            shape: NEWEST,
            list_lag_secs: self.faults.list_lag_secs(),
            delivered,
        };
        match endpoint {
            Endpoint::PortalSessions => {
                let is_there = |customer: &str| {
                    let found = view.books.customers.at(customer, view.moment);
                    found.is_some_and(|version| !version.is_deleted())
                };
                let customer = portal::customer_of(asked, is_there)?.to_owned();
                let now = view.moment.second;
                Ok(state.portal.open(&customer, asked, now, self.livemode))
            }
            Endpoint::WebhookEndpoints => {
                asked.only_has(&list::PARAMS)?;
                let endpoints = if sees_nothing {
                    &[]
                } else {
                    state.webhook_endpoints.as_slice()
                };
                let shown = endpoints.iter().map(|endpoint| endpoint.to_json(self.livemode));
                Ok(envelope(&asked.path, shown, false))
            }
            _ => view.answer(endpoint, id, asked).map_err(|refusal| {
                let other_mode = !is_of_mode && refusal.status == 404 && state.books.knows(id);
                if other_mode {
                    Refusal::of_other_mode(endpoint.noun(), id, self.livemode)
                } else {
                    refusal
                }
            }),
        }
    }
}

/// Admits a request with a key that may act for the named account, and refuses any other.
fn admit(state: &State, asked: &Asked, key: &str) -> Result<(), Refusal> {
    if key.is_empty() {
        return Err(Refusal::no_key());
    }
    if !["sk_test_", "rk_test_", "sk_live_", "rk_live_"]
        .iter()
        .any(|kind| key.starts_with(kind))
    {
        return Err(Refusal::wrong_key(key));
    }
    match &asked.account {
        Some(account) if Some(account) != state.account.as_ref() => Err(Refusal::wrong_account(key, account)),
        _ => Ok(()),
    }
}

/// The newest shape that has a sample.
const NEWEST: &str = VERSIONS[VERSIONS.len() - 1];

fn headers(request_id: String, asked: &Asked) -> Vec<(&'static str, String)> {
    let version = asked.api_version.clone().unwrap_or_else(|| NEWEST.to_owned());
    let mut headers = vec![("Request-Id", request_id), ("Stripe-Version", version)];
    headers.extend(asked.account.clone().map(|account| ("Stripe-Account", account)));
    headers.extend(asked.idempotency_key.clone().map(|key| ("Idempotency-Key", key)));
    headers
}

impl Reply {
    /// Applies a fault to a finished answer.
    fn suffer(&mut self, fault: Fault) {
        match fault {
            Fault::RateLimited { retry_after_secs } => {
                let retry_after = retry_after_secs.map(|secs| ("Retry-After", secs.to_string()));
                self.headers.extend(retry_after);
            }
            Fault::Locked => self.headers.push(("Stripe-Should-Retry", "true".to_owned())),
            Fault::Silence => self.wait = Wait::Forever,
            Fault::Late(time) => self.wait = Wait::For(time),
            Fault::Held(gate) => self.wait = Wait::Until(gate),
            Fault::Torn => self.body.truncate(self.body.len() / 2),
            Fault::ServerError
            | Fault::Stale { .. }
            | Fault::OtherAccount
            | Fault::Forbidden
            | Fault::Unauthorized
            | Fault::Status(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
