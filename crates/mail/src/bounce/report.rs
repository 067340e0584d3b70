//! Delivery status notifications of mail systems (RFC 3464).

use mail_parser::{Message, MessageParser, MimeHeaders};

use super::{Bounce, BounceAddress, BouncedLetter, MAX_BYTES, NoBounce, RecipientReport, without_type};
use crate::address::comparable;
use crate::status::EnhancedStatus;

/// The headers with the address that a report came to: from its sender, and from mail servers that add one as they
/// deliver.
const TO: [&str; 4] = ["To", "Delivered-To", "X-Original-To", "Envelope-To"];
/// The most recipients read from a report.
const MAX_RECIPIENTS: usize = 200;

impl BounceAddress {
    /// Reads the bounces in a message that came to this address.
    ///
    /// # Errors
    /// [`NoBounce`] gives the reason why the message contains none.
    pub fn read(&self, message: &[u8]) -> Result<Vec<Bounce>, NoBounce> {
        if message.len() > MAX_BYTES {
            return Err(NoBounce::TooLarge);
        }
        let message = MessageParser::default().parse(message).ok_or(NoBounce::NoReport)?;
        let status = delivery_status(&message).ok_or(NoBounce::NoReport)?;
        let notice = self.notice(&message).ok_or(NoBounce::ForgedAddress)?;
        let groups = groups(&status).into_iter().filter_map(|group| bounce(notice, &group));
        let bounces: Vec<Bounce> = groups.take(MAX_RECIPIENTS).collect();
        if bounces.is_empty() {
            return Err(NoBounce::NoRecipient);
        }
        Ok(bounces)
    }

    /// Returns the notice whose letter has the address that this message came to as its sender.
    fn notice(&self, message: &Message<'_>) -> Option<i64> {
        let came_to = message
            .headers_raw()
            .filter(|(name, _)| TO.iter().any(|to| to.eq_ignore_ascii_case(name)));
        came_to
            .flat_map(|(_, value)| value.split(|c: char| c.is_whitespace() || "<>,;:\"()".contains(c)))
            .find_map(|word| self.notice_of(word))
    }
}

/// Returns the machine-readable part of a report, or `None` if the message is no report.
fn delivery_status(message: &Message<'_>) -> Option<String> {
    let is_report = message.root_part().content_type().is_some_and(|of| {
        let is_status = of
            .attribute("report-type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"));
        is_status && of.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"))
    });
    let mut parts = message.parts.iter().filter(|part| {
        let subtype = part.content_type().and_then(|of| of.subtype());
        let known = ["delivery-status", "global-delivery-status"];
        subtype.is_some_and(|subtype| known.iter().any(|known| known.eq_ignore_ascii_case(subtype)))
    });
    let part = parts.next().filter(|_| is_report)?;
    Some(String::from_utf8_lossy(part.contents()).into_owned())
}

/// The fields of the report, or of one recipient.
type Group = Vec<(String, String)>;

/// Parses and unfolds the fields, group by group: first those of the report itself, then those of each recipient.
fn groups(status: &str) -> Vec<Group> {
    let mut groups = vec![Group::new()];
    for line in status.lines().map(str::trim_end) {
        let Some(group) = groups.last_mut() else { break };
        if line.is_empty() {
            if !group.is_empty() {
                groups.push(Group::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.last_mut() {
                value.push(' ');
                value.push_str(line.trim_start());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

/// Reads the bounce of a group, or returns `None` if the group has no recipient or no action.
fn bounce(notice: i64, group: &Group) -> Option<Bounce> {
    let field = |name: &str| group.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let action = field("action")?.split([' ', '\t', '(']).next().unwrap_or_default();
    let recipient = address_of(field("final-recipient").or_else(|| field("original-recipient"))?);
    let told = RecipientReport {
        is_final: action.eq_ignore_ascii_case("failed"),
        is_bad_address: None,
        status: field("status").and_then(EnhancedStatus::parse),
        reply: field("diagnostic-code").map(without_type).unwrap_or_default(),
    };
    let bounce = Bounce::new(BouncedLetter::Notice(notice), recipient, told);
    let original = field("original-recipient").map(address_of).map(comparable);
    Some(Bounce {
        passed_on_by: original.filter(|original| *original != bounce.recipient),
        ..bounce
    })
}

/// Strips the type, `rfc822;`, from an address (RFC 3464, section 2.3.2).
fn address_of(field: &str) -> &str {
    field.split_once(';').map_or(field, |(_, address)| address).trim()
}
