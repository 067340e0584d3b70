//! Load: signed requests over keep-alive connections, as fast as they are answered or at a rate, and how long each took.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

/// Requests to send. All of it runs on one thread, to leave the rest of the machine to whoever is measured.
#[derive(Clone, Copy, Debug)]
pub struct Load<'a> {
    /// To whom; connections are spread over them.
    pub servers: &'a [SocketAddr],
    /// Whole HTTP requests, in the order of sending.
    pub requests: &'a [Vec<u8>],
    /// How many connections.
    pub connections: usize,
    /// Requests a second, whatever the answers do; `None`: each connection sends the next when the last is answered.
    pub rate: Option<f64>,
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// From the first request to the last answer.
    pub took: Duration,
    /// Microseconds from the moment a request was due to its answer. At a rate, a request is due when the rate says so and
    /// not when a connection is free at last: a server that stands still cannot hide it (coordinated omission).
    pub latencies: Histogram<u64>,
}

impl Measured {
    /// Answers a second.
    pub fn per_second(&self) -> f64 {
        let count = u32::try_from(self.latencies.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.took.as_secs_f64()
    }

    /// The latency, in milliseconds, that this share (0 to 100) of the requests did not exceed.
    pub fn percentile_ms(&self, percentile: f64) -> f64 {
        let micros = u32::try_from(self.latencies.value_at_percentile(percentile)).unwrap_or(u32::MAX);
        f64::from(micros) / 1000.0
    }
}

/// Why the load could not be carried to its end.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The network failed.
    #[error("the network failed")]
    Io(#[from] std::io::Error),
    /// A request was answered otherwise than with 2xx.
    #[error("answered otherwise than with 2xx: {0}")]
    Refused(String),
}

/// What the connections share.
struct Shared {
    /// Yet to be sent, the next one last.
    requests: Vec<Vec<u8>>,
    rate: Option<f64>,
    began: Instant,
    sent: u32,
    latencies: Histogram<u64>,
}

/// The longest latency that is told apart from longer ones, and how many digits of each are kept.
const MAX_MICROS: u64 = 600_000_000;
const DIGITS: u8 = 3;

impl Load<'_> {
    /// Sends all requests.
    ///
    /// # Errors
    /// [`LoadError`] of the first request that was not answered 2xx.
    ///
    /// # Panics
    /// If there is no server.
    pub fn run(&self) -> Result<Measured, LoadError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, self.send())
    }

    async fn send(&self) -> Result<Measured, LoadError> {
        #[expect(clippy::expect_used, reason = "the bounds are constants")]
        let latencies = Histogram::new_with_bounds(1, MAX_MICROS, DIGITS).expect("sound bounds");
        let mut streams = Vec::with_capacity(self.connections);
        for server in self.servers.iter().cycle().take(self.connections) {
            let stream = TcpStream::connect(server).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let shared = Rc::new(RefCell::new(Shared {
            requests: self.requests.iter().rev().cloned().collect(),
            rate: self.rate,
            began: Instant::now(),
            sent: 0,
            latencies,
        }));
        let mut connections = JoinSet::new();
        for stream in streams {
            connections.spawn_local(connection(stream, Rc::clone(&shared)));
        }
        while let Some(ended) = connections.join_next().await {
            ended.map_err(std::io::Error::other)??;
        }
        let shared = shared.borrow();
        Ok(Measured {
            took: shared.began.elapsed(),
            latencies: shared.latencies.clone(),
        })
    }
}

impl Shared {
    /// The next request, and when it is due if there is a rate.
    fn next_request(&mut self) -> Option<(Vec<u8>, Option<Instant>)> {
        let request = self.requests.pop()?;
        let due = self
            .rate
            .map(|rate| self.began + Duration::from_secs_f64(f64::from(self.sent) / rate));
        self.sent += 1;
        Some((request, due))
    }
}

async fn connection(mut stream: TcpStream, shared: Rc<RefCell<Shared>>) -> Result<(), LoadError> {
    let mut answer = Vec::with_capacity(1024);
    loop {
        let Some((request, due)) = shared.borrow_mut().next_request() else {
            return Ok(());
        };
        if let Some(due) = due {
            tokio::time::sleep_until(due).await;
        }
        let due = due.unwrap_or_else(Instant::now);
        stream.write_all(&request).await?;
        read_answer(&mut stream, &mut answer).await?;
        let micros = u64::try_from(due.elapsed().as_micros()).unwrap_or(MAX_MICROS);
        shared.borrow_mut().latencies.saturating_record(micros.max(1));
    }
}

/// Reads one answer. Ours are small JSON objects, and end with their brace.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<(), LoadError> {
    answer.clear();
    while answer.last() != Some(&b'}') {
        if stream.read_buf(answer).await? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
    }
    if answer.starts_with(b"HTTP/1.1 2") {
        Ok(())
    } else {
        Err(LoadError::Refused(String::from_utf8_lossy(answer).into_owned()))
    }
}
