//! Traffic: signed requests from many customers' lives, and the requests that bind a tenant to each of them.

use std::time::{SystemTime, UNIX_EPOCH};

use simulator::{Lifecycle, body};
use stripe_signature::{Secret, sign};

use super::name::date;
use super::{KEY, SECRET, count};

/// The number of customers that live at the same time.
const AT_ONCE: usize = 500;
/// One request in this many is an event that was sent before.
const REDELIVERED: usize = 20;
/// The seeds between one batch of lives and the next.
const BATCH: u64 = 1_000_000;
/// The moment of the first batch, for [`date`], and the number of moments between one batch and the next.
const FIRST_MOMENT: usize = 400_000_000;
const MOMENTS: usize = 1_000_000;

/// The messages that Stripe sends about some customers.
pub(crate) struct Traffic {
    /// The requests that bind a tenant to every customer.
    pub(crate) bindings: Vec<Vec<u8>>,
    /// The customers' ids.
    pub(crate) customers: Vec<String>,
    /// The tenants' ids.
    pub(crate) tenants: Vec<String>,
    /// The requests with their events, in the order of sending.
    pub(crate) requests: Vec<Vec<u8>>,
    /// The average size of a body, in bytes.
    pub(crate) body_bytes: f64,
}

impl Traffic {
    /// Makes this many requests from the lives of this batch, one in twenty a redelivery. Their signatures hold for
    /// five minutes.
    pub(crate) fn new(requests: usize, batch: u64) -> Self {
        let mut events = 0;
        let lives = (batch * BATCH..).map(Lifecycle::from_seed).take_while(|life| {
            let is_needed = events < requests;
            events += life.events.len();
            is_needed
        });
        let lives: Vec<Lifecycle> = lives.collect();
        let mut bodies: Vec<Vec<u8>> = Vec::with_capacity(requests);
        let moment = FIRST_MOMENT + usize::try_from(batch).unwrap() * MOMENTS;
        for body in bodies_of(&lives, moment) {
            bodies.push(body);
            if bodies.len().is_multiple_of(REDELIVERED) {
                bodies.push(bodies[bodies.len() * 2 / 3].clone());
            }
        }
        bodies.truncate(requests);
        Self::of(&lives, moment, bodies, |nth| format!("b{batch}-{nth}"))
    }

    /// Makes all of these lives, each event once, with tenants of these names. They are older than any batch.
    pub(crate) fn of_lives(lives: &[Lifecycle], tenant: impl Fn(usize) -> String) -> Self {
        let moment = FIRST_MOMENT - MOMENTS;
        Self::of(lives, moment, bodies_of(lives, moment), tenant)
    }

    fn of(lives: &[Lifecycle], moment: usize, bodies: Vec<Vec<u8>>, tenant: impl Fn(usize) -> String) -> Self {
        let tenants: Vec<String> = (0..lives.len()).map(tenant).collect();
        let customers: Vec<String> = lives
            .iter()
            .enumerate()
            .map(|(nth, life)| customer(life, moment + nth))
            .collect();
        let bound = tenants.iter().zip(&customers);
        let body_bytes = count(bodies.iter().map(Vec::len).sum()) / count(bodies.len());
        Self {
            bindings: bound.map(|(tenant, customer)| binding(tenant, customer)).collect(),
            customers,
            tenants,
            requests: signed(bodies),
            body_bytes,
        }
    }
}

/// Returns a customer's id, dated at this moment.
fn customer(life: &Lifecycle, moment: usize) -> String {
    let mut id = life.customer.clone().into_bytes();
    date(&mut id, moment, moment);
    String::from_utf8(id).unwrap()
}

/// Returns the bodies of some hundred lives at once, one event of each in turn, each dated a moment after the last.
fn bodies_of(lives: &[Lifecycle], moment: usize) -> Vec<Vec<u8>> {
    let lives: Vec<(usize, &Lifecycle)> = lives.iter().enumerate().collect();
    let mut bodies = Vec::new();
    for together in lives.chunks(AT_ONCE) {
        let longest = together.iter().map(|(_, life)| life.events.len()).max().unwrap_or_default();
        for nth in 0..longest {
            for (customer, life) in together {
                let Some(event) = life.events.get(nth) else {
                    continue;
                };
                let mut body = body(event).unwrap();
                date(&mut body, moment + bodies.len(), moment + customer);
                bodies.push(body);
            }
        }
    }
    bodies
}

/// Returns the requests that bring these bodies, with signatures that hold for five minutes.
pub(crate) fn signed(bodies: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let secret = Secret::parse(SECRET).unwrap();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let request = |body: Vec<u8>| {
        let head = format!(
            "POST /api/v1/stripe/webhook HTTP/1.1\r\nHost: bench\r\nStripe-Signature: {}\r\nContent-Length: {}\r\n\r\n",
            sign(&secret, &body, now),
            body.len()
        );
        [head.into_bytes(), body].concat()
    };
    bodies.into_iter().map(request).collect()
}

/// Returns the request that binds a tenant to the customer.
fn binding(tenant: &str, customer: &str) -> Vec<u8> {
    let contact = r#"{"role":"billing","email":"bo@example.com"}"#;
    let body = format!(r#"{{"stripe_customer_id":"{customer}","contacts":[{contact}]}}"#);
    let head = format!(
        "PUT /api/v1/tenants/{tenant} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

/// Returns this many requests for these tenants' access, in no order that the database knows.
pub(crate) fn questions(tenants: &[String], questions: usize) -> Vec<Vec<u8>> {
    let ask = |n: usize| {
        let tenant = &tenants[n * 7_919 % tenants.len()];
        let head = format!("GET /api/v1/tenants/{tenant}/access HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\n\r\n");
        head.into_bytes()
    };
    (0..questions).map(ask).collect()
}
