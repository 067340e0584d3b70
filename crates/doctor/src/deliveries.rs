//! The times of deliveries, and the secrets that signed them.

use std::collections::BTreeSet;

use persistence::{DeliveryHour, SignedBy, UnixMicros};
use wording::{counted, moment};

use crate::finding::{Finding, Severity};

pub(crate) const SECRETS_ID: &str = "webhook_secrets";
pub(crate) const TIMES_ID: &str = "delivery_times";
pub(crate) const SILENCE_ID: &str = "silence";
pub(crate) const THIN_ID: &str = "thin_events";

const HOUR_SECS: i64 = 60 * 60;
pub(crate) const DAY_SECS: i64 = 24 * HOUR_SECS;
/// The seconds after which a secret is old, if it signed nothing while others did. Stripe signs with a rolled secret
/// for a day at most (<https://docs.stripe.com/webhooks#roll-endpoint-secrets>).
const UNUSED_SECS: i64 = 7 * DAY_SECS;
/// The seconds before the last delivery from which the usual silence is taken.
const USUAL_SECS: i64 = 14 * DAY_SECS;
/// The fewest hours with deliveries from which a usual silence can be told.
const MIN_HOURS: usize = 20;
/// The multiple of the usual silence from which on a silence is remarkable.
const REMARKABLE: i64 = 3;

/// Returns the moment from which on unreadable events are reported.
pub(crate) fn recently(now: UnixMicros) -> UnixMicros {
    now.plus_secs(-UNUSED_SECS)
}

/// Reports the API versions of recent events that could not be read. A quarantined event has no effect.
pub(crate) fn quarantined(versions: &[(Option<String>, u64)]) -> Vec<Finding> {
    let findings = versions.iter().map(|(version, events)| {
        let version = version.as_deref().unwrap_or("none that can be told");
        Finding::of(
            Severity::Warning,
            crate::endpoint::VERSION_ID,
            format!(
                "within seven days {} of version {version} could not be read: what cannot be read is kept, and has no effect",
                deliveries(*events)
            ),
            "look at them with GET /api/v1/events?outcome=quarantined, and bring Dunlin up to date or give the endpoint a version that is known",
        )
    });
    findings.collect()
}

/// Reports the thin events of the last day. A destination with snapshot payloads sends none.
pub(crate) fn thin(events: u64) -> Option<Finding> {
    let says = || {
        let events = counted(events, "thin event", "thin events");
        format!("within a day {events} came: such a one names its object and does not carry it, so it is kept, and has no effect")
    };
    let fix = "in Stripe's dashboard make an event destination with snapshot payloads for the same URL, set \
               DUNLIN_STRIPE_WEBHOOK_SECRETS to its signing secret, remove the thin one, and run `dunlin reconcile`";
    (events > 0).then(|| Finding::of(Severity::Error, THIN_ID, says(), fix))
}

fn deliveries(count: u64) -> String {
    counted(count, "delivery", "deliveries")
}

/// Counts these deliveries within the last day.
fn of_last_day(hours: &[DeliveryHour], now: UnixMicros, which: impl Fn(&&DeliveryHour) -> bool) -> u64 {
    let last_day = hours.iter().filter(|hour| hour.hour.plus_secs(DAY_SECS) > now);
    last_day.filter(which).map(|hour| hour.deliveries).sum()
}

/// Reports which secrets, by their fingerprints, still sign deliveries, and whether other secrets sign some.
pub(crate) fn secrets(secrets: &[String], hours: &[DeliveryHour], now: UnixMicros) -> Vec<Finding> {
    let signed = |hour: &&DeliveryHour| matches!(&hour.signed_by, SignedBy::Secret(by) if secrets.contains(by));
    let refused = of_last_day(hours, now, |hour| hour.signed_by == SignedBy::Nobody);
    let verified = of_last_day(hours, now, signed);
    let mut findings = Vec::new();
    if refused > 0 && verified == 0 {
        findings.push(Finding::of(
            Severity::Error,
            SECRETS_ID,
            format!(
                "within a day {} came, and none was signed with a secret that is configured",
                deliveries(refused)
            ),
            "copy the endpoint's signing secret from Stripe's dashboard to DUNLIN_STRIPE_WEBHOOK_SECRETS",
        ));
    } else if refused > 0 {
        findings.push(Finding::of(
            Severity::Warning,
            SECRETS_ID,
            format!(
                "within a day {} came, signed with no secret that is configured, beside {verified} signed with one",
                deliveries(refused)
            ),
            "add the signing secret of the other endpoint that delivers here, or remove that endpoint in Stripe's dashboard",
        ));
    }
    let is_old = |at: UnixMicros| at.plus_secs(UNUSED_SECS) <= now;
    let observed: Vec<UnixMicros> = hours.iter().filter(signed).map(|hour| hour.hour).collect();
    let can_tell = secrets.len() > 1
        && observed.first().is_some_and(|first| is_old(*first))
        && observed.last().is_some_and(|last| !is_old(*last));
    for (index, secret) in secrets.iter().enumerate() {
        let secret_hours = hours
            .iter()
            .filter(|hour| matches!(&hour.signed_by, SignedBy::Secret(by) if by == secret));
        let last = secret_hours.map(|hour| hour.hour).next_back();
        let name = format!("webhook secret {} (fingerprint {secret})", index + 1);
        findings.push(match last {
            last if can_tell && last.is_none_or(is_old) => Finding::of(
                Severity::Info,
                SECRETS_ID,
                format!("{name} alone signed no delivery of the last seven days: it is not needed any more"),
                "remove it from DUNLIN_STRIPE_WEBHOOK_SECRETS",
            ),
            Some(last) => Finding::ok(
                SECRETS_ID,
                format!("{name} last signed a delivery in the hour of {}", moment(last.as_micros())),
            ),
            None => Finding::ok(SECRETS_ID, format!("{name} has signed no delivery yet")),
        });
    }
    findings
}

/// Reports deliveries that were signed at another time than this machine's clock shows.
pub(crate) fn times(hours: &[DeliveryHour], now: UnixMicros) -> Finding {
    match of_last_day(hours, now, |hour| hour.signed_by == SignedBy::AtAnotherTime) {
        0 => Finding::ok(
            TIMES_ID,
            "within a day every delivery was signed at the time that the clock showed",
        ),
        refused => Finding::of(
            Severity::Error,
            TIMES_ID,
            format!(
                "within a day {} came, truly signed, but at another time than this machine's clock shows",
                deliveries(refused)
            ),
            "look whether the clock is right; if it is, whatever stands before Dunlin holds deliveries back for minutes, or somebody replays them",
        ),
    }
}

/// Reports a silence that is longer than usual. The usual one is the second longest time between deliveries within two
/// weeks: it includes nights and weekends, and leaves out one outage.
pub(crate) fn silence(is_test_mode: bool, hours: &[DeliveryHour], now: UnixMicros) -> Finding {
    if is_test_mode {
        return Finding::ok(SILENCE_ID, "of test mode nothing can be said: there silence is usual");
    }
    let signed = hours.iter().filter(|hour| hour.signed_by.is_secret());
    let signed: BTreeSet<i64> = signed.map(|hour| hour.hour.to_unix_seconds().as_secs()).collect();
    let Some(&last) = signed.last() else {
        return Finding::ok(SILENCE_ID, "no delivery has come yet");
    };
    let usual: Vec<i64> = signed.range(last - USUAL_SECS..).copied().collect();
    let mut gaps: Vec<i64> = usual.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    let Some(&gap_secs) = gaps.iter().nth_back(1).filter(|_| usual.len() >= MIN_HOURS) else {
        return Finding::ok(SILENCE_ID, "too few deliveries have come to say how many are usual");
    };
    let silent_secs = now.to_unix_seconds().as_secs() - last;
    if silent_secs <= REMARKABLE * gap_secs + HOUR_SECS {
        return Finding::ok(SILENCE_ID, "deliveries come as usual");
    }
    let says = format!(
        "no delivery has come for {} hours; within two weeks it was hardly ever more than {}",
        silent_secs / HOUR_SECS,
        gap_secs / HOUR_SECS
    );
    Finding::of(
        Severity::Warning,
        SILENCE_ID,
        says,
        "look in Stripe's dashboard whether the endpoint is on and its deliveries succeed, then run `dunlin reconcile`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMicros = UnixMicros::new(1_800_000_000_000_000);

    fn hour(signed_by: Option<&str>, hours_ago: i64) -> DeliveryHour {
        DeliveryHour {
            signed_by: signed_by.map_or(SignedBy::Nobody, |by| SignedBy::Secret(by.to_owned())),
            hour: NOW.plus_secs(-hours_ago * HOUR_SECS),
            deliveries: 3,
        }
    }

    #[test]
    fn a_delivery_that_was_signed_at_another_time_is_an_error_for_a_day() {
        let at_another_time = |hours_ago| DeliveryHour {
            signed_by: SignedBy::AtAnotherTime,
            ..hour(None, hours_ago)
        };
        assert_eq!(times(&[hour(Some("new"), 1), hour(None, 1)], NOW).severity, Severity::Ok);
        assert_eq!(
            times(&[at_another_time(2), hour(Some("new"), 1)], NOW).severity,
            Severity::Error
        );
        assert_eq!(times(&[at_another_time(25)], NOW).severity, Severity::Ok);
    }

    fn severities(hours: &[DeliveryHour]) -> Vec<Severity> {
        let configured = ["new".to_owned(), "old".to_owned()];
        secrets(&configured, hours, NOW)
            .iter()
            .map(|finding| finding.severity)
            .collect()
    }

    #[test]
    fn deliveries_of_which_no_secret_is_known_are_an_error_and_beside_others_a_warning() {
        use Severity::{Error, Ok, Warning};
        assert_eq!(severities(&[]), [Ok, Ok]);
        assert_eq!(severities(&[hour(None, 2)]), [Error, Ok, Ok]);
        assert_eq!(severities(&[hour(None, 2), hour(Some("new"), 1)]), [Warning, Ok, Ok]);
        assert_eq!(severities(&[hour(None, 30), hour(Some("new"), 1)]), [Ok, Ok]);
        // A secret that was removed is not configured.
        assert_eq!(severities(&[hour(Some("removed"), 3), hour(None, 2)]), [Error, Ok, Ok]);
    }

    #[test]
    fn thin_events_are_an_error_as_long_as_they_come() {
        assert_eq!(thin(0), None);
        let found = thin(1).unwrap();
        assert_eq!(found.severity, Severity::Error);
        assert!(found.says.contains("1 thin event came"), "{found:?}");
    }

    #[test]
    fn what_could_not_be_read_is_told_by_its_version() {
        let found = quarantined(&[(Some("2031-01-01.hemlock".to_owned()), 3), (None, 1)]);
        let says: Vec<&str> = found.iter().map(|finding| finding.says.as_str()).collect();
        assert!(says[0].contains("3 deliveries of version 2031-01-01.hemlock"), "{says:?}");
        assert!(says[1].contains("1 delivery of version none that can be told"), "{says:?}");
        assert!(quarantined(&[]).is_empty());
    }

    #[test]
    fn a_secret_that_signed_nothing_for_a_week_is_old_if_another_did() {
        use Severity::{Info, Ok};
        let week = 7 * 24;
        assert_eq!(severities(&[hour(Some("new"), week), hour(Some("new"), 1)]), [Ok, Info]);
        assert_eq!(severities(&[hour(Some("old"), week), hour(Some("new"), 1)]), [Ok, Info]);
        assert_eq!(severities(&[hour(Some("old"), week), hour(Some("old"), 1)]), [Info, Ok]);
        // Nothing comes at all, which is no secret's fault.
        assert_eq!(severities(&[hour(Some("new"), 2 * week), hour(Some("new"), week)]), [Ok, Ok]);
        // It is less than a week.
        assert_eq!(severities(&[hour(Some("new"), week - 1), hour(Some("new"), 1)]), [Ok, Ok]);
        let alone = secrets(&["new".to_owned()], &[hour(Some("new"), 2 * week)], NOW);
        assert_eq!(alone[0].severity, Ok);
    }

    fn silent(hours_ago: impl Iterator<Item = i64>) -> Severity {
        let mut hours: Vec<i64> = hours_ago.collect();
        hours.sort_unstable();
        let hours: Vec<DeliveryHour> = hours.into_iter().rev().map(|ago| hour(Some("new"), ago)).collect();
        silence(false, &hours, NOW).severity
    }

    #[test]
    fn a_busy_account_that_falls_silent_is_found_within_hours_and_one_outage_makes_nothing_usual() {
        assert_eq!(silent(1..300), Severity::Ok);
        assert_eq!(silent(4..300), Severity::Ok);
        assert_eq!(silent(5..300), Severity::Warning);
        assert_eq!(silent((5..300).filter(|ago| !(40..60).contains(ago))), Severity::Warning);
        assert_eq!(silent(2_000..2_300), Severity::Warning);
    }

    #[test]
    fn nights_and_weekends_are_usual_and_a_quiet_account_has_no_usual() {
        // Ten hours a day on five days a week.
        let office = |from: i64| (from..400).filter(|ago| ago % 24 < 10 && ago / 24 % 7 < 5);
        assert_eq!(silent(office(62)), Severity::Ok);
        assert_eq!(silent(office(240)), Severity::Warning);
        assert_eq!(silent((0..19).map(|step| 200 + step)), Severity::Ok);
        assert_eq!(silent(std::iter::empty()), Severity::Ok);
        let busy: Vec<DeliveryHour> = (5..300).rev().map(|ago| hour(Some("new"), ago)).collect();
        assert_eq!(silence(true, &busy, NOW).severity, Severity::Ok);
    }
}
