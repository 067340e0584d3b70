//! Mails that come back after a mail server had taken them: from Postfix through its pipe, from Exim, and as providers
//! report them.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use test_support::smtp::exim::Exim;
use test_support::smtp::postfix::Postfix;
use test_support::smtp::{Behaviour, Received, SmtpServer};

use crate::mails::{CONTACTS, app_at, happen, settled, subscribe};
use crate::refusals::{of_kind, suppressed};
use crate::support::{API_KEY, App, command, dunlin, refuses_to_serve};

const PATIENCE: Duration = Duration::from_secs(30);
const ADDRESS: (&str, &str) = ("DUNLIN_MAIL_BOUNCE_ADDRESS", "bounces@acme.example");
const SECRET: (&str, &str) = ("DUNLIN_LINK_SECRETS", "0123456789abcdef0123456789abcdef");
const BOUNCES: &str = "/api/v1/mail/bounces";

/// Starts a server whose mails go to this Exim or Postfix, where the admin is.
fn app_beside(url: &str) -> App {
    let named = ("DUNLIN_MAIL_EHLO_NAME", "app.acme.example");
    app_at(url, &[("DUNLIN_MAIL_ADMIN", "admin@local.test"), named, ADDRESS, SECRET])
}

/// Returns the recipients that a notice of this kind did not reach, as (address, status).
fn bounced(app: &App, kind: &str) -> Vec<(String, String)> {
    let page = app.get("/api/v1/notices?limit=200").body;
    let of_kind = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|notice| notice["kind"] == kind);
    let recipients = of_kind.flat_map(|notice| notice["bounced"].as_array().unwrap());
    let text = |recipient: &Value, field: &str| recipient[field].as_str().unwrap_or_default().to_owned();
    recipients
        .map(|recipient| (text(recipient, "email"), text(recipient, "status")))
        .collect()
}

fn counted(app: &App, outcome: &str) -> Option<f64> {
    app.metric(&format!("dunlin_mail_bounces_total{{outcome=\"{outcome}\"}}"))
}

fn outcomes(answer: &Value) -> Vec<&str> {
    let bounces = answer["data"].as_array().unwrap().iter();
    bounces.map(|bounce| bounce["outcome"].as_str().unwrap()).collect()
}

/// Makes a folder with a program that hands a bounce to the server of the configuration beside it, for any user.
fn pipe(folder: &Path) -> PathBuf {
    std::fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    let (binary, program) = (folder.join("dunlin"), folder.join("bounce"));
    std::fs::copy(dunlin(), &binary).unwrap();
    let config = folder.join("bounce.toml");
    let script = format!(
        "#!/bin/sh\nexec {} --config {} mail bounce\n",
        binary.display(),
        config.display()
    );
    std::fs::write(&program, script).unwrap();
    for file in [&binary, &program] {
        std::fs::set_permissions(file, Permissions::from_mode(0o755)).unwrap();
    }
    program
}

#[test]
fn what_postfix_takes_and_sends_back_is_piped_to_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let postfix = Postfix::start_piping_to(&pipe(folder.path()));
    let app = app_beside(&postfix.url());
    let config = format!("listen = \"{}\"\napi_keys = [\"{API_KEY}\"]\n", app.address);
    std::fs::write(folder.path().join("bounce.toml"), config).unwrap();
    assert_eq!(counted(&app, "suppressed"), Some(0.0), "a counter is there before it counts");

    subscribe(&app, "acme", &[("billing", "Gone@later.test"), ("owner", "bo@local.test")]);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    app.wait_for(PATIENCE, || (suppressed(&app) == ["gone@later.test"]).then_some(()));
    let told = app.wait_for(PATIENCE, || {
        let told = of_kind(&app, "address_rejected");
        told.first().is_some_and(|(state, _)| state == "sent").then_some(told)
    });
    assert_eq!(told.len(), 1, "{}", postfix.log());
    let expected = [("Gone@later.test".to_owned(), "5.1.1".to_owned())];
    assert_eq!(bounced(&app, "payment_failed"), expected, "{}", postfix.log());
    assert_eq!(counted(&app, "suppressed"), Some(1.0));
    app.wait_for(PATIENCE, || app.log().contains("a mail came back").then_some(()));
    assert!(!app.log().to_lowercase().contains("gone@"), "no address is logged");
    app.wait_for(PATIENCE, || {
        postfix
            .log()
            .contains("delivered via bounced service (suppressed: notice")
            .then_some(())
    });

    happen(&app, "acme", "invoice.payment_failed", &["attempt_count=2"]);
    settled(&app, "acme");
    assert_eq!(bounced(&app, "payment_failed"), expected, "the owner is written to instead");
}

#[test]
fn what_exim_hands_on_in_vain_is_told_by_the_words_of_the_other_server() {
    let refused = ["bo@later.test".to_owned()];
    let other = SmtpServer::start_with(move |_| Behaviour::RefuseRecipients(refused.to_vec()));
    let exim = Exim::start_relaying_to(other.port());
    let app = app_beside(&exim.url());
    subscribe(&app, "acme", &[("billing", "bo@later.test")]);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let report = app.wait_for(PATIENCE, || exim.mails().pop());
    assert!(
        report.contains("Status: 5.0.0"),
        "Exim leaves the code to the words it quotes: {report}"
    );
    assert!(suppressed(&app).is_empty());
    let told = app.post_body(BOUNCES, "message/rfc822", &report);
    assert_eq!((told.status, outcomes(&told.body)), (200, vec!["suppressed"]), "{report}");
    assert_eq!(suppressed(&app), ["bo@later.test"]);
    let again = app.post_body(BOUNCES, "message/rfc822", &report);
    assert_eq!(outcomes(&again.body), ["duplicate"]);
    assert_eq!(
        (counted(&app, "suppressed"), counted(&app, "duplicate")),
        (Some(1.0), Some(1.0))
    );
    assert_eq!(
        bounced(&app, "payment_failed"),
        [("bo@later.test".to_owned(), "5.1.1".to_owned())]
    );
}

/// Returns a report to this address that a recipient was not reached.
fn report(to: &str, recipient: &str, action: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: <{to}>\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\n\
         Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 {status} said for <{recipient}>\r\n\r\n--b--\r\n"
    )
}

/// Starts a server with a mail about a failed payment to Bo, and returns that mail too.
fn app_with_mail() -> (App, Received) {
    let smtp = SmtpServer::start();
    let app = app_at(&smtp.url(), &[ADDRESS, SECRET]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    settled(&app, "acme");
    let mail = smtp.received().into_iter().find(|mail| mail.to == ["bo@example.com"]);
    (app, mail.unwrap())
}

#[test]
fn a_mail_comes_from_an_address_of_its_own_and_only_a_report_to_it_counts() {
    let (app, mail) = app_with_mail();
    assert!(
        mail.from.starts_with("bounces+") && mail.from.ends_with("@acme.example"),
        "{}",
        mail.from
    );
    assert_eq!(mail.header("From").unwrap(), "Acme <billing@acme.example>");
    let forged = mail.from.replace("bounces+", "bounces+1");
    for (message, outcome) in [
        (report(&forged, "bo@example.com", "failed", "5.1.1"), "ignored"),
        (report("bounces@acme.example", "bo@example.com", "failed", "5.1.1"), "ignored"),
        (report(&mail.from, "olivia@example.com", "failed", "5.1.1"), "ignored"),
        (report(&mail.from, "bo@example.com", "delayed", "4.4.1"), "passing"),
        ("Subject: I am away\r\n\r\nBack on Monday.\r\n".to_owned(), "ignored"),
        (String::new(), "ignored"),
        (report(&mail.from, "bo@example.com", "failed", "5.2.2"), "recorded"),
        (report(&mail.from, "bo@example.com", "failed", "5.2.2"), "duplicate"),
    ] {
        let told = app.post_body(BOUNCES, "message/rfc822", &message);
        assert_eq!((told.status, outcomes(&told.body)), (200, vec![outcome]), "{message}");
        let reason = &told.body["data"][0]["reason"];
        assert_eq!(reason.is_string(), outcome == "ignored", "{reason}");
    }
    assert!(suppressed(&app).is_empty() && of_kind(&app, "address_rejected").is_empty());
    assert_eq!(
        bounced(&app, "payment_failed"),
        [("bo@example.com".to_owned(), "5.2.2".to_owned())]
    );
    assert_eq!((counted(&app, "ignored"), counted(&app, "passing")), (Some(5.0), Some(1.0)));
    assert!(!app.log().contains("bo@example.com"), "no address is logged");
    let listed = dunlin_beside(&app, &["notice", "list"], "");
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("bounced (5.2.2) for bo@example.com: 550 5.2.2"), "{listed}");
}

#[test]
fn a_contact_that_was_corrected_meanwhile_is_not_suppressed() {
    let (app, mail) = app_with_mail();
    let corrected = json!({"contacts": [{"role": "billing", "email": "bo.holm@example.com"}]});
    assert_eq!(app.put("/api/v1/tenants/acme", &corrected).status, 200);
    let told = app.post_body(
        BOUNCES,
        "message/rfc822",
        &report(&mail.from, "bo@example.com", "failed", "5.1.1"),
    );
    assert_eq!(outcomes(&told.body), ["suppressed"]);
    assert_eq!(suppressed(&app), ["bo@example.com"]);
}

/// Returns each provider's notification of a bad address. `id` is the mail's `Message-ID`.
fn notifications(id: &str, recipient: &str) -> [(&'static str, Value); 4] {
    let reply = "550 5.1.1 no such user";
    let ses = json!({"notificationType": "Bounce", "bounce": {"bounceType": "Permanent", "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": recipient, "action": "failed", "status": "5.1.1", "diagnosticCode": format!("smtp; {reply}")}]},
        "mail": {"messageId": "0100019a", "headers": [{"name": "Message-ID", "value": id}]}});
    let bare = id.trim_matches(['<', '>']);
    [
        // Amazon SNS labels its JSON as text.
        (
            "text/plain; charset=UTF-8",
            json!({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:b", "Message": ses.to_string()}),
        ),
        (
            "application/json",
            json!({"RecordType": "Bounce", "Type": "HardBounce", "MessageID": "883953f4", "Email": recipient,
            "Details": format!("smtp;{reply}"), "Metadata": {"message-id": bare}}),
        ),
        (
            "application/json",
            json!([{"event": "processed", "email": recipient, "smtp-id": id},
            {"event": "bounce", "type": "bounce", "email": recipient, "smtp-id": id, "status": "5.1.1", "reason": reply}]),
        ),
        (
            "application/json",
            json!({"signature": {}, "event-data": {"event": "failed", "severity": "permanent", "reason": "bounce",
            "recipient": recipient, "delivery-status": {"code": 550, "message": reply}, "message": {"headers": {"message-id": bare}}}}),
        ),
    ]
}

#[test]
fn a_provider_s_word_is_matched_by_the_message_and_the_address() {
    // The user `any:` and the key, as the URL `https://any:KEY@host/…` sends them.
    let by_url = format!("Basic {}", base64(&format!("any:{API_KEY}")));
    for nth in 0..4 {
        let (app, mail) = app_with_mail();
        let id = mail.message_id();
        let told = |id: &str, recipient: &str| {
            let (content_type, json) = &notifications(id, recipient)[nth];
            let told = app.post_body_as(&by_url, BOUNCES, content_type, &json.to_string());
            assert_eq!(told.status, 200, "{json}");
            told.body["data"][0]["outcome"].as_str().unwrap().to_owned()
        };
        assert_eq!(told("<another@acme.example>", "bo@example.com"), "ignored", "{nth}");
        assert_eq!(told(&id, "eve@example.com"), "ignored", "{nth}");
        assert_eq!(told("", "bo@example.com"), "ignored", "{nth}");
        assert!(suppressed(&app).is_empty());
        assert_eq!(told(&id, "Bo@Example.com"), "suppressed", "{nth}");
        assert_eq!(told(&id, "bo@example.com"), "duplicate", "{nth}");
        assert_eq!(suppressed(&app), ["bo@example.com"], "{nth}");
        assert_eq!(of_kind(&app, "address_rejected").len(), 1, "{nth}");
    }
}

fn base64(text: &str) -> String {
    let encoded = std::process::Command::new("openssl")
        .args(["base64", "-A"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .and_then(|mut child| {
            child.stdin.take().unwrap().write_all(text.as_bytes())?;
            child.wait_with_output()
        });
    String::from_utf8(encoded.unwrap().stdout).unwrap()
}

#[test]
fn what_is_no_bounce_is_answered_and_what_cannot_be_read_is_refused() {
    let app = App::spawn();
    let post = |content_type: &str, body: &str| app.post_body(BOUNCES, content_type, body);
    let confirm = json!({"Type": "SubscriptionConfirmation", "TopicArn": "arn", "SubscribeURL": "https://sns.example/?Token=1"});
    for (content_type, body, reason) in [
        (
            "message/rfc822",
            report("bounces+1@acme.example", "bo@example.com", "failed", "5.1.1"),
            "DUNLIN_MAIL_BOUNCE_ADDRESS",
        ),
        ("application/json", "{}".to_owned(), "not a notification of"),
        ("application/json", "[".to_owned(), "not a notification of"),
        ("text/plain", confirm.to_string(), "SubscribeURL"),
    ] {
        let told = post(content_type, &body);
        assert_eq!((told.status, outcomes(&told.body)), (200, vec!["ignored"]), "{body}");
        let why = told.body["data"][0]["reason"].as_str().unwrap();
        assert!(why.contains(reason), "{why}");
    }
    app.wait_for(PATIENCE, || app.log().contains("https://sns.example/?Token=1").then_some(()));
    let code = |answer: &crate::support::Answer| (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned());
    let large = "x".repeat(1024 * 1024 + 1);
    assert_eq!(code(&post("message/rfc822", &large)), (413, "body_too_large".to_owned()));
    assert_eq!(code(&post("application/pdf", "")), (415, "unsupported_media_type".to_owned()));
    let stranger = app.post_body_as("Bearer nope", BOUNCES, "message/rfc822", "");
    assert_eq!(code(&stranger), (401, "unauthorized".to_owned()));
}

/// Runs `dunlin` with this server's settings and this standard input.
fn dunlin_beside(app: &App, arguments: &[&str], input: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(folder.path())
        .args(arguments)
        .env("DUNLIN_URL", format!("http://{}", app.address))
        .env("DUNLIN_API_KEY", API_KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A process that has read enough may have ended.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

#[test]
fn a_mail_server_learns_by_the_exit_code_whether_to_try_again() {
    let (mut app, mail) = app_with_mail();
    let code = |app: &App, message: &str| dunlin_beside(app, &["mail", "bounce"], message).status.code().unwrap();
    let ours = report(&mail.from, "bo@example.com", "failed", "5.1.1");
    assert_eq!(code(&app, "Subject: hello\n\nNo report.\n"), 65);
    assert_eq!(code(&app, &"x".repeat(1024 * 1024 + 1)), 65);
    assert_eq!(code(&app, &report(&mail.from, "bo@example.com", "delayed", "4.4.1")), 0);
    assert_eq!(code(&app, &ours), 0);
    assert_eq!(suppressed(&app), ["bo@example.com"]);
    assert_eq!(code(&app, &ours), 0, "it was told before");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dunlin.toml"), "no_such_key = 1\n").unwrap();
    let mistyped = command(folder.path()).args(["mail", "bounce"]).output().unwrap();
    assert_eq!(mistyped.status.code(), Some(75), "a mistake of ours loses no message");
    app.kill();
    assert_eq!(code(&app, &ours), 75);
}

#[test]
fn an_address_that_nothing_can_come_back_to_is_refused_at_the_start() {
    for (address, said) in [
        ("bounces", "DUNLIN_MAIL_BOUNCE_ADDRESS"),
        ("bounces+x@acme.example", "DUNLIN_MAIL_BOUNCE_ADDRESS"),
        ("an-address-that-leaves-no-room@acme.example", "DUNLIN_MAIL_BOUNCE_ADDRESS"),
    ] {
        let refused = refuses_to_serve(&[("DUNLIN_MAIL_BOUNCE_ADDRESS", address), SECRET]);
        assert!(refused.contains(said), "{address}: {refused}");
    }
    let refused = refuses_to_serve(&[ADDRESS]);
    assert!(refused.contains("DUNLIN_LINK_SECRETS is not"), "{refused}");
}
