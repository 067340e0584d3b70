//! `dunlin mail bounce`: the command that a mail server pipes messages into.

use std::io::Read;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use configuration::Config;
use intake::body::MAX_BODY_BYTES;
use serde_json::Value;

use super::client::{Access, checked};
use super::table::{items, text};
use super::{complain, say};

/// The server to report to.
#[derive(Debug, Args)]
pub(super) struct Bounce {
    #[command(flatten)]
    access: Access,
}

/// `EX_DATAERR` of sysexits.h: the message is no bounce of a Dunlin mail. A mail server gives such a message up.
const NOT_OURS: u8 = 65;
/// `EX_TEMPFAIL`: a mail server tries again later.
const LATER: u8 = 75;

impl Bounce {
    /// Reports the message on standard input to the server. A failure does not lose the message, because mail servers
    /// try again for days.
    pub(super) fn run(&self, config: anyhow::Result<Config>) -> ExitCode {
        let told = config.and_then(|config| self.tell(&config));
        told.unwrap_or_else(|error| {
            complain(&error);
            ExitCode::from(LATER)
        })
    }

    fn tell(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let mut message = Vec::new();
        let most = u64::try_from(MAX_BODY_BYTES)?.saturating_add(1);
        let read = std::io::stdin().take(most).read_to_end(&mut message);
        read.context("cannot read the message on standard input")?;
        if message.len() > MAX_BODY_BYTES {
            say(format_args!("ignored: it is larger than 1 MiB"));
            return Ok(ExitCode::from(NOT_OURS));
        }
        let client = self.access.client(config)?;
        let (status, answer) = client.post_message("/api/v1/mail/bounces", &message)?;
        Ok(said(&checked(status, answer)?))
    }
}

/// Prints the outcome of each bounce.
fn said(answer: &Value) -> ExitCode {
    let outcomes = items(answer).iter().map(|bounce| text(bounce, "outcome"));
    let is_ours = outcomes.clone().any(|outcome| outcome != "ignored");
    for (bounce, outcome) in items(answer).iter().zip(outcomes) {
        match bounce.get("reason").and_then(Value::as_str) {
            Some(reason) => say(format_args!("{outcome}: {reason}")),
            None => say(format_args!("{outcome}: notice {}", text(bounce, "notice_id"))),
        }
    }
    if is_ours {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NOT_OURS)
    }
}
