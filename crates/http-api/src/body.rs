//! The body of a delivery while it is collected: capped, timed, and counted together with all other bodies.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;
use intake::body::MAX_BODY_BYTES;

use crate::problem::{Code, Problem};

/// The time that a sender has for its whole body, unless a test has less of it.
pub const BODY_DEADLINE: Duration = Duration::from_secs(10);
/// The bytes that all bodies together may take while they are collected.
const MAX_TOGETHER: usize = 32 * 1024 * 1024;
/// The size, in bytes, that most bodies stay below. Larger bodies, and those that announce a larger size, reach their
/// bound first, so that they leave room for the others.
const SMALL: usize = 64 * 1024;
const MAX_TOGETHER_OF_LARGE: usize = 8 * 1024 * 1024;

/// The bodies that this process is collecting: their bytes, and the time that each of them has.
#[derive(Debug)]
pub struct Collected {
    bytes: AtomicUsize,
    deadline: Duration,
}

impl Collected {
    /// Begins with no bodies. Each has this time, [`BODY_DEADLINE`] where Stripe delivers.
    pub const fn new(deadline: Duration) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            deadline,
        }
    }
}

/// The share of one body, until it is dropped.
struct Share<'a> {
    all: &'a Collected,
    bytes: usize,
    is_large: bool,
}

impl Share<'_> {
    fn grow(&mut self, by: usize) -> Result<(), Problem> {
        self.bytes += by;
        self.is_large |= self.bytes > SMALL;
        let together = self.all.bytes.fetch_add(by, Ordering::Relaxed) + by;
        let most = if self.is_large { MAX_TOGETHER_OF_LARGE } else { MAX_TOGETHER };
        if together > most {
            return Err(Problem::unavailable("too much is being received at once"));
        }
        Ok(())
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.all.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads the whole body. A body that announces a size above the limit is refused before its first byte.
///
/// # Errors
/// 413 over 1 MiB, 408 after the deadline, 503 while too much is being collected, 400 for a body that breaks off.
pub(crate) async fn read(request: &HttpRequest, payload: Payload, all: &Collected) -> Result<Bytes, Problem> {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(too_large());
    }
    let share = Share {
        all,
        bytes: 0,
        is_large: length > Some(SMALL),
    };
    actix_web::rt::time::timeout(all.deadline, collect(payload, share))
        .await
        .unwrap_or_else(|_| Err(late(all.deadline)))
}

async fn collect(mut payload: Payload, mut share: Share<'_>) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::bad_request(Code::BrokenBody, error.to_string()))?;
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        share.grow(chunk.len())?;
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, Code::BodyTooLarge, "a body has at most 1 MiB")
}

fn late(deadline: Duration) -> Problem {
    let detail = format!("the whole body is to arrive within {} s", deadline.as_secs_f64());
    Problem::new(StatusCode::REQUEST_TIMEOUT, Code::BodyTooSlow, detail)
}
