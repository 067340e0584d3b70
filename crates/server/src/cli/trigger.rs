//! `dunlin trigger`: a signed event, as Stripe would deliver it.

#![expect(clippy::doc_markdown, reason = "help is shown as plain text")]

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use configuration::Config;
use intake::clock;
use rand::distr::{Alphanumeric, SampleString};
use secrecy::ExposeSecret;
use simulator::Override;
use stripe_signature::{Secret, sign};

use super::client::{Access, agent, checked, read};
use super::say;
use super::settling::wait_for_mails;

/// The event to send.
#[derive(Debug, Args)]
#[command(after_long_help = events_help())]
pub(super) struct Trigger {
    /// The event, named as in the Stripe CLI: invoice.payment_failed, …
    event: String,
    /// The customer of the event
    #[arg(long, default_value = "cus_demo")]
    customer: String,
    /// The subscription of the event
    #[arg(long, default_value = "sub_demo")]
    subscription: String,
    /// Change the event: `status=unpaid` in its object, `previous.status=active` in `previous_attributes`,
    /// `event.created=1800000000` in the event itself; may be repeated
    #[arg(long = "override", value_name = "PATH=VALUE")]
    overrides: Vec<Override>,
    /// The API version that determines the event's shape
    #[arg(long, default_value = simulator::DEFAULT_API_VERSION)]
    api_version: String,
    /// Deliver the same event this many times, as Stripe may
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    repeat: u16,
    /// Do not wait (at most 5 seconds) until the mails that the event owes are sent
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    access: Access,
    /// The webhook's signing secret [default: the first of the configuration here]
    #[arg(long, env = "DUNLIN_WEBHOOK_SECRET", hide_env_values = true)]
    secret: Option<String>,
}

fn events_help() -> String {
    let lines: Vec<String> = simulator::events()
        .map(|(name, what)| format!("  {name:<40} {what}"))
        .collect();
    format!("Events:\n{}", lines.join("\n"))
}

/// The letters and digits in a new event's id, as in Stripe's.
const EVENT_ID_LEN: usize = 24;

impl Trigger {
    /// Sends the event.
    pub(super) fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let secret = self.signing_secret(config)?;
        let event_id = format!("evt_{}", Alphanumeric.sample_string(&mut rand::rng(), EVENT_ID_LEN));
        let trigger = simulator::Trigger {
            customer: self.customer.clone(),
            subscription: self.subscription.clone(),
            api_version: self.api_version.clone(),
            overrides: self.overrides.clone(),
            ..simulator::Trigger::new(&self.event)
        };
        let now = clock::now().to_unix_seconds().as_secs();
        let body = trigger.event_body(&event_id, now)?;
        let root = self.access.root(config)?;
        let agent = agent();
        for _ in 0..self.repeat {
            let signature = sign(&secret, &body, clock::now().to_unix_seconds().as_secs());
            let request = agent.post(format!("{root}/api/v1/stripe/webhook"));
            let request = request
                .header("Stripe-Signature", signature)
                .header("Content-Type", "application/json; charset=utf-8");
            let (status, answer) = read(request.send(body.as_slice()), &root)?;
            let answer = checked(status, answer)?;
            say(format_args!("{} {answer}", self.event));
        }
        self.wait(config, &event_id);
        Ok(ExitCode::SUCCESS)
    }

    /// Waits for the event's mails, so that the next command finds them sent. It cannot wait without an API key that
    /// the server accepts.
    fn wait(&self, config: &Config, event_id: &str) {
        let client = self.access.client(config).ok().filter(|_| !self.no_wait);
        let waited = client.map(|client| wait_for_mails(&client, event_id));
        if let Some(Ok(false)) = waited {
            say(format_args!("its mails are not sent yet: `dunlin notice list` says why"));
        }
    }

    fn signing_secret(&self, config: &Config) -> anyhow::Result<Secret> {
        let configured = config.webhook_secrets.first().map(ExposeSecret::expose_secret);
        let text = self.secret.as_deref().or(configured);
        let text =
            text.context("no signing secret: pass --secret, or set DUNLIN_STRIPE_WEBHOOK_SECRETS, or run where `dunlin dev` runs")?;
        Ok(Secret::parse(text)?)
    }
}
