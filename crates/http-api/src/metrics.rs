//! The counters of this process, and the numbers of the ledger, in Prometheus' terms
//! (<https://prometheus.io/docs/practices/naming/>).

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use actix_web::http::header::Accept;
use doctor::Report;
use intake::thin::ThinEvents;
use persistence::{Gauges, Outcome, UnixMicros};
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use subscription::notices::NoticeContent;

use crate::bounce_fate::BounceFate;

/// The format of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus' own text, 0.0.4 (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    Text,
    /// `OpenMetrics` 1.0.0 (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
    OpenMetrics,
}

const OPEN_METRICS: &str = "application/openmetrics-text";

impl Format {
    /// Returns the format that the caller prefers, or text if none is stated.
    pub(crate) fn preferred(accept: &Accept) -> Self {
        let ranked = accept.ranked();
        let formats = ranked.iter().find_map(|mime| match mime.essence_str() {
            OPEN_METRICS => Some(Self::OpenMetrics),
            "text/plain" | "text/*" | "*/*" => Some(Self::Text),
            _ => None,
        });
        formats.unwrap_or(Self::Text)
    }

    /// Returns the header for it.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Text => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    fn write(self, registry: &Registry) -> Result<String, fmt::Error> {
        let mut page = String::new();
        match self {
            Self::Text => prometheus_text::encode(&mut page, registry)?,
            Self::OpenMetrics => text::encode(&mut page, registry)?,
        }
        Ok(page)
    }
}

/// The values on a page beside the counters, at one moment.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// True if a delivery would be kept.
    pub is_ready: bool,
    /// The age of the oldest batch in progress.
    pub oldest_batch: Duration,
    /// True if the wall clock is not followed.
    pub is_clock_doubted: bool,
    /// The numbers of the ledger, or `None` if it cannot be read.
    pub gauges: Option<&'a Gauges>,
    /// The last report of the doctor.
    pub examined: Option<&'a Report>,
    /// The moment.
    pub now: UnixMicros,
}

/// The prefix of all names.
const PREFIX: &str = "dunlin";
/// The histogram's bounds, in seconds from the first byte read to the answer: from the time of a batch to the patience
/// of a sender.
const DELIVERY_SECS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

type Labels<const N: usize> = [(&'static str, String); N];

/// Counters of this process, since it started.
#[derive(Clone, Debug)]
pub struct Metrics {
    deliveries: Family<[(&'static str, &'static str); 1], Counter>,
    delivery_secs: Histogram,
    samples: Counter,
    lost: Counter,
    mails: Family<[(&'static str, &'static str); 2], Counter>,
    bounces: Family<[(&'static str, &'static str); 1], Counter>,
    dropped_log_lines: fn() -> u64,
    /// Thin events, from which nothing can be learned.
    pub(crate) thin: ThinEvents,
}

impl Metrics {
    /// Makes counters at zero. `mail_outcomes` are the outcomes of an attempt to send a mail, which workers count.
    /// `dropped_log_lines` tells the lines that were not logged.
    pub fn new(mail_outcomes: &[&'static str], dropped_log_lines: fn() -> u64) -> Self {
        let deliveries = Family::<[(&'static str, &'static str); 1], Counter>::default();
        // Outcomes that never occurred are shown as 0, because no increase is seen in an absent series.
        for outcome in outcomes() {
            drop(deliveries.get_or_create(&[("outcome", outcome)]));
        }
        Self {
            deliveries,
            delivery_secs: Histogram::new(DELIVERY_SECS),
            samples: Counter::default(),
            lost: Counter::default(),
            mails: mails(mail_outcomes),
            bounces: bounces(),
            dropped_log_lines,
            thin: ThinEvents::default(),
        }
    }

    /// Counts an answered delivery. `outcome` is that of an event (`applied`, …), `duplicate`, `refused` or
    /// `unavailable`.
    pub(crate) fn delivered(&self, outcome: &'static str, took: Duration) {
        self.deliveries.get_or_create(&[("outcome", outcome)]).inc();
        self.delivery_secs.observe(took.as_secs_f64());
    }

    /// Counts a look-up of an acknowledged delivery by another connection.
    pub fn sampled(&self, is_there: bool) {
        self.samples.inc();
        if !is_there {
            self.lost.inc();
        }
    }

    /// Counts a try to send a notice of this kind, by a worker of this process.
    pub fn tried_mail(&self, kind: &'static str, outcome: &'static str) {
        self.mails.get_or_create(&[("kind", kind), ("outcome", outcome)]).inc();
    }

    /// Counts a bounce that was reported to this process.
    pub(crate) fn bounced(&self, fate: BounceFate) {
        self.bounces.get_or_create(&[("outcome", fate.as_str())]).inc();
    }

    /// Writes a page of all metrics.
    ///
    /// # Errors
    /// Never, because it writes to a string.
    pub(crate) fn page(&self, seen: &Seen<'_>, format: Format) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix(PREFIX);
        self.register(&mut registry);
        register_process(&mut registry, seen);
        if let Some(gauges) = seen.gauges {
            register_ledger(&mut registry, gauges, seen.now);
        }
        if let Some(report) = seen.examined {
            register_doctor(&mut registry, report);
        }
        format.write(&registry)
    }

    fn register(&self, registry: &mut Registry) {
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Which Dunlin this is", version);
        registry.register(
            "deliveries",
            "Webhook deliveries answered by this process, by what became of them",
            self.deliveries.clone(),
        );
        registry.register_with_unit(
            "delivery_duration",
            "Time from a delivery's arrival to its answer, in this process",
            Unit::Seconds,
            self.delivery_secs.clone(),
        );
        registry.register(
            "deliveries_sampled",
            "Acknowledged deliveries that were looked up by another connection",
            self.samples.clone(),
        );
        registry.register(
            "deliveries_lost",
            "Acknowledged deliveries that were looked up and were not there",
            self.lost.clone(),
        );
        registry.register(
            "mails",
            "Notices tried by this process, by their kind and what became of them",
            self.mails.clone(),
        );
        registry.register(
            "mail_bounces",
            "Bounces told to this process, by what became of them",
            self.bounces.clone(),
        );
        registry.register(
            "thin_events",
            "Thin events that came to this process; nothing is learned from them",
            counter(self.thin.count()),
        );
        registry.register(
            "log_lines_dropped",
            "Lines that were not logged, for they came faster than they were read",
            counter((self.dropped_log_lines)()),
        );
    }
}

/// Registers the current values of this process.
fn register_process(registry: &mut Registry, seen: &Seen<'_>) {
    registry.register(
        "ready",
        "1 where a delivery would be kept now, else 0",
        gauge(seen.is_ready.into()),
    );
    let oldest_batch = Gauge::<f64, AtomicU64>::default();
    oldest_batch.set(seen.oldest_batch.as_secs_f64());
    registry.register_with_unit(
        "oldest_batch",
        "For how long deliveries have waited for the database",
        Unit::Seconds,
        oldest_batch,
    );
    registry.register(
        "clock_doubted",
        "1 where the wall clock was set and is not followed, else 0",
        gauge(seen.is_clock_doubted.into()),
    );
}

/// Registers the values that all processes of one database share.
fn register_ledger(registry: &mut Registry, gauges: &Gauges, now: UnixMicros) {
    let notices = Family::<Labels<1>, Gauge>::default();
    for (state, count) in &gauges.notices {
        let labels = [("state", state.as_str().to_owned())];
        notices.get_or_create(&labels).set(number(*count));
    }
    registry.register("notices", "Mails that are owed or stuck, by their state", notices);

    let overdue = gauges.due_since.map_or(0, |since| seconds(now) - seconds(since));
    registry.register_with_unit(
        "notices_overdue",
        "For how long a mail has been due that no worker took",
        Unit::Seconds,
        gauge(overdue),
    );
    registry.register(
        "mail_server_up",
        "0 while the mail server cannot be used, as the workers found it; else 1",
        gauge(i64::from(gauges.mail_outage.is_none())),
    );
    registry.register(
        "drift_last_day",
        "What was found by asking Stripe within 24 hours and no webhook had told",
        gauge(number(gauges.drift_last_day)),
    );
    registry.register(
        "reads",
        "Subscriptions that Stripe is to be asked about",
        gauge(number(gauges.reads)),
    );
    registry.register(
        "read_alarms",
        "Subscriptions that Stripe was asked about in vain and that wait for a person",
        gauge(number(gauges.read_alarms)),
    );

    let events = Family::<Labels<2>, Gauge>::default();
    let objects = Family::<Labels<2>, Gauge>::default();
    for (scope, cursor) in &gauges.reconciled {
        let labels = || [("account", scope.account.clone()), ("livemode", scope.livemode.to_string())];
        if let Some(through) = cursor.events_through {
            events.get_or_create(&labels()).set(through);
        }
        if let Some(at) = cursor.objects_at {
            objects.get_or_create(&labels()).set(seconds(at));
        }
    }
    registry.register_with_unit(
        "reconciled_events_timestamp",
        "The moment up to which Stripe's list of events was followed, Unix time",
        Unit::Seconds,
        events,
    );
    registry.register_with_unit(
        "reconciled_objects_timestamp",
        "When all subscriptions and open invoices were last read, Unix time",
        Unit::Seconds,
        objects,
    );
}

fn register_doctor(registry: &mut Registry, report: &Report) {
    let findings = Family::<Labels<2>, Gauge>::default();
    for finding in &report.findings {
        let labels = [
            ("id", finding.id.to_owned()),
            ("severity", finding.severity.as_str().to_owned()),
        ];
        findings.get_or_create(&labels).inc();
    }
    registry.register("doctor_findings", "What the doctor found, by check and severity", findings);
    registry.register(
        "doctor_well",
        "1 where the doctor found nothing to put right, else 0",
        gauge(i64::from(report.is_well())),
    );
    registry.register_with_unit(
        "doctor_timestamp",
        "When the doctor looked, Unix time",
        Unit::Seconds,
        gauge(seconds(report.at)),
    );
}

/// Returns every outcome of a delivery.
fn outcomes() -> impl Iterator<Item = &'static str> {
    let kept = [Outcome::Applied, Outcome::Ignored, Outcome::Foreign, Outcome::Quarantined];
    let others = ["duplicate", "refused", "unavailable"];
    kept.into_iter().map(Outcome::as_str).chain(others)
}

/// Makes the counters of mails, at zero from the start, so that the first failure is an increase and not a new series.
fn mails(outcomes: &[&'static str]) -> Family<[(&'static str, &'static str); 2], Counter> {
    let mails = Family::<_, Counter>::default();
    for kind in NoticeContent::KINDS {
        for outcome in outcomes.iter().copied() {
            drop(mails.get_or_create(&[("kind", kind), ("outcome", outcome)]));
        }
    }
    mails
}

/// Makes the counters of bounces, also at zero.
fn bounces() -> Family<[(&'static str, &'static str); 1], Counter> {
    let bounces = Family::<_, Counter>::default();
    for fate in BounceFate::ALL {
        drop(bounces.get_or_create(&[("outcome", fate.as_str())]));
    }
    bounces
}

fn counter(value: u64) -> Counter {
    let counter = Counter::default();
    counter.inc_by(value);
    counter
}

fn gauge(value: i64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(value);
    gauge
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn seconds(at: UnixMicros) -> i64 {
    at.to_unix_seconds().as_secs()
}
