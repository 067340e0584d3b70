//! `dunlin reconcile`

use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Context;
use clap::Args;
use configuration::Config;
use indicatif::{ProgressBar, ProgressStyle};
use intake::clock;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use persistence::{Drift, DriftFilter, Store, UnixMicros};
use reconcile::events::Window;
use reconcile::preview::Preview;
use reconcile::{Learned, Reconciler};
use subscription::{CustomerId, UnixSeconds};
use tokio::sync::mpsc;
use wording::counted;

use super::table::table;
use super::{open_migrated, say};
use crate::opening::terms;
use crate::stripe_api;

/// The extent of the reconciliation.
#[derive(Debug, Args)]
pub(super) struct Reconcile {
    /// The start of the window in the list of events: 7d, 12h, or a date like 2026-11-20 [default: the 30 days that
    /// Stripe lists]
    #[arg(long, value_name = "7d|DATE")]
    since: Option<Since>,
    /// Write nothing, and report what would change
    #[arg(long)]
    dry_run: bool,
}

/// The start of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    /// This many seconds ago.
    Ago(i64),
    /// This second, in Unix time.
    At(i64),
}

const HOUR_SECS: i64 = 60 * 60;
/// The most rows that are listed. The API has the rest of the drift and of the events.
const LISTED: usize = 500;
/// The message while another instance reconciles.
pub(super) const WAITING: &str = "a server is reconciling at this moment: waiting until it is done";

impl FromStr for Since {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = "7d, 12h, or a date like 2026-11-20";
        let ago = |number: &str, unit_secs: i64| {
            let number: Option<i64> = number.parse().ok().filter(|number| (1..=10_000).contains(number));
            number.map(|number| Self::Ago(number * unit_secs)).ok_or(wanted)
        };
        if let Some(days) = text.strip_suffix('d') {
            return ago(days, 24 * HOUR_SECS);
        }
        if let Some(hours) = text.strip_suffix('h') {
            return ago(hours, HOUR_SECS);
        }
        let date: Option<Date> = text.parse().ok();
        let midnight = date.and_then(|date| TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok());
        midnight.map(|midnight| Self::At(midnight.as_second())).ok_or(wanted)
    }
}

impl Since {
    fn from(self, date: i64) -> i64 {
        match self {
            Self::Ago(secs) => date - secs,
            Self::At(secs) => secs,
        }
    }
}

impl Reconcile {
    /// Reconciles, or reports what a reconciliation would do.
    pub(super) async fn run(&self, config: &Config) -> anyhow::Result<ExitCode> {
        let stripe = stripe_api::client(config)?.context("Stripe cannot be asked: set DUNLIN_STRIPE_API_KEY")?;
        let store = open(config).await?;
        let reconciler = Reconciler::try_new(stripe, store.clone(), &config.filter)?;
        let done = if self.dry_run {
            self.preview(&reconciler).await
        } else {
            self.reconcile(reconciler, &store).await
        };
        store.close().await?;
        done
    }

    async fn window(&self, reconciler: &Reconciler) -> anyhow::Result<Window> {
        let date = reconciler.date().await?;
        Ok(match self.since {
            Some(since) => Window::since(since.from(date), date),
            None => Window::full(date),
        })
    }

    async fn preview(&self, reconciler: &Reconciler) -> anyhow::Result<ExitCode> {
        let window = self.window(reconciler).await?;
        let bar = bar("looking");
        let preview = reconciler.preview(window, &|done, of| show(&bar, done, of)).await;
        bar.finish_and_clear();
        say(format_args!("{}", told(&preview?)));
        Ok(ExitCode::SUCCESS)
    }

    async fn reconcile(&self, reconciler: Reconciler, store: &Store) -> anyhow::Result<ExitCode> {
        let began = clock::now();
        let (listener, mut learned) = mpsc::channel(LISTED);
        let reconciler = reconciler.telling(listener);
        let window = self.window(&reconciler).await?;
        let bar_of_events = bar("events");
        let on_events = |done, of| show(&bar_of_events, done, of);
        let on_objects = |done, _| bar_of_events.set_message(format!("objects: {done}"));
        let waiting = || bar_of_events.suspend(|| say(format_args!("{WAITING}")));
        let reconciled = reconciler
            .reconcile_once(window, began, (&waiting, &on_events, &on_objects))
            .await;
        bar_of_events.finish_and_clear();
        let (followed, objects) = reconciled?;
        say(format_args!(
            "{} listed, {} of them had never been delivered; {} read, {} told something new",
            counted(followed.listed, "event", "events"),
            followed.missing,
            counted(objects.read, "subscription or invoice", "subscriptions and invoices"),
            objects.accepted
        ));
        if objects.unreadable > 0 {
            say(format_args!("{} could not be read: the log says why", objects.unreadable));
        }
        drop(reconciler);
        let learned: Vec<Learned> = std::iter::from_fn(|| learned.try_recv().ok()).collect();
        tell(&learned, followed.missing + objects.accepted);
        report(store, began).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints the first things that were learned, and the number of the others.
fn tell(learned: &[Learned], all: u64) {
    if learned.is_empty() {
        return;
    }
    let mut new = table(["event or object", "what", "customer"]);
    for one in learned {
        let customer = one.customer.as_ref().map_or("–", CustomerId::as_str);
        new.add_row([one.id.as_str(), &one.what, customer]);
    }
    let things = counted(all, "thing was", "things were");
    say(format_args!("\n{things} new here:\n{new}"));
    let left_out = all.saturating_sub(u64::try_from(learned.len()).unwrap_or(u64::MAX));
    if left_out > 0 {
        say(format_args!("and {left_out} more"));
    }
}

pub(super) async fn open(config: &Config) -> anyhow::Result<Store> {
    Ok(open_migrated(config).await?.with_terms(terms(config)))
}

pub(super) fn bar(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent}%").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(1).with_style(style).with_message(what)
}

pub(super) fn show(bar: &ProgressBar, done: u64, of: u64) {
    bar.set_length(of.max(1));
    bar.set_position(done);
}

/// Describes what a reconciliation would do.
fn told(preview: &Preview) -> String {
    let mut told = format!(
        "{} listed, {} of them were never delivered. Nothing was written.\n",
        counted(preview.listed, "event", "events"),
        preview.missing.len()
    );
    if !preview.missing.is_empty() {
        let mut events = table(["event", "type", "of", "customer"]);
        for event in &preview.missing {
            let of = UnixSeconds::new(event.created).to_string();
            events.add_row([event.id.as_str(), &event.kind, &of, event.customer.as_deref().unwrap_or("–")]);
        }
        told = format!("{told}\nNever delivered\n{events}\n");
    }
    if preview.changes.is_empty() {
        return format!("{told}No customer's state would change.");
    }
    let mut changes = table(["customer", "what", "is", "would be"]);
    for change in &preview.changes {
        let [from, to] = [&change.from, &change.to].map(|value| value.as_deref().unwrap_or("–"));
        changes.add_row([change.customer.id.as_str(), change.what, from, to]);
    }
    format!("{told}\nWould change\n{changes}")
}

/// Prints what was wrong, since when, and which event was never delivered.
async fn report(store: &Store, began: UnixMicros) -> anyhow::Result<()> {
    let found = store.drift().count(began).await?;
    if found == 0 {
        say(format_args!("Nothing was wrong."));
        return Ok(());
    }
    let filter = DriftFilter {
        since: Some(began),
        ..DriftFilter::default()
    };
    let drift = store.drift().list(&filter, u64::try_from(LISTED)?).await?;
    let mut wrong = table([
        "tenant",
        "customer",
        "object",
        "what",
        "was here",
        "is at Stripe",
        "since",
        "never delivered",
    ]);
    for one in &drift {
        wrong.add_row(row(one));
    }
    let things = counted(found, "thing was wrong, and is", "things were wrong, and are");
    say(format_args!("\n{things} put right:\n{wrong}"));
    Ok(())
}

fn row(drift: &Drift) -> [String; 8] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    [
        or_dash(drift.entry.tenant.as_ref().map(ToString::to_string)),
        drift.entry.customer.id.to_string(),
        drift.entry.object_id.clone(),
        drift.entry.what.clone(),
        or_dash(drift.entry.from.clone()),
        or_dash(drift.entry.to.clone()),
        drift.entry.since.to_string(),
        or_dash(drift.entry.event.as_ref().map(ToString::to_string)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_a_time_ago_or_a_date() {
        let since = |text: &str| text.parse::<Since>().map(|since| since.from(1_800_000_000));
        assert_eq!(since("7d"), Ok(1_800_000_000 - 7 * 86_400));
        assert_eq!(since("12h"), Ok(1_800_000_000 - 12 * 3_600));
        assert_eq!(since("2026-11-20"), Ok(1_795_132_800));
        for wrong in ["", "7", "0d", "-1d", "d", "20.11.2026", "99999999999d"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }
}
