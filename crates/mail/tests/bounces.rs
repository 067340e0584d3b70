//! Bounces of mail systems and providers. The messages are our own, in the shape of theirs. `SENDER` stands for the
//! address that the letter came from.
#![allow(clippy::unwrap_used, reason = "tests say what is wrong by failing")]

use mail::{Bounce, BounceAddress, BounceKind, BouncedLetter, NoBounce, Sender, read_provider};

const POSTFIX: &str = include_str!("bounces/postfix.eml");
const EXIM: &str = include_str!("bounces/exim.eml");
const OFFICE_365: &str = include_str!("bounces/office365.eml");
const GMAIL: &str = include_str!("bounces/gmail.eml");
const HOLIDAY: &str = include_str!("bounces/holiday.eml");
const SES: &str = include_str!("bounces/ses.json");
const POSTMARK: &str = include_str!("bounces/postmark.json");
const SENDGRID: &str = include_str!("bounces/sendgrid.json");
const MAILGUN: &str = include_str!("bounces/mailgun.json");

const NOTICE: i64 = 42;
const MESSAGE: &str = "0123456789abcdef0123456789abcdef@acme.example";

fn address() -> BounceAddress {
    BounceAddress::try_new("bounces@acme.example", [b"secret".as_slice()]).unwrap()
}

/// Returns the address that the letter of the notice came from.
fn sender() -> String {
    let sender = Sender::try_new("billing@acme.example".parse().unwrap(), None, None).unwrap();
    sender.with_bounces_to(Some(address())).envelope_from(NOTICE).to_string()
}

fn read(message: &str) -> Result<Vec<Bounce>, NoBounce> {
    address().read(message.replace("SENDER", &sender()).replace('\n', "\r\n").as_bytes())
}

fn one(bounces: Result<Vec<Bounce>, NoBounce>) -> Bounce {
    let mut bounces = bounces.unwrap();
    assert_eq!(bounces.len(), 1, "{bounces:?}");
    bounces.remove(0)
}

#[test]
fn a_report_of_every_mail_system_tells_whose_address_is_bad() {
    for (system, message, status) in [
        ("Postfix", POSTFIX, "5.1.1"),
        ("Exim", EXIM, "5.1.1"),
        ("Office 365", OFFICE_365, "5.1.10"),
        ("Gmail", GMAIL, "5.1.1"),
    ] {
        let bounce = one(read(message));
        assert_eq!(bounce.letter, BouncedLetter::Notice(NOTICE), "{system}");
        assert_eq!(
            (bounce.recipient.as_str(), bounce.kind),
            ("bo@example.com", BounceKind::BadAddress),
            "{system}"
        );
        assert_eq!(bounce.status.unwrap().to_string(), status, "{system}");
        assert!(bounce.reply.starts_with("550"), "{system}: {}", bounce.reply);
        let bare = address().read(message.replace("SENDER", &sender()).as_bytes());
        assert_eq!(bare, Ok(vec![bounce]), "{system}: a pipe ends lines as the system does");
    }
}

#[test]
fn what_is_not_about_the_address_or_not_final_blames_nobody() {
    let told = |from: &str, to: &str| {
        assert!(POSTFIX.contains(from), "{from}");
        one(read(&POSTFIX.replace(from, to)))
    };
    for action in ["delayed", "delivered", "relayed", "expanded"] {
        let bounce = told("Action: failed", &format!("Action: {action}"));
        assert_eq!(bounce.kind, BounceKind::Passing, "{action}");
    }
    let said = "550 5.1.1 <bo@example.com>: Recipient address rejected:\n    User unknown in virtual mailbox table";
    for (status, reply) in [
        ("5.2.2", "552 5.2.2 mailbox full"),
        ("5.7.1", "550 5.7.1 we do not want this"),
    ] {
        let message = POSTFIX
            .replace("Status: 5.1.1", &format!("Status: {status}"))
            .replace(said, reply);
        let bounce = one(read(&message));
        assert_eq!((bounce.kind, bounce.reply.as_str()), (BounceKind::Failed, reply));
        assert_eq!(bounce.status.unwrap().to_string(), status);
    }
    let wordless = told("Diagnostic-Code", "X-Diagnostic-Code");
    assert_eq!((wordless.kind, wordless.reply.as_str()), (BounceKind::BadAddress, "5.1.1"));
    assert_eq!(
        told("Status: 5.1.1", "Status: 5.7.1").kind,
        BounceKind::Failed,
        "one speaks against it"
    );
}

#[test]
fn an_address_behind_a_forward_is_told_apart_from_the_one_that_was_written_to() {
    let bounce = one(read(
        &POSTFIX.replace("Final-Recipient: rfc822; bo@", "Final-Recipient: rfc822; Bo.Private@"),
    ));
    assert_eq!(bounce.recipient, "bo.private@example.com");
    assert_eq!(bounce.passed_on_by.as_deref(), Some("bo@example.com"));
}

#[test]
fn a_report_of_several_tells_of_each() {
    let second = "Final-Recipient: rfc822; OLIVIA@smørrebrød.test\nAction: failed (expired)\nStatus: 4.4.1\n\n--4TnV";
    let at = POSTFIX
        .rfind("--4TnVbp6Yq3z9sRj.1796026502/mx.acme.example\nContent-Description: Undelivered")
        .unwrap();
    let message = format!("{}{second}{}", &POSTFIX[..at], &POSTFIX[at + "--4TnV".len()..]);
    let bounces = read(&message).unwrap();
    assert_eq!(bounces.len(), 2);
    assert_eq!(
        (bounces[1].recipient.as_str(), bounces[1].kind),
        ("olivia@xn--smrrebrd-64af.test", BounceKind::Failed)
    );
}

#[test]
fn what_is_no_report_of_a_letter_of_ours_tells_nothing() {
    let stranger = POSTFIX.replace("SENDER", "bounces+2a000000000000000000000000@acme.example");
    let nobody = POSTFIX
        .replace("Final-Recipient", "X-Recipient")
        .replace("Original-Recipient", "X-Recipient");
    let delivery = POSTFIX.split("Content-Description: Delivery report").next().unwrap();
    let large = format!("{POSTFIX}{}", "x".repeat(1024 * 1024));
    for (message, expected) in [
        (stranger.as_str(), NoBounce::ForgedAddress),
        (&POSTFIX.replace("SENDER", "bounces@acme.example"), NoBounce::ForgedAddress),
        (&nobody, NoBounce::NoRecipient),
        (&large, NoBounce::TooLarge),
        (HOLIDAY, NoBounce::NoReport),
        (delivery, NoBounce::NoReport),
        (
            &POSTFIX.replace("report-type=delivery-status", "report-type=disposition-notification"),
            NoBounce::NoReport,
        ),
        ("", NoBounce::NoReport),
        ("\n\n\n", NoBounce::NoReport),
    ] {
        assert_eq!(read(message), Err(expected.clone()), "{expected}");
    }
}

#[test]
fn a_report_that_breaks_off_anywhere_is_read_as_far_as_it_goes() {
    for message in [POSTFIX, EXIM, OFFICE_365, GMAIL] {
        let whole = one(read(message));
        for end in 0..message.len() {
            if let Ok(bounces) = read(&message[..end]) {
                assert!(bounces.iter().all(|bounce| bounce.letter == whole.letter), "at {end}");
            }
        }
    }
}

#[test]
fn a_notification_of_every_provider_tells_whose_address_is_bad() {
    let topic = serde_json::json!({
        "Type": "Notification", "MessageId": "b1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:bounces", "Message": SES,
        "Timestamp": "2026-11-30T08:15:04.000Z", "SignatureVersion": "1", "Signature": "…",
    });
    for (provider, json) in [
        ("SES", SES),
        ("SES as an event", &SES.replace("notificationType", "eventType")),
        ("SES over SNS", &topic.to_string()),
        ("Postmark", POSTMARK),
        ("SendGrid", SENDGRID),
        ("Mailgun", MAILGUN),
    ] {
        let bounce = one(read_provider(json.as_bytes()));
        assert_eq!(bounce.letter, BouncedLetter::Message(MESSAGE.to_owned()), "{provider}");
        assert_eq!(
            (bounce.recipient.as_str(), bounce.kind, bounce.reply.as_str()),
            ("bo@example.com", BounceKind::BadAddress, "550 5.1.1 user unknown"),
            "{provider}"
        );
    }
}

#[test]
fn a_provider_s_other_words_are_told_apart() {
    for (json, from, to, kind) in [
        (SES, "Permanent", "Transient", BounceKind::Passing),
        (SES, "General", "OnAccountSuppressionList", BounceKind::Failed),
        (SES, "5.1.1", "5.7.1", BounceKind::Failed),
        (POSTMARK, "HardBounce", "SoftBounce", BounceKind::Passing),
        (POSTMARK, "HardBounce", "Blocked", BounceKind::Failed),
        (POSTMARK, "550 5.1.1", "550 5.7.1", BounceKind::Failed),
        (POSTMARK, "smtp;550 5.1.1 user unknown", "", BounceKind::BadAddress),
        (SENDGRID, "\"type\": \"bounce\"", "\"type\": \"blocked\"", BounceKind::Failed),
        (
            SENDGRID,
            "\"event\": \"bounce\"",
            "\"event\": \"deferred\"",
            BounceKind::Passing,
        ),
        (MAILGUN, "permanent", "temporary", BounceKind::Passing),
        (MAILGUN, "5.1.1", "5.2.2", BounceKind::Failed),
    ] {
        assert!(json.contains(from), "{from}");
        assert_eq!(
            one(read_provider(json.replace(from, to).as_bytes())).kind,
            kind,
            "{from} → {to}"
        );
    }
    for (json, from, to) in [
        (SES, "\"Bounce\"", "\"Delivery\""),
        (POSTMARK, "\"Bounce\"", "\"Open\""),
        (SENDGRID, "\"event\": \"bounce\"", "\"event\": \"delivered\""),
        (MAILGUN, "\"failed\"", "\"delivered\""),
    ] {
        assert_eq!(read_provider(json.replace(from, to).as_bytes()), Ok(Vec::new()), "{to}");
    }
}

#[test]
fn what_no_provider_says_tells_nothing() {
    let large = format!("[{}]", " ".repeat(1024 * 1024));
    for (json, expected) in [
        ("", NoBounce::UnknownProvider),
        ("{}", NoBounce::UnknownProvider),
        ("null", NoBounce::UnknownProvider),
        ("{\"notificationType\": 1}", NoBounce::UnknownProvider),
        ("{\"event-data\": []}", NoBounce::UnknownProvider),
        (&SES[..100], NoBounce::UnknownProvider),
        (&large, NoBounce::TooLarge),
    ] {
        assert_eq!(
            read_provider(json.as_bytes()),
            Err(expected),
            "{}",
            &json[..json.len().min(40)]
        );
    }
    let confirm =
        "{\"Type\": \"SubscriptionConfirmation\", \"TopicArn\": \"arn\", \"SubscribeURL\": \"https://sns.example/?Token=1\"}";
    let url = "https://sns.example/?Token=1".to_owned();
    assert_eq!(read_provider(confirm.as_bytes()), Err(NoBounce::Unconfirmed { url }));
}
