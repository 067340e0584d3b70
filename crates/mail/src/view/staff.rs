//! Letters to staff about Dunlin itself, not about a tenant's subscription.

use subscription::UnixSeconds;
use subscription::notices::{Digest, DriftAlert, DriftedThing, StaffNotice, StuckNotice};

use super::{MAX_COMMENT_CHARS, MAX_NAME_CHARS, View, Viewer};
use crate::Addressee;
use crate::LocaleError;
use crate::text::one_line;

impl Viewer<'_> {
    pub(super) fn staff_notice(&self, notice: &StaffNotice, to: &Addressee<'_>) -> Result<View, LocaleError> {
        match notice {
            StaffNotice::AddressRejected { email, reply } => Ok(rejected(email, reply, to.tenant_id.is_empty())),
            StaffNotice::MailRefused { reply, at } => self.refused(reply, *at),
            StaffNotice::Digest(digest) => self.digest(digest),
            StaffNotice::DriftAlert(alert) => self.drift_alert(alert),
            StaffNotice::UnknownPayer(unknown) => self.notice(&unknown.notice()),
        }
    }

    fn refused(&self, reply: &str, at: UnixSeconds) -> Result<View, LocaleError> {
        Ok(View {
            kind: "mail_refused",
            is_internal: true,
            since: Some(self.moment(at)?),
            reply: Some(one_line(reply, MAX_COMMENT_CHARS)),
            ..View::default()
        })
    }

    fn drift_alert(&self, alert: &DriftAlert) -> Result<View, LocaleError> {
        let count = number(alert.count);
        Ok(View {
            kind: "drift_alert",
            is_internal: true,
            since: Some(self.moment(alert.since)?),
            drift_count: count,
            drift_unlisted: count.saturating_sub_unsigned(alert.listed.len() as u64),
            drift: alert.listed.iter().map(drifted).collect(),
            ..View::default()
        })
    }

    fn digest(&self, digest: &Digest) -> Result<View, LocaleError> {
        Ok(View {
            kind: "digest",
            is_internal: true,
            since: Some(self.moment(digest.since)?),
            until: Some(self.moment(digest.until)?),
            waiting: Some(number(digest.quarantined + digest.dead_count + digest.unknown_count)),
            quarantined: number(digest.quarantined),
            dead_count: number(digest.dead_count),
            dead: digest.dead.iter().map(stuck).collect(),
            unknown_count: number(digest.unknown_count),
            unknown: digest.unknown.iter().map(stuck).collect(),
            ..View::default()
        })
    }
}

/// Makes the view of an address that takes no mail. It is one of ours if the letter has no tenant.
fn rejected(email: &str, reply: &str, is_ours: bool) -> View {
    View {
        kind: if is_ours {
            "address_rejected_ours"
        } else {
            "address_rejected"
        },
        template: "address_rejected",
        is_internal: true,
        email: Some(one_line(email, MAX_NAME_CHARS)),
        reply: Some(one_line(reply, MAX_COMMENT_CHARS)),
        ..View::default()
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn drifted(drifted: &DriftedThing) -> String {
    let DriftedThing { of, object_id, what, .. } = drifted;
    let [from, to] = [&drifted.from, &drifted.to].map(|value| value.as_deref().unwrap_or("–"));
    let change = if drifted.from == drifted.to {
        what.clone()
    } else {
        format!("{what}: {from} → {to}")
    };
    let event = drifted.event.as_ref().map(|event| format!(" · {event}")).unwrap_or_default();
    one_line(&format!("{of} · {object_id} · {change}{event}"), MAX_COMMENT_CHARS)
}

fn stuck(stuck: &StuckNotice) -> String {
    let reason = one_line(&stuck.reason, MAX_COMMENT_CHARS);
    format!("{} · {} · {} · {reason}", stuck.id, stuck.tenant_id, stuck.kind)
}
