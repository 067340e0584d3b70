//! Deliveries over HTTP, from many connections at once, as persistent as Stripe's.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use stripe_signature::{Secret, sign};

use crate::Delivery;

/// A sender of deliveries to an endpoint.
#[derive(Debug)]
pub struct Player {
    /// The endpoint's whole URL.
    pub url: String,
    /// The secret that signs deliveries.
    pub secret: Secret,
    /// The number of deliveries in progress at once.
    pub connections: usize,
    /// The time for which one delivery is repeated until it is answered 2xx.
    pub patience: Duration,
}

/// The result of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// The deliveries that were answered 2xx: all of them.
    pub delivered: usize,
    /// The requests that were not answered 2xx, and were repeated.
    pub failed: u64,
}

/// The endpoint did not answer 2xx within the patience.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{url} does not take deliveries: {last}")]
pub struct Unanswered {
    url: String,
    /// The last answer or failure.
    last: String,
}

/// The pause between a failure and the next attempt.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest wait for an answer, as at Stripe.
const TIMEOUT: Duration = Duration::from_secs(20);

impl Player {
    /// Sends these deliveries of these bodies, in this order as far as several connections keep one.
    ///
    /// # Errors
    /// [`Unanswered`], if one delivery was not taken within the patience. The others are then given up.
    pub fn play(&self, bodies: &[Vec<u8>], deliveries: &[Delivery]) -> Result<Played, Unanswered> {
        let next = AtomicUsize::new(0);
        let failed = AtomicU64::new(0);
        let given_up = AtomicBool::new(false);
        let work = || -> Result<usize, Unanswered> {
            let agent = agent();
            let mut delivered = 0;
            while let Some(delivery) = deliveries.get(next.fetch_add(1, Ordering::Relaxed)) {
                let Some(body) = bodies.get(delivery.event) else { continue };
                let began = Instant::now();
                while let Err(last) = self.send(&agent, body) {
                    failed.fetch_add(1, Ordering::Relaxed);
                    if given_up.load(Ordering::Relaxed) || began.elapsed() > self.patience {
                        given_up.store(true, Ordering::Relaxed);
                        return Err(Unanswered {
                            url: self.url.clone(),
                            last,
                        });
                    }
                    std::thread::sleep(PAUSE);
                }
                delivered += 1;
            }
            Ok(delivered)
        };
        let delivered: Result<Vec<usize>, Unanswered> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.connections.max(1)).map(|_| scope.spawn(work)).collect();
            let joined = workers.into_iter().map(|worker| match worker.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            joined.collect()
        });
        Ok(Played {
            delivered: delivered?.into_iter().sum(),
            failed: failed.into_inner(),
        })
    }

    /// Sends one request. The error is the answer or failure that came instead of 2xx.
    fn send(&self, agent: &ureq::Agent, body: &[u8]) -> Result<(), String> {
        let request = agent
            .post(&self.url)
            .header("Stripe-Signature", sign(&self.secret, body, unix_now()))
            .header("Content-Type", "application/json; charset=utf-8");
        let mut response = request.send(body).map_err(|error| error.to_string())?;
        let status = response.status();
        // The body is read to its end, so that the connection can be reused.
        let text = response.body_mut().read_to_string().map_err(|error| error.to_string())?;
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("{status} {text}"))
        }
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0);
    config.build().into()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a signature holds for a few minutes of real time, whatever time is played"
)]
fn unix_now() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}
