//! Load: signed requests over keep-alive connections, as fast as they are answered or at a rate, with the latency of
//! each.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::try_join_all;
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Requests to send. All of it runs on one thread, and a request costs one write and one read, to leave the rest of the
/// machine to the server under test.
#[derive(Clone, Copy, Debug)]
pub struct Load<'a> {
    /// The servers that connections are spread over.
    pub servers: &'a [SocketAddr],
    /// Whole HTTP requests, in the order of sending.
    pub requests: &'a [Vec<u8>],
    /// The number of connections.
    pub connections: usize,
    /// The requests per second, whatever the answers do. With `None`, each connection sends the next request after the
    /// last answer.
    pub rate: Option<f64>,
}

/// The results of a run.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The time from the first request to the last answer.
    pub took: Duration,
    /// The microseconds from the time at which a request was due to its answer. At a rate, a request is due by the
    /// rate, not when a connection is free at last, so that a stalled server cannot hide its delay (coordinated
    /// omission). The sending clock ticks in milliseconds, so at a rate up to one of them is the client's own.
    pub latencies: Histogram<u64>,
}

impl Measured {
    /// Returns the answers per second.
    pub fn per_second(&self) -> f64 {
        let count = u32::try_from(self.latencies.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.took.as_secs_f64()
    }

    /// Returns the latency, in milliseconds, that this percentage (0 to 100) of the requests did not exceed.
    pub fn percentile_ms(&self, percentile: f64) -> f64 {
        let micros = u32::try_from(self.latencies.value_at_percentile(percentile)).unwrap_or(u32::MAX);
        f64::from(micros) / 1000.0
    }
}

/// The reason why a run could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The network failed.
    #[error("the network failed")]
    Io(#[from] io::Error),
    /// The response is not HTTP.
    #[error("answered with something that is not HTTP")]
    Malformed(#[from] httparse::Error),
    /// A request was not answered 2xx.
    #[error("answered otherwise than with 2xx: {0}")]
    Refused(String),
}

/// The state that connections share.
struct Shared<'a> {
    requests: &'a [Vec<u8>],
    rate: Option<f64>,
    began: Instant,
    sent: Cell<u32>,
    latencies: RefCell<Histogram<u64>>,
}

/// The longest latency that is told apart from longer ones, and the digits kept of each.
const MAX_MICROS: u64 = 600_000_000;
const DIGITS: u8 = 3;
/// The room for an answer, larger than any, so that one read takes the whole of it.
const ANSWER_BYTES: usize = 16 * 1024;
/// The most headers of an answer.
const MAX_HEADERS: usize = 32;

impl Load<'_> {
    /// Sends all requests.
    ///
    /// # Errors
    /// [`LoadError`] of the first request that was not answered 2xx.
    pub fn run(&self) -> Result<Measured, LoadError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        // One task does everything, so it needs no fairness from the runtime.
        runtime.block_on(tokio::task::unconstrained(self.send()))
    }

    async fn send(&self) -> Result<Measured, LoadError> {
        let mut streams = Vec::with_capacity(self.connections);
        for server in self.servers.iter().cycle().take(self.connections) {
            let stream = TcpStream::connect(server).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        #[expect(clippy::expect_used, reason = "the bounds are constants")]
        let latencies = Histogram::new_with_bounds(1, MAX_MICROS, DIGITS).expect("sound bounds");
        let shared = Shared {
            requests: self.requests,
            rate: self.rate,
            began: Instant::now(),
            sent: Cell::new(0),
            latencies: RefCell::new(latencies),
        };
        try_join_all(streams.into_iter().map(|stream| connection(stream, &shared))).await?;
        Ok(Measured {
            took: shared.began.elapsed(),
            latencies: shared.latencies.into_inner(),
        })
    }
}

impl<'a> Shared<'a> {
    /// Returns the next request, and the time it is due if there is a rate. The next free connection takes it; if none
    /// is free, it waits and is late.
    fn next_request(&self) -> Option<(&'a [u8], Option<Instant>)> {
        let nth = self.sent.get();
        let request = self.requests.get(usize::try_from(nth).ok()?)?;
        self.sent.set(nth + 1);
        let due = self
            .rate
            .map(|rate| self.began + Duration::from_secs_f64(f64::from(nth) / rate));
        Some((request, due))
    }

    fn answered(&self, due: Instant) {
        let micros = u64::try_from(due.elapsed().as_micros()).unwrap_or(MAX_MICROS);
        self.latencies.borrow_mut().saturating_record(micros.max(1));
    }
}

async fn connection(mut stream: TcpStream, shared: &Shared<'_>) -> Result<(), LoadError> {
    let mut answer = Vec::with_capacity(ANSWER_BYTES);
    while let Some((request, due)) = shared.next_request() {
        if let Some(due) = due {
            tokio::time::sleep_until(due).await;
        }
        let due = due.unwrap_or_else(Instant::now);
        stream.write_all(request).await?;
        read_answer(&mut stream, &mut answer).await?;
        shared.answered(due);
    }
    Ok(())
}

/// Reads one answer.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<(), LoadError> {
    answer.clear();
    loop {
        if stream.read_buf(answer).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        if let Some(status) = status_of_whole(answer)? {
            return match status {
                200..=299 => Ok(()),
                _ => Err(LoadError::Refused(String::from_utf8_lossy(answer).into_owned())),
            };
        }
    }
}

/// Returns the status of an answer once all of it is there. The server under test always gives a length.
fn status_of_whole(answer: &[u8]) -> Result<Option<u16>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(answer)? else {
        return Ok(None);
    };
    let body = parsed
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok())
        .unwrap_or_default();
    Ok(parsed.code.filter(|_| answer.len() >= head + body))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

    /// Starts a server for one connection that delays every answer and sends it in two pieces.
    fn slow_server(pause: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_nodelay(true).unwrap();
            let mut request = [0; REQUEST.len()];
            while stream.read_exact(&mut request).is_ok() {
                let began = Instant::now();
                while began.elapsed() < pause {
                    std::hint::spin_loop();
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}").unwrap();
                stream.write_all(b"{}").unwrap();
            }
        });
        address
    }

    fn measured(rate: Option<f64>) -> Measured {
        let load = Load {
            servers: &[slow_server(Duration::from_millis(2))],
            requests: &vec![REQUEST.to_vec(); 50],
            connections: 1,
            rate,
        };
        load.run().unwrap()
    }

    #[test]
    fn what_a_slow_server_keeps_waiting_is_counted_from_when_it_was_due() {
        // 50 answers take 100 ms. All were due within 25 ms.
        let latencies = measured(Some(2_000.0)).latencies;
        assert!(latencies.max() > 70_000, "{} µs", latencies.max());
        assert!(latencies.value_at_quantile(0.5) > 30_000);
        assert_eq!(latencies.len(), 50);
    }

    #[test]
    fn without_a_rate_a_request_is_due_when_the_last_is_answered() {
        let Measured { took, latencies } = measured(None);
        assert_eq!(latencies.len(), 50);
        assert!(latencies.min() >= 1_900, "{} µs", latencies.min());
        // They follow each other, so half of them took half of the time.
        let median = Duration::from_micros(latencies.value_at_quantile(0.5));
        assert!(median * 20 < took, "{median:?} of {took:?}");
    }
}
