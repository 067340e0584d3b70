//! The meaning of a mail server's refusals: of an address, of Dunlin, or of neither. They come from Postfix, from Exim,
//! and from a server that refuses on demand.

use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use test_support::smtp::exim::Exim;
use test_support::smtp::postfix::Postfix;
use test_support::smtp::{Behaviour, SmtpServer, Step};

use crate::mails::{CONTACTS, app_at, happen, mailing, notices, settled, subscribe};
use crate::support::{App, command};

const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a server whose mails go to this Postfix, which accepts no greeting without a full name.
fn app_at_postfix(postfix: &Postfix) -> App {
    let named = ("DUNLIN_MAIL_EHLO_NAME", "app.acme.example");
    app_at(&postfix.url(), &[("DUNLIN_MAIL_ADMIN", "admin@local.test"), named])
}

pub(crate) fn suppressed(app: &App) -> Vec<String> {
    let page = app.get("/api/v1/suppressed-addresses").body;
    let addresses = page["data"].as_array().unwrap().iter();
    addresses
        .map(|address| address["email"].as_str().unwrap().to_owned())
        .collect()
}

/// Returns all notices of this kind, as (state, reason).
pub(crate) fn of_kind(app: &App, kind: &str) -> Vec<(String, String)> {
    let page = app.get("/api/v1/notices?limit=200").body;
    let text = |notice: &Value, field: &str| notice[field].as_str().unwrap_or_default().to_owned();
    let of_kind = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|notice| notice["kind"] == kind);
    of_kind
        .map(|notice| (text(notice, "state"), text(notice, "reason")))
        .collect()
}

/// Waits until a notice of this tenant and kind was tried this many times, and no worker holds it.
fn tried(app: &App, tenant: &str, kind: &str, times: i64) -> Value {
    app.wait_for(PATIENCE, || {
        let page = app.get(&format!("/api/v1/notices?tenant_id={tenant}&limit=200")).body;
        let found = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|notice| notice["kind"] == kind)
            .cloned();
        let is_free = |notice: &Value| !matches!(notice["state"].as_str(), Some("claimed" | "transmitting"));
        found.filter(|notice| notice["attempts"].as_i64().unwrap() >= times && is_free(notice))
    })
}

#[test]
fn postfix_knows_no_such_user_and_only_that_address_is_suppressed() {
    let postfix = Postfix::start(&[]);
    let app = app_at_postfix(&postfix);
    subscribe(&app, "acme", &[("billing", "nobody@local.test"), ("owner", "bo@local.test")]);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let told = settled(&app, "acme");
    assert!(
        told.iter().all(|(_, state, _)| state == "sent"),
        "{told:?}\n{}",
        postfix.log()
    );
    assert_eq!(suppressed(&app), ["nobody@local.test"]);
    assert_eq!(of_kind(&app, "address_rejected").len(), 1);
    assert!(of_kind(&app, "mail_refused").is_empty());
}

#[test]
fn postfix_relays_nothing_for_us_and_no_customer_is_to_blame() {
    let postfix = Postfix::start(&[]);
    let app = app_at_postfix(&postfix);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let notice = tried(&app, "acme", "payment_failed", 3);
    assert_eq!(notice["state"], "pending");
    assert!(notice["reason"].as_str().unwrap().contains("Relay access denied"), "{notice}");
    assert!(suppressed(&app).is_empty());
    // The same server accepts the admin's address.
    let told = app.wait_for(PATIENCE, || {
        let told = of_kind(&app, "mail_refused");
        (told.first().is_some_and(|(state, _)| state == "sent")).then_some(told)
    });
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn exim_relays_nothing_for_us_and_says_so_with_a_bare_550() {
    let exim = Exim::start(&[]);
    let app = app_at(&exim.url(), &[("DUNLIN_MAIL_ADMIN", "admin@local.test")]);
    subscribe(&app, "acme", &CONTACTS);
    subscribe(&app, "beta", &[("billing", "bo@local.test")]);
    for tenant in ["acme", "beta"] {
        happen(&app, tenant, "invoice.payment_failed", &[]);
    }
    settled(&app, "beta");
    tried(&app, "acme", "payment_failed", 3);
    assert!(suppressed(&app).is_empty(), "{}", exim.log());
}

#[test]
fn exim_knows_no_such_user_and_says_so_with_a_bare_550() {
    let exim = Exim::start(&["customer.test"]);
    let app = app_at(&exim.url(), &[("DUNLIN_MAIL_ADMIN", "admin@local.test")]);
    subscribe(
        &app,
        "acme",
        &[("billing", "nobody@local.test"), ("owner", "olivia@customer.test")],
    );
    happen(&app, "acme", "invoice.payment_failed", &[]);
    settled(&app, "acme");
    assert_eq!(suppressed(&app), ["nobody@local.test"], "{}", exim.log());
}

#[test]
fn postfix_refuses_a_name_without_a_domain_and_the_name_is_a_setting() {
    let postfix = Postfix::start(&[]);
    let app = app_at(&postfix.url(), &[("DUNLIN_MAIL_ADMIN", "admin@local.test")]);
    subscribe(&app, "acme", &[("billing", "bo@local.test")]);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let told = settled(&app, "acme");
    assert!(
        told.iter().all(|(_, state, _)| state == "sent"),
        "without the setting: {told:?}\n{}",
        postfix.log()
    );
    for name in ["container", "acme..example", "acme example.com"] {
        let refused = crate::support::refuses_to_serve(&[("DUNLIN_MAIL_EHLO_NAME", name)]);
        assert!(refused.contains("DUNLIN_MAIL_EHLO_NAME"), "{refused}");
    }
}

#[test]
fn an_address_of_our_own_that_takes_no_mail_is_told_of_once_and_written_to_no_more() {
    let refused = ["admin@dunlin.example".to_owned()];
    let smtp = SmtpServer::start_with(move |_| Behaviour::RefuseRecipients(refused.to_vec()));
    let app = app_at(&smtp.url(), &[]);
    for name in ["a", "b", "c"] {
        subscribe(&app, name, &[("billing", &format!("bo@{name}.example"))]);
        for attempt in 1..4 {
            happen(&app, name, "invoice.payment_failed", &[&format!("attempt_count={attempt}")]);
        }
    }
    for name in ["a", "b", "c"] {
        settled(&app, name);
    }
    assert_eq!(suppressed(&app), ["admin@dunlin.example"]);
    let of_mail = of_kind(&app, "address_rejected");
    assert!(of_mail.len() <= 1, "{of_mail:?}");
    assert!(
        of_mail
            .iter()
            .all(|(state, reason)| state == "dead" && reason.contains("DUNLIN_MAIL_ADMIN")),
        "{of_mail:?}"
    );
    let notices = app.get("/api/v1/notices?limit=200").body["data"].as_array().unwrap().len();
    std::thread::sleep(Duration::from_secs(3));
    let later = app.get("/api/v1/notices?limit=200").body["data"].as_array().unwrap().len();
    assert_eq!(later, notices, "nothing more comes to be owed");
}

#[test]
fn a_server_that_refuses_everybody_suppresses_nobody_at_any_step() {
    let replies = [
        (Step::Ehlo, "550 5.5.2 access denied"),
        (Step::Mail, "553 5.1.8 sender's domain does not exist"),
        (Step::Rcpt, "554 5.7.1 client host rejected"),
        (Step::Rcpt, "550 5.1.1 no such user"),
        (Step::Rcpt, "550 relay not permitted"),
        (Step::Rcpt, "552 5.2.2 mailbox full"),
        (Step::Rcpt, "553 no"),
        (Step::Data, "550 5.1.1 not here"),
        (Step::FinalDot, "554 5.7.1 spam"),
    ];
    for (step, reply) in replies {
        let smtp = SmtpServer::start_with(move |_| Behaviour::Reply(step, reply));
        let app = app_at(&smtp.url(), &[]);
        subscribe(&app, "acme", &CONTACTS);
        happen(&app, "acme", "invoice.payment_failed", &[]);
        let notice = tried(&app, "acme", "payment_failed", 3);
        assert_eq!(notice["state"], "pending", "{step:?} {reply}");
        let words = reply.get(4..).unwrap();
        assert!(
            notice["reason"].as_str().unwrap().contains(words),
            "{step:?} {reply}: {notice}"
        );
        assert!(suppressed(&app).is_empty(), "{step:?} {reply}");
        let told = app.wait_for(PATIENCE, || {
            Some(of_kind(&app, "mail_refused")).filter(|told| !told.is_empty())
        });
        assert_eq!(told.len(), 1, "{step:?} {reply}: {told:?}");
        assert!(of_kind(&app, "address_rejected").is_empty(), "{step:?} {reply}");
    }
}

#[test]
fn a_mail_server_that_does_not_answer_is_said_at_once_and_its_return_too() {
    let smtp = SmtpServer::start_with(|session| match session.number {
        0 => Behaviour::Reply(Step::Mail, "451 4.3.0 try again later"),
        _ => Behaviour::Well,
    });
    let app = app_at(&smtp.url(), &[("DUNLIN_MAIL_CONCURRENCY", "1")]);
    assert_eq!(app.metric("dunlin_mail_server_up"), Some(1.0));
    let sent = "dunlin_mails_total{kind=\"payment_failed\",outcome=\"sent\"}";
    assert_eq!(app.metric(sent), Some(0.0), "a counter is there before it counts");
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    app.wait_for(PATIENCE, || {
        app.log().contains("the mail server cannot be used").then_some(())
    });
    assert!(app.log().contains("4.3.0"), "with the cause: {}", app.log());
    settled(&app, "acme");
    app.wait_for(PATIENCE, || {
        app.log().contains("the mail server can be used again").then_some(())
    });
    assert_eq!(
        (app.metric("dunlin_mail_server_up"), app.metric(sent)),
        (Some(1.0), Some(1.0))
    );
    let log = app.log();
    let mut lines = log.split("{\"timestamp\"");
    let waits = lines.any(|line| line.contains("\"WARN\"") && line.contains("could not be sent yet") && line.contains("\"acme\""));
    assert!(waits, "a mail that waits is a warning with its tenant: {}", app.log());
    assert!(!app.log().contains("bo@example.com"), "no address is logged");
}

#[test]
fn readiness_in_full_names_the_mail_server_and_does_not_hang_on_it() {
    let smtp = SmtpServer::start_with(|_| Behaviour::Reply(Step::Mail, "451 4.3.0 try again later"));
    let app = app_at(&smtp.url(), &[]);
    let mail_server = || app.get("/readyz?verbose").body["mail_server"].clone();
    assert_eq!(mail_server(), json!({"ok": true, "since": null, "detail": null}));
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let out = app.wait_for(PATIENCE, || Some(mail_server()).filter(|server| server["ok"] == false));
    assert!(
        out["since"].is_string() && out["detail"].as_str().unwrap().contains("4.3.0"),
        "{out}"
    );
    assert_eq!(app.get("/readyz?verbose").status, 200);
}

fn test_email(url: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut test = command(folder.path());
    test.args(["mail", "test", "bo@example.com"]).envs(mailing(url));
    test.output().unwrap()
}

#[test]
fn a_test_email_prints_the_conversation() {
    let smtp = SmtpServer::start();
    let tested = test_email(&smtp.url());
    assert!(tested.status.success(), "{tested:?}");
    let said = String::from_utf8(tested.stdout).unwrap();
    for line in [
        "> MAIL FROM:<billing@acme.example>",
        "> RCPT TO:<bo@example.com>",
        "< 250 2.0.0 taken",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert_eq!(smtp.received().len(), 1);

    let smtp = SmtpServer::start_with(|_| Behaviour::Reply(Step::Rcpt, "554 5.7.1 access denied"));
    let tested = test_email(&smtp.url());
    assert_eq!(tested.status.code(), Some(1));
    assert!(String::from_utf8(tested.stdout).unwrap().contains("5.7.1 access denied"));
}

#[test]
fn without_a_mail_server_what_falls_due_is_owed_and_what_expired_is_deleted() {
    let app = App::spawn();
    subscribe(&app, "acme", &CONTACTS);
    app.wait_for(PATIENCE, || {
        app.log().contains("bodies that expired are deleted").then_some(())
    });
    let mut worker = app.spawn_worker(&[]);
    app.wait_for(PATIENCE, || {
        worker.log().contains("bodies that expired are deleted").then_some(())
    });
    assert!(notices(&app, "acme").is_empty());
    worker.stop();
    assert!(worker.has_ended_within(PATIENCE));
}

#[test]
fn customers_are_not_written_to_in_nobodys_name_and_our_own_people_are() {
    let smtp = SmtpServer::start();
    let app = app_at(&smtp.url(), &[("DUNLIN_MAIL_PRODUCT_NAME", "")]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let notice = tried(&app, "acme", "payment_failed", 1);
    assert_eq!(notice["state"], "pending");
    assert!(
        notice["reason"].as_str().unwrap().contains("DUNLIN_MAIL_PRODUCT_NAME"),
        "{notice}"
    );
    app.wait_for(PATIENCE, || (!smtp.received().is_empty()).then_some(()));
    assert!(smtp.received().iter().all(|mail| mail.to == ["admin@dunlin.example"]));
}

#[test]
fn an_international_domain_is_sent_as_the_dns_knows_it_and_suppressed_as_it_was_given() {
    let exim = Exim::start(&["xn--smrrebrd-64af.test"]);
    let app = app_at(&exim.url(), &[("DUNLIN_MAIL_ADMIN", "admin@local.test")]);
    subscribe(&app, "acme", &[("billing", "bo@smørrebrød.test")]);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let told = settled(&app, "acme");
    assert!(told.iter().all(|(_, state, _)| state == "sent"), "{told:?} {}", exim.log());
    let refused = ["bo@xn--smrrebrd-64af.test".to_owned()];
    let smtp = SmtpServer::start_with(move |_| Behaviour::RefuseRecipients(refused.to_vec()));
    let app = app_at(&smtp.url(), &[]);
    subscribe(
        &app,
        "acme",
        &[("billing", "bo@smørrebrød.test"), ("owner", "olivia@example.com")],
    );
    happen(&app, "acme", "invoice.payment_failed", &[]);
    settled(&app, "acme");
    assert_eq!(suppressed(&app), ["bo@smørrebrød.test"]);
}
