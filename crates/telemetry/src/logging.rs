//! Logging: its start, and the thread that writes the lines.

use std::io::{BufWriter, IsTerminal, stderr};
use std::sync::OnceLock;

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::format::LogFormat;
use crate::json::WithCauses;
use crate::redaction::Redacting;

/// The logging, for as long as this is kept. All log lines are written when it is dropped, at the latest.
#[must_use]
#[derive(Debug)]
pub struct Logging {
    _writer: WorkerGuard,
}

/// The filter that silences the library that reads requests.
const NOT_HTTP: &str = "actix_http=off";
/// The number of lines that may wait to be written.
const MAX_WAITING_LINES: usize = 8192;

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Returns the number of lines that were dropped since the process started.
pub fn dropped_lines() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}

/// Starts logging to standard error what a filter of `tracing`'s lets through, like `info` or `info,intake=debug`. A
/// filter that cannot be read counts as `info`. Does nothing if there is a logger already.
///
/// A thread of its own writes the lines, as many at once as there are, so a delivery does not wait for its line. If
/// lines come faster than they can be written, or nobody reads them, they are dropped and counted ([`dropped_lines`]).
pub fn start(filter: &str, format: LogFormat) -> Logging {
    let shows_http = filter.contains("actix_http");
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // Input from strangers that is not HTTP is no error of Dunlin's. The configuration can name the library to show it.
    let filter = match NOT_HTTP.parse() {
        Ok(quiet) if !shows_http => filter.add_directive(quiet),
        _ => filter,
    };
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(MAX_WAITING_LINES)
        .thread_name("log")
        .finish(BufWriter::new(stderr()));
    drop(DROPPED.set(writer.error_counter()));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Redacting(writer));
    let is_terminal = stderr().is_terminal();
    let is_human = match format {
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
            .map_event_format(WithCauses)
            .try_init()
    };
    // A logger that exists already, as in tests, is as good.
    drop(started);
    Logging { _writer: guard }
}
