//! The delivery of mail, and the team's addresses.

use persistence::{MailOutage, SuppressedAddress, UnixMicros};

use crate::finding::{Finding, Severity};

pub(crate) const SERVER_ID: &str = "mail_outage";
pub(crate) const TEAM_ID: &str = "team_addresses";

/// The age, in seconds, up to which an outage is passing.
const PASSING_SECS: i64 = 5 * 60;

/// Reports whether the mail server can be used, as the workers found it.
pub(crate) fn server(outage: Option<&MailOutage>, now: UnixMicros) -> Finding {
    let Some(outage) = outage else {
        return Finding::ok(SERVER_ID, "no worker has found that the mail server cannot be used");
    };
    let minutes = (now.to_unix_seconds().as_secs() - outage.since.to_unix_seconds().as_secs()) / 60;
    let severity = if outage.since.plus_secs(PASSING_SECS) > now {
        Severity::Warning
    } else {
        Severity::Error
    };
    Finding::of(
        severity,
        SERVER_ID,
        format!("the mail server has not been usable for {minutes} min: {}", outage.reason),
        "look at the conversation with `dunlin mail test ADDRESS`; notices wait and are tried again",
    )
}

/// Reports the addresses of the team that take no mail. `ours` are its addresses in lower case.
pub(crate) fn team(ours: &[String], suppressed: &[SuppressedAddress]) -> Vec<Finding> {
    let of_ours = suppressed.iter().filter(|address| ours.contains(&address.email));
    let finding = |address: &SuppressedAddress| {
        Finding::of(
            Severity::Error,
            TEAM_ID,
            format!(
                "{} is one of your own addresses and takes no mail: {}",
                address.email, address.reply
            ),
            format!(
                "correct it in DUNLIN_MAIL_ADMIN or DUNLIN_MAIL_SALES, or run `dunlin mail allow {}`",
                address.email
            ),
        )
    };
    of_ours.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMicros = UnixMicros::new(1_800_000_000_000_000);

    #[test]
    fn an_outage_is_a_warning_at_first_and_an_error_after_five_minutes() {
        let outage = |secs: i64| MailOutage {
            since: NOW.plus_secs(-secs),
            last_at: NOW,
            reason: "421 busy".to_owned(),
        };
        assert_eq!(server(None, NOW).severity, Severity::Ok);
        assert_eq!(server(Some(&outage(10)), NOW).severity, Severity::Warning);
        assert_eq!(server(Some(&outage(301)), NOW).severity, Severity::Error);
    }

    #[test]
    fn an_address_of_our_own_that_takes_no_mail_is_an_error() {
        let suppressed = ["admin@acme.example", "bo@example.com"].map(|email| SuppressedAddress {
            email: email.to_owned(),
            reply: "550 5.1.1 unknown".to_owned(),
            since: NOW,
        });
        let found = team(&["admin@acme.example".to_owned()], &suppressed);
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().unwrap().severity, Severity::Error);
    }
}
