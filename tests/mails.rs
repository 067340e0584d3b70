//! The mails that follow from events: decided by the server, and carried by its workers to a real SMTP server.

use std::time::Duration;

use mail_parser::MessageParser;
use serde_json::{Value, json};
use test_support::smtp::aiosmtpd::Aiosmtpd;
use test_support::smtp::{Behaviour, Received, SmtpServer};

use crate::support::stripe::{happens, settled_stripe};
use crate::support::{App, STRIPE_KEY, event_with, now, trigger};

const PATIENCE: Duration = Duration::from_secs(30);
const ADMIN: &str = "admin@dunlin.example";
const SALES: &str = "sales@dunlin.example";

/// Starts a server that sends every mail to `smtp`, at once and without a pause between dunning mails. The given
/// variables override its own.
fn app_with(smtp: &SmtpServer, variables: &[(&str, &str)]) -> App {
    app_at(&smtp.url(), variables)
}

/// Starts such a server for the mail server at this URL.
pub(crate) fn app_at(url: &str, variables: &[(&str, &str)]) -> App {
    let mut all = mailing(url).to_vec();
    all.extend(variables);
    App::spawn_with(&all)
}

/// Returns the variables of a server that sends every mail to the mail server at `url`, at once and without a pause
/// between dunning mails.
pub(crate) fn mailing(url: &str) -> [(&str, &str); 10] {
    [
        ("DUNLIN_SMTP_URL", url),
        ("DUNLIN_MAIL_FROM", "Acme <billing@acme.example>"),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_ADMIN", ADMIN),
        ("DUNLIN_MAIL_SALES", SALES),
        ("DUNLIN_MAIL_HOLD_SECS", "0"),
        ("DUNLIN_MAIL_MIN_INTERVAL_SECS", "0"),
        ("DUNLIN_MAIL_RETRY_FIRST_SECS", "1"),
        ("DUNLIN_MAIL_RETRY_MAX_SECS", "1"),
        ("DUNLIN_SMTP_COMMAND_TIMEOUT_SECS", "5"),
    ]
}

/// Makes a tenant of customer `cus_NAME` with these contacts, as (role, address), and with an active subscription.
pub(crate) fn subscribe(app: &App, name: &str, contacts: &[(&str, &str)]) {
    let contacts: Vec<Value> = contacts
        .iter()
        .map(|(role, email)| json!({"role": role, "email": email, "name": "Bo"}))
        .collect();
    let tenant = json!({"name": "Demo Rowing Club", "stripe_customer_id": format!("cus_{name}"), "contacts": contacts});
    assert_eq!(app.put(&format!("/api/v1/tenants/{name}"), &tenant).status, 201);
    happen(app, name, "customer.subscription.updated", &[]);
}

pub(crate) fn happen(app: &App, name: &str, event: &str, overrides: &[&str]) {
    let body = event_with(event, &format!("cus_{name}"), &format!("sub_{name}"), overrides);
    assert_eq!(app.deliver(&body).body["outcome"], "applied", "{event} of {name}");
}

pub(crate) const CONTACTS: [(&str, &str); 2] = [("owner", "olivia@example.com"), ("billing", "bo@example.com")];

/// Returns the recipient of each mail, and its kind by the words of its subject.
fn subjects(mails: &[Received]) -> Vec<(String, String)> {
    let mut subjects: Vec<_> = mails
        .iter()
        .map(|mail| {
            let message = MessageParser::default().parse(mail.message.as_bytes()).unwrap();
            (mail.to.join(","), message.subject().unwrap().to_owned())
        })
        .collect();
    subjects.sort();
    subjects
}

/// Returns the notices of a tenant as (kind, state, reason), once none of them is in progress.
pub(crate) fn settled(app: &App, tenant: &str) -> Vec<(String, String, String)> {
    app.wait_for(PATIENCE, || {
        let notices = notices(app, tenant);
        let is_open = |(_, state, _): &(String, String, String)| matches!(state.as_str(), "pending" | "claimed" | "transmitting");
        (!notices.iter().any(is_open)).then_some(notices)
    })
}

pub(crate) fn notices(app: &App, tenant: &str) -> Vec<(String, String, String)> {
    let page = app.get(&format!("/api/v1/notices?limit=200&tenant_id={tenant}")).body;
    let text = |notice: &Value, field: &str| notice[field].as_str().unwrap_or_default().to_owned();
    let notices = page["data"].as_array().unwrap().iter();
    notices
        .map(|notice| (text(notice, "kind"), text(notice, "state"), text(notice, "reason")))
        .collect()
}

fn kinds_in(notices: &[(String, String, String)], state: &str) -> Vec<String> {
    let of_state = notices.iter().filter(|(_, other, _)| other == state);
    of_state.map(|(kind, _, _)| kind.clone()).collect()
}

/// Returns the state and reason of the notices of one kind.
fn fates<'a>(notices: &'a [(String, String, String)], kind: &str) -> Vec<(&'a str, &'a str)> {
    let of_kind = notices.iter().filter(|(other, _, _)| other == kind);
    of_kind.map(|(_, state, reason)| (state.as_str(), reason.as_str())).collect()
}

#[test]
fn three_failed_attempts_a_recovery_and_a_cancellation_are_told_once_each() {
    let smtp = SmtpServer::start();
    let app = app_with(&smtp, &[]);
    subscribe(&app, "acme", &CONTACTS);
    for attempt in ["attempt_count=1", "attempt_count=2", "attempt_count=3"] {
        happen(&app, "acme", "invoice.payment_failed", &[attempt]);
        settled(&app, "acme");
    }
    happen(&app, "acme", "invoice.paid", &["attempt_count=3"]);
    settled(&app, "acme");
    happen(&app, "acme", "customer.subscription.deleted", &[]);
    let notices = settled(&app, "acme");
    assert!(notices.iter().all(|(_, state, _)| state == "sent"), "{notices:?}");
    let mails = smtp.received();
    let to = |address: &str| mails.iter().filter(|mail| mail.to == [address]).count();
    assert_eq!(
        (
            to("bo@example.com"),
            to(ADMIN),
            to("olivia@example.com"),
            to(SALES),
            mails.len()
        ),
        (4, 3, 1, 1, 9),
        "{:?}",
        subjects(&mails)
    );
    let mut ids: Vec<String> = mails.iter().map(Received::message_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 9, "every mail has an id of its own");
    for mail in &mails {
        let message = MessageParser::default().parse(mail.message.as_bytes()).unwrap();
        let (text, html) = (message.body_text(0).unwrap(), message.body_html(0).unwrap());
        assert!(text.len() > 100 && html.contains("</html>"), "{}", mail.message);
        assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
        assert_eq!(mail.from, "billing@acme.example");
    }
    for secret in ["@example.com", "Rowing", "Bo Billing"] {
        assert!(!app.log().contains(secret), "the log names nobody: {}", app.log());
    }
    let (is_right, report) = app.audit();
    assert!(is_right, "{report}");
}

#[test]
fn a_payment_that_comes_while_the_mail_server_takes_its_time_takes_the_reason_away() {
    let smtp = SmtpServer::start_with(|_| Behaviour::LateGreeting(Duration::from_secs(3)));
    let app = app_with(&smtp, &[]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    app.wait_for(PATIENCE, || {
        (kinds_in(&notices(&app, "acme"), "claimed").len() == 2).then_some(())
    });
    happen(&app, "acme", "invoice.paid", &[]);
    let notices = settled(&app, "acme");
    assert_eq!(fates(&notices, "payment_failed"), [("superseded", "paid")], "{notices:?}");
    assert_eq!(smtp.received().len(), 0);
}

#[test]
fn our_admin_is_mailed_what_no_webhook_had_told() {
    let (stripe, url, _serving) = settled_stripe();
    let smtp = SmtpServer::start();
    let app = app_with(
        &smtp,
        &[
            STRIPE_KEY,
            ("DUNLIN_STRIPE_API_URL", &url),
            ("DUNLIN_STRIPE_LIVEMODE", "false"),
            ("DUNLIN_RECONCILE_INTERVAL_SECS", "1"),
        ],
    );
    app.bind("acme", "cus_acme");
    app.wait_until_reconciled();
    let at = |event, status, second| {
        let trigger = trigger(event, "cus_acme", "sub_acme", &[&format!("status={status}")]);
        happens(&stripe, &trigger, second)
    };
    let (_, begun) = at("customer.subscription.created", "active", now());
    assert_eq!(app.deliver(&begun).status, 200);
    let (lost, _) = at("customer.subscription.deleted", "canceled", now() + 5);
    let mail = app.wait_for(PATIENCE, || smtp.received().into_iter().find(|mail| mail.to == [ADMIN]));
    let message = MessageParser::default().parse(mail.message.as_bytes()).unwrap();
    assert_eq!(message.subject(), Some("Dunlin: one item was out of sync with Stripe"));
    let text = message.body_text(0).unwrap();
    let told = format!("- acme · sub_acme · subscription_status: active → canceled · {lost}");
    assert!(text.contains(&told), "{text}");
}

#[test]
fn a_payment_that_overtakes_the_mail_takes_its_reason_away() {
    let smtp = SmtpServer::start();
    let app = app_with(&smtp, &[("DUNLIN_MAIL_HOLD_SECS", "2")]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    happen(&app, "acme", "invoice.paid", &[]);
    let notices = settled(&app, "acme");
    assert_eq!(fates(&notices, "payment_failed"), [("superseded", "paid")]);
    assert_eq!(fates(&notices, "payment_failed_alert"), [("superseded", "paid")]);
    assert_eq!(fates(&notices, "payment_recovered"), [("superseded", "failure_was_not_told")]);
    assert!(smtp.received().is_empty());
}

#[test]
fn what_is_told_is_the_newest_attempt_and_what_the_bank_wants() {
    let smtp = SmtpServer::start();
    let app = app_with(&smtp, &[("DUNLIN_MAIL_HOLD_SECS", "2")]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &["attempt_count=1"]);
    happen(&app, "acme", "invoice.payment_failed", &["attempt_count=2"]);
    subscribe(&app, "sca", &CONTACTS);
    happen(&app, "sca", "invoice.payment_failed", &["attempt_count=1"]);
    happen(&app, "sca", "invoice.payment_action_required", &["attempt_count=1"]);
    subscribe(&app, "gone", &CONTACTS);
    happen(&app, "gone", "invoice.payment_failed", &["attempt_count=1"]);
    happen(&app, "gone", "customer.subscription.deleted", &[]);
    let attempts = settled(&app, "acme");
    assert_eq!(
        fates(&attempts, "payment_failed"),
        [("superseded", "newer_attempt"), ("sent", "")]
    );
    let confirmation = settled(&app, "sca");
    assert_eq!(fates(&confirmation, "payment_failed"), [("superseded", "action_required")]);
    assert_eq!(fates(&confirmation, "payment_action_required"), [("sent", "")]);
    let canceled = settled(&app, "gone");
    assert_eq!(fates(&canceled, "payment_failed"), [("superseded", "canceled")]);
    assert_eq!(fates(&canceled, "subscription_canceled"), [("sent", "")]);
}

#[test]
fn a_tenant_is_sent_one_dunning_mail_in_the_interval() {
    let smtp = SmtpServer::start();
    let app = app_with(&smtp, &[("DUNLIN_MAIL_MIN_INTERVAL_SECS", "3600")]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &["attempt_count=1"]);
    settled(&app, "acme");
    happen(&app, "acme", "invoice.payment_failed", &["attempt_count=2"]);
    let held = app.wait_for(PATIENCE, || {
        let notices = notices(&app, "acme");
        let second = fates(&notices, "payment_failed")[1];
        (!second.1.is_empty()).then(|| format!("{}: {}", second.0, second.1))
    });
    assert!(held.starts_with("pending: held back"), "{held}");
    happen(&app, "acme", "invoice.paid", &["attempt_count=2"]);
    let to_bo = app.wait_for(PATIENCE, || {
        let to_bo = smtp.received().iter().filter(|mail| mail.to == ["bo@example.com"]).count();
        (to_bo == 2).then_some(to_bo)
    });
    assert_eq!(to_bo, 2, "the first attempt and the recovery");
}

#[test]
fn an_address_that_is_refused_is_suppressed_the_next_contact_is_tried_and_the_team_is_told() {
    let smtp = SmtpServer::start_with(|_| Behaviour::RefuseRecipients(vec!["bo@example.com".to_owned()]));
    let app = app_with(&smtp, &[]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let notices = settled(&app, "acme");
    assert_eq!(
        kinds_in(&notices, "sent"),
        ["payment_failed", "payment_failed_alert", "address_rejected"]
    );
    let to: Vec<Vec<String>> = smtp.received().iter().map(|mail| mail.to.clone()).collect();
    assert_eq!(to.iter().filter(|to| **to == ["olivia@example.com"]).count(), 1, "{to:?}");
    let suppressed = app.get("/api/v1/suppressed-addresses").body;
    assert_eq!(suppressed["data"][0]["email"], "bo@example.com");
    assert!(suppressed["data"][0]["reply"].as_str().unwrap().contains("550"));
    // The server is not even asked about the address again until it is allowed.
    let asked = || {
        smtp.conversations()
            .iter()
            .flat_map(|one| one.commands.clone())
            .filter(|c| c.contains("bo@"))
            .count()
    };
    assert_eq!(asked(), 1);
    happen(&app, "acme", "invoice.payment_failed", &["attempt_count=2"]);
    settled(&app, "acme");
    assert_eq!(asked(), 1);
    assert_eq!(app.delete("/api/v1/suppressed-addresses/Bo@example.com").status, 204);
    happen(&app, "acme", "invoice.payment_failed", &["attempt_count=3"]);
    settled(&app, "acme");
    assert_eq!(asked(), 2);
    assert_eq!(app.delete("/api/v1/suppressed-addresses/nobody@example.com").status, 404);
}

#[test]
fn a_greylisted_mail_is_sent_later_and_one_that_never_goes_is_given_up_in_sight() {
    let smtp = SmtpServer::start_with(|_| Behaviour::GreylistFirst(3));
    let app = app_with(&smtp, &[]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.upcoming", &[]);
    assert_eq!(fates(&settled(&app, "acme"), "renewal_upcoming"), [("sent", "")]);
    assert_eq!(smtp.received().len(), 1);

    let deaf = SmtpServer::start_with(|_| Behaviour::Greylist);
    let app = app_with(&deaf, &[("DUNLIN_MAIL_MAX_ATTEMPTS", "2")]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.upcoming", &[]);
    let notices = settled(&app, "acme");
    let (state, reason) = fates(&notices, "renewal_upcoming")[0];
    assert_eq!(state, "dead");
    assert!(
        reason.starts_with("given up after 2 attempts") && reason.contains("451"),
        "{reason}"
    );
}

#[test]
fn a_person_decides_about_dead_notices() {
    let smtp = SmtpServer::start_with(|session| {
        if session.number == 0 {
            Behaviour::RefuseContent
        } else {
            Behaviour::Well
        }
    });
    let app = app_with(&smtp, &[("DUNLIN_MAIL_CONCURRENCY", "1"), ("DUNLIN_MAIL_MAX_ATTEMPTS", "1")]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.upcoming", &[]);
    let notices = settled(&app, "acme");
    let (state, reason) = fates(&notices, "renewal_upcoming")[0];
    assert_eq!(state, "dead");
    assert!(reason.contains("554"), "{reason}");
    let page = app.get("/api/v1/notices?state=dead").body;
    let id = page["data"][0]["id"].as_i64().unwrap();
    assert_eq!(app.post(&format!("/api/v1/notices/{id}/retry")).body["state"], "pending");
    assert_eq!(fates(&settled(&app, "acme"), "renewal_upcoming")[0].0, "sent");
    let again = app.post(&format!("/api/v1/notices/{id}/retry"));
    assert_eq!((again.status, &again.body["code"]), (409, &json!("notice_is_settled")));
    assert_eq!(app.post("/api/v1/notices/999/drop").status, 404);
    assert_eq!(app.get("/api/v1/notices?state=lost").status, 400);
}

#[test]
fn a_mail_goes_to_whom_it_concerns_and_to_the_owner_where_nobody_is() {
    let smtp = SmtpServer::start();
    let app = app_with(&smtp, &[]);
    let all = [
        ("billing", "b1@example.com"),
        ("billing", "b2@example.com"),
        ("owner", "o@example.com"),
    ];
    subscribe(&app, "all", &all);
    subscribe(
        &app,
        "owned",
        &[("owner", "only@example.com"), ("technical", "t@example.com")],
    );
    subscribe(&app, "nobody", &[]);
    for name in ["all", "owned", "nobody"] {
        happen(&app, name, "invoice.payment_failed", &[]);
    }
    for name in ["all", "owned"] {
        assert_eq!(
            kinds_in(&settled(&app, name), "sent"),
            ["payment_failed", "payment_failed_alert"]
        );
    }
    let nobody = settled(&app, "nobody");
    assert_eq!(
        fates(&nobody, "payment_failed"),
        [("dead", "there is no contact that can be written to")]
    );
    let to: Vec<Vec<String>> = smtp.received().iter().map(|mail| mail.to.clone()).collect();
    assert!(
        to.contains(&vec!["b1@example.com".to_owned(), "b2@example.com".to_owned()]),
        "{to:?}"
    );
    assert!(to.contains(&vec!["only@example.com".to_owned()]), "{to:?}");
}

#[test]
fn hostile_names_do_no_harm() {
    let smtp = SmtpServer::start();
    let app = app_with(&smtp, &[]);
    let long = "x".repeat(150);
    let names = [
        "<img src=x onerror=alert(1)>",
        "a\r\nBcc: victim@example.com",
        "nul\0nul",
        "\u{202e}gnp.exe",
        "{{7*7}}",
        "\"quoted\" <x@y>",
        &long,
    ];
    for (n, name) in names.iter().enumerate() {
        let tenant = format!("t{n}");
        let contact = json!({"role": "billing", "email": format!("t{n}@example.com"), "name": name});
        let body = json!({"name": name, "stripe_customer_id": format!("cus_t{n}"), "contacts": [contact]});
        // The API may refuse a name. A name that it takes must do no harm.
        if app.put(&format!("/api/v1/tenants/{tenant}"), &body).status != 201 {
            continue;
        }
        happen(&app, &tenant, "customer.subscription.updated", &[]);
        happen(&app, &tenant, "invoice.payment_failed", &[]);
        let notices = settled(&app, &tenant);
        assert_eq!(
            kinds_in(&notices, "sent"),
            ["payment_failed", "payment_failed_alert"],
            "{name:?}: {notices:?}"
        );
    }
    let mails = smtp.received();
    assert!(mails.len() >= 6, "{}", mails.len());
    for mail in mails {
        let message = MessageParser::default().parse(mail.message.as_bytes()).unwrap();
        assert!(mail.header("Bcc").is_none());
        let html = message.body_html(0).unwrap();
        assert!(!html.contains("<img"), "{html}");
    }
}

#[test]
fn what_falls_due_by_time_is_told_by_itself() {
    let smtp = SmtpServer::start();
    let app = app_with(
        &smtp,
        &[
            ("DUNLIN_ACCESS_PAYMENT_GRACE_SECS", "3"),
            ("DUNLIN_ACCESS_TRIAL_OVERRUN_SECS", "0"),
        ],
    );
    subscribe(&app, "late", &CONTACTS);
    happen(&app, "late", "invoice.payment_failed", &[]);
    subscribe(&app, "trial", &CONTACTS);
    let soon = format!("trial_end={}", crate::support::now() + 2);
    let later = format!("event.created={}", crate::support::now() + 1);
    happen(
        &app,
        "trial",
        "customer.subscription.updated",
        &["status=trialing", &soon, &later],
    );
    let told = |tenant: &str, kind: &str| {
        app.wait_for(PATIENCE, || {
            let notices = notices(&app, tenant);
            fates(&notices, kind).contains(&("sent", "")).then_some(())
        });
    };
    told("late", "access_suspended");
    told("trial", "trial_expired");
    let timeline = app.get("/api/v1/tenants/late/timeline").body;
    let newest = &timeline["data"][0];
    assert_eq!(
        (&newest["what"], &newest["to"], &newest["cause"]["kind"]),
        (&json!("access"), &json!("payment_grace_expired"), &json!("time"))
    );
    happen(&app, "late", "invoice.paid", &[]);
    assert_eq!(fates(&settled(&app, "late"), "payment_recovered"), [("sent", "")]);
}

#[test]
fn a_web_process_and_a_worker_process_share_the_work() {
    let smtp = SmtpServer::start();
    let url = smtp.url();
    let app = app_with(&smtp, &[]);
    drop(app);
    let web = App::spawn_with_role("web", &[("DUNLIN_MAIL_HOLD_SECS", "0")]);
    subscribe(&web, "acme", &CONTACTS);
    happen(&web, "acme", "invoice.payment_failed", &[]);
    assert_eq!(
        kinds_in(&notices(&web, "acme"), "pending").len(),
        2,
        "a web process sends nothing"
    );
    let settings = [
        ("DUNLIN_SMTP_URL", url.as_str()),
        ("DUNLIN_MAIL_FROM", "billing@acme.example"),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_ADMIN", ADMIN),
    ];
    let worker = web.spawn_worker(&settings);
    assert_eq!(kinds_in(&settled(&web, "acme"), "sent").len(), 2);
    drop(worker);
}

#[test]
fn mail_that_is_not_configured_waits_and_mail_that_is_misconfigured_says_so() {
    let app = App::spawn();
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    assert!(app.log().contains("DUNLIN_SMTP_URL is not set"));
    for (settings, words) in [
        (
            [("DUNLIN_SMTP_URL", "http://x"), ("DUNLIN_MAIL_FROM", "a@b.example")],
            "smtp://",
        ),
        (
            [("DUNLIN_SMTP_URL", "smtp://x"), ("DUNLIN_MAIL_FROM", "nobody")],
            "DUNLIN_MAIL_FROM",
        ),
        ([("DUNLIN_SMTP_URL", "smtp://x"), ("DUNLIN_LOG", "info")], "DUNLIN_MAIL_FROM"),
        (
            [
                ("DUNLIN_SMTP_URL", "smtp://u:hush@mail.example"),
                ("DUNLIN_MAIL_FROM", "a@b.example"),
            ],
            "tls=required",
        ),
        (
            [("DUNLIN_MAIL_OFF", "payment_fialed"), ("DUNLIN_MAIL_FROM", "a@b.example")],
            "DUNLIN_MAIL_OFF",
        ),
    ] {
        let told = crate::support::refuses_to_serve(&settings);
        assert!(told.contains(words) && !told.contains("hush"), "{told}");
    }
}

#[test]
fn a_well_kept_server_takes_the_mails_over_tls_from_who_knows_the_password() {
    let server = Aiosmtpd::start("dunlin", "p@ss word");
    let url = format!("smtp://dunlin:p%40ss%20word@localhost:{}?tls=required", server.port());
    let ca_file = server.ca_file();
    let app = App::spawn_with(&[
        ("DUNLIN_SMTP_URL", &url),
        ("DUNLIN_SMTP_CA_FILE", ca_file.to_str().unwrap()),
        ("DUNLIN_MAIL_FROM", "Acme <billing@acme.example>"),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_HOLD_SECS", "0"),
    ]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let mail = server.wait_for(1, PATIENCE).remove(0);
    let message = MessageParser::default().parse(&mail).unwrap();
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some("bo@example.com"));
    assert!(message.body_text(0).unwrap().contains("$87.00"));
    assert!(message.body_html(0).unwrap().contains("$87.00"));
    // Without the certificate's authority there is no mail, so nobody can listen in.
    let app = App::spawn_with(&[
        ("DUNLIN_SMTP_URL", &url),
        ("DUNLIN_MAIL_FROM", "Acme <billing@acme.example>"),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_HOLD_SECS", "0"),
        ("DUNLIN_MAIL_MAX_ATTEMPTS", "1"),
    ]);
    subscribe(&app, "acme", &CONTACTS);
    happen(&app, "acme", "invoice.payment_failed", &[]);
    let notices = settled(&app, "acme");
    let (state, reason) = fates(&notices, "payment_failed")[0];
    assert_eq!(state, "dead");
    assert!(reason.contains("certificate"), "{reason}");
    assert!(!app.log().contains("p@ss") && !app.log().contains("p%40ss"));
}

#[test]
fn a_mail_that_was_taken_while_the_database_was_away_is_sent_once() {
    let smtp = SmtpServer::start_with(|_| Behaviour::LateAccept(Duration::from_secs(3)));
    let app = app_with(&smtp, &[]);
    subscribe(&app, "away", &CONTACTS[1..]);
    happen(&app, "away", "invoice.payment_failed", &[]);
    // The customer's mail is being handed over. From here on nothing can be written.
    app.wait_for(PATIENCE, || {
        notices(&app, "away")
            .iter()
            .any(|(kind, state, _)| kind == "payment_failed" && state == "transmitting")
            .then_some(())
    });
    let lock = app.hold_write_lock();
    app.wait_for(PATIENCE, || app.log().contains("cannot settle a notice yet").then_some(()));
    drop(lock);
    // The admin's mail may have met the lock as well. It waits for its lease to end.
    app.wait_for(PATIENCE, || {
        notices(&app, "away")
            .iter()
            .any(|(kind, state, _)| kind == "payment_failed" && state == "sent")
            .then_some(())
    });
    let mails = smtp.received();
    let to_customer = mails.iter().filter(|mail| mail.to.iter().any(|to| to == "bo@example.com"));
    assert_eq!(to_customer.count(), 1);
}
