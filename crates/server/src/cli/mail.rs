//! `dunlin mail …`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use configuration::Config;
use mail::{FolderTransport, StoredMail, Transcript};
use mail_parser::MessageParser;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::bounce::Bounce;
use super::client::Access;
use super::say;
use super::table::{Listing, items, text};
use crate::notifier::{letters, send_test, unlinked, unnamed};

/// The commands about mails.
#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Render every mail in every language with sample data, for a browser.
    Preview(Preview),
    /// Check that every mail can be rendered, with your own templates if you have some, and names your product.
    Check,
    /// Send one email the way that all others go, and print the conversation with the mail server.
    Test(Test),
    /// List the mails in the folder that `dunlin dev` sends them to.
    List(List),
    /// Show one of these mails.
    Show(Show),
    /// Report a bounced mail to the server: the message on standard input.
    ///
    /// A mail server can pipe everything for the bounce address into it. Exits with 0 if the message is a bounce of a
    /// Dunlin mail, 65 if it is not, and 75 if the server cannot be told now: then try again later.
    Bounce(Bounce),
    /// List the addresses that get no mail, because their mail server refused them for good.
    Suppressed(Suppressed),
    /// Stop suppressing an address.
    Allow(Allow),
}

/// The destination of the rendered mails.
#[derive(Debug, Args)]
pub(super) struct Preview {
    /// The folder
    #[arg(long, default_value = "mail-preview")]
    out: PathBuf,
}

/// The recipient of a test email.
#[derive(Debug, Args)]
pub(super) struct Test {
    /// The address
    email: String,
}

/// The listing of mails.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    listing: Listing,
}

/// The mail to show.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The mail's name in the list, or the beginning of it
    name: String,
    /// Print the HTML part instead of the text
    #[arg(long, conflicts_with = "raw")]
    html: bool,
    /// Print the whole message as it was sent
    #[arg(long)]
    raw: bool,
}

/// The listing of suppressed addresses.
#[derive(Debug, Args)]
pub(super) struct Suppressed {
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    access: Access,
}

/// The address to allow.
#[derive(Debug, Args)]
pub(super) struct Allow {
    /// The address
    email: String,
    #[command(flatten)]
    access: Access,
}

impl MailCommand {
    /// Runs the command.
    pub(super) fn run(&self, config: anyhow::Result<Config>) -> anyhow::Result<ExitCode> {
        match self {
            Self::Preview(preview) => preview.run(&config?),
            Self::Check => check(&config?),
            Self::Test(test) => test.run(&config?),
            Self::List(list) => list.run(&config?),
            Self::Show(show) => show.run(&config?),
            Self::Bounce(bounce) => Ok(bounce.run(config)),
            Self::Suppressed(suppressed) => suppressed.run(&config?),
            Self::Allow(allow) => allow.run(&config?),
        }
    }
}

impl Preview {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let letters = letters(config)?;
        mail::preview(&letters, &self.out)?;
        say(format_args!("Open {}", self.out.join("index.html").display()));
        Ok(ExitCode::SUCCESS)
    }
}

fn check(config: &Config) -> anyhow::Result<ExitCode> {
    let mut faults = letters(config)?.check();
    faults.extend(unnamed(&config.mail).map(str::to_owned));
    for line in faults.iter().map(String::as_str).chain(unlinked(&config.mail)) {
        say(format_args!("{line}"));
    }
    if faults.is_empty() {
        say(format_args!("Every mail can be rendered in every language."));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

impl Test {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let transcript = Transcript::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let sent = runtime.block_on(send_test(config, &self.email, &transcript))?;
        for line in transcript.lines() {
            say(format_args!("{line}"));
        }
        match sent {
            Ok(()) => {
                say(format_args!("\nThe mail server took the email for {}.", self.email));
                Ok(ExitCode::SUCCESS)
            }
            Err(why) => {
                say(format_args!("\nNothing was sent: {why}"));
                Ok(ExitCode::FAILURE)
            }
        }
    }
}

fn folder(config: &Config) -> anyhow::Result<FolderTransport> {
    let url = config.mail.smtp_url.as_ref().map(ExposeSecret::expose_secret);
    let folder = url.and_then(FolderTransport::parse);
    folder.context("mail does not go to a folder here: run this where `dunlin dev` runs, or set DUNLIN_SMTP_URL to file:FOLDER")
}

impl List {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let mails: Vec<Value> = folder(config)?.stored()?.iter().map(envelope).collect();
        let row = |mail: &Value| ["mail", "to", "subject"].map(|field| text(mail, field));
        self.listing.show(&mails, ["mail", "to", "subject"], row);
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the fields that a list shows of a mail.
fn envelope(stored: &StoredMail) -> Value {
    let message = MessageParser::default().parse(stored.message.as_bytes());
    let to = message.as_ref().and_then(|message| message.to());
    let to: Vec<&str> = to
        .into_iter()
        .flat_map(|to| to.iter())
        .filter_map(|to| to.address())
        .collect();
    let subject = message.as_ref().and_then(|message| message.subject());
    json!({"mail": stored.name, "to": to.join(", "), "subject": subject.unwrap_or_default()})
}

impl Show {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let stored = folder(config)?.stored()?;
        let mut found = stored.iter().filter(|stored| stored.name.starts_with(&self.name));
        let mail = match (found.next(), found.next()) {
            (Some(mail), None) => mail,
            (None, _) => bail!("there is no mail {}; `dunlin mail list` lists them", self.name),
            (Some(_), Some(_)) => bail!("several mails begin with {}", self.name),
        };
        if self.raw {
            say(format_args!("{}", mail.message));
            return Ok(ExitCode::SUCCESS);
        }
        let message = MessageParser::default().parse(mail.message.as_bytes());
        let message = message.context("the file is not a mail")?;
        let body = if self.html {
            message.body_html(0)
        } else {
            message.body_text(0)
        };
        if !self.html {
            say(format_args!("{}\n", message.subject().unwrap_or_default()));
        }
        // A mail's lines end in CRLF, a terminal's in LF.
        say(format_args!("{}", body.unwrap_or_default().replace("\r\n", "\n")));
        Ok(ExitCode::SUCCESS)
    }
}

impl Suppressed {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let page = self
            .access
            .client(config)?
            .get("/api/v1/suppressed-addresses")?
            .unwrap_or_default();
        let row = |address: &Value| ["email", "since", "reply"].map(|field| text(address, field));
        self.listing
            .show(items(&page), ["address", "since", "the mail server's words"], row);
        Ok(ExitCode::SUCCESS)
    }
}

impl Allow {
    fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        self.access
            .client(config)?
            .delete(&format!("/api/v1/suppressed-addresses/{}", self.email))?;
        say(format_args!("{} is no longer suppressed", self.email));
        Ok(ExitCode::SUCCESS)
    }
}
