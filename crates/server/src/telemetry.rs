//! Logging: for people on a terminal, one JSON object a line otherwise. Ids only; never an address, a body or a secret.

use std::io::{BufWriter, IsTerminal, stderr};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Logging, while it is kept. What was logged is written when it is dropped, at the latest.
#[must_use]
#[derive(Debug)]
pub struct Logging {
    _writer: WorkerGuard,
}

/// Lines that may wait to be written.
const MAX_WAITING_LINES: usize = 1024;

/// Starts logging to standard error. Does nothing if a logger is there already.
///
/// Lines are written by a thread of their own, as many at once as there are: a delivery does not wait for its line. None is
/// left out: where they come faster than they can be written, those who log wait.
pub fn start(config: &Config) -> Logging {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .buffered_lines_limit(MAX_WAITING_LINES)
        .thread_name("log")
        .finish(BufWriter::new(stderr()));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let is_terminal = stderr().is_terminal();
    let is_human = match config.log_format {
        LogFormat::Auto => is_terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let started = if is_human {
        builder.with_target(false).with_ansi(is_terminal).try_init()
    } else {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init()
    };
    // A logger that is there already, as in tests, is as good.
    drop(started);
    Logging { _writer: guard }
}
