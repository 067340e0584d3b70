//! A connection to an SMTP server, and the failures of a conversation on it.

use std::error::Error as _;
use std::fmt::{self, Display};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::Extension;
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use crate::text::one_line;
use crate::transport::refusal::Refusal;
use crate::{SendError, Transcript};

/// A failure of a conversation.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server refused for now.
    Transient(String),
    /// The server refused permanently.
    Permanent(Refusal),
    /// The connection broke, or the server gave no answer or an invalid one.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transient(told) | Self::Broken(told) => f.write_str(told),
            Self::Permanent(refusal) => refusal.fmt(f),
        }
    }
}

impl Failure {
    pub(super) fn of(error: &Error, step: &str) -> Self {
        let told = words(error);
        match error.status() {
            Some(code) if error.is_permanent() => Self::Permanent(Refusal {
                code: code.into(),
                text: error
                    .source()
                    .map(|text| one_line(&text.to_string(), MAX_WORDS_CHARS))
                    .unwrap_or_default(),
            }),
            Some(_) => Self::Transient(told),
            None => Self::Broken(format!("{step}: {told}")),
        }
    }

    /// Converts a failure that concerns no single recipient: nothing was handed over, and no recipient was named or all
    /// of them were accepted. The server then refuses Dunlin: its name, its sender or its message.
    pub(super) fn of_us(self) -> SendError {
        match self {
            Self::Transient(told) | Self::Broken(told) => SendError::Later(told),
            Self::Permanent(refusal) => SendError::Refused(refusal.to_string()),
        }
    }
}

/// Returns the text of an error, with the server's words.
pub(super) fn words(error: &Error) -> String {
    one_line(&error.to_string(), MAX_WORDS_CHARS)
}

const MAX_WORDS_CHARS: usize = 300;

/// Runs a step, and fails if it takes longer than `patience`.
pub(super) async fn within<T>(patience: Duration, step: &str, work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match timeout(patience, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure::of(&error, step)),
        Err(_elapsed) => Err(Failure::Broken(format!("{step}: no answer for {} s", patience.as_secs()))),
    }
}

/// A greeted connection.
pub(super) struct Connection {
    pub(super) smtp: AsyncSmtpConnection,
    pub(super) transcript: Option<Transcript>,
    pub(super) command_timeout: Duration,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) async fn command(&mut self, command: impl Display, step: &str) -> Result<(), Failure> {
        let said = self.transcript.as_ref().map(|_| command.to_string());
        let answered = within(self.command_timeout, step, self.smtp.command(command)).await;
        self.note(said.as_deref().unwrap_or_default().trim_end(), &answered);
        answered.map(drop)
    }

    pub(super) fn note(&self, said: &str, answered: &Result<Response, Failure>) {
        let Some(transcript) = &self.transcript else {
            return;
        };
        transcript.note(format!("> {said}"));
        transcript.note(match answered {
            Ok(response) => format!("< {} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")),
            Err(failure) => format!("< {failure}"),
        });
    }

    pub(super) fn supports(&self, extension: Extension) -> bool {
        self.smtp.server_info().supports_feature(extension)
    }
}
