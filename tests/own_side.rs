//! The doctor's checks of Dunlin's own side, which come before its requests to Stripe: settings, database, disk, mail
//! server. A mistyped setting stops `serve`.

use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use test_support::smtp::{Behaviour, SmtpServer};

use crate::support::{API_KEY, App, SECRET, command, refuses_to_serve};

const SECRETS: (&str, &str) = ("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET);
const KEYS: (&str, &str) = ("DUNLIN_API_KEYS", API_KEY);

/// Runs the doctor in this folder. Returns its exit code, and each finding's id, severity, sentence and advice.
fn examined(folder: &Path, variables: &[(&str, &str)]) -> (Option<i32>, Vec<[String; 4]>) {
    let mut doctor = command(folder);
    let output = doctor
        .args(["doctor", "--json"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let findings = report["findings"].as_array().unwrap().iter();
    let told = findings
        .map(|finding| ["id", "severity", "says", "fix"].map(|field| finding[field].as_str().unwrap_or_default().to_owned()));
    (output.status.code(), told.collect())
}

/// Returns the findings that need a correction, by id and severity.
fn wrong(found: &[[String; 4]]) -> Vec<(&str, &str)> {
    let wrong = found
        .iter()
        .filter(|[_, severity, ..]| matches!(severity.as_str(), "warning" | "error"));
    wrong.map(|[id, severity, ..]| (id.as_str(), severity.as_str())).collect()
}

fn says(found: &[[String; 4]], id: &str) -> String {
    let of_id = found.iter().filter(|[other, ..]| other == id);
    let told: Vec<String> = of_id.map(|[_, _, says, fix]| format!("{says} → {fix}")).collect();
    told.join("\n")
}

#[test]
fn in_an_empty_folder_the_doctor_says_what_is_missing_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (code, found) = examined(folder.path(), &[]);
    assert_eq!(code, Some(1));
    let missing = ("configuration", "error");
    assert_eq!(wrong(&found), [missing, missing, ("database", "warning")]);
    assert!(
        says(&found, "configuration").contains("set DUNLIN_STRIPE_WEBHOOK_SECRETS"),
        "{found:?}"
    );
    assert!(says(&found, "database").contains("no database at acceptance.db"), "{found:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it makes nothing");
}

#[test]
fn a_database_that_is_down_or_broken_or_old_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let down = [SECRETS, KEYS, ("DUNLIN_DATABASE_URL", "postgres://u:hush@127.0.0.1:1/dunlin")];
    let (code, found) = examined(folder.path(), &down);
    assert_eq!((code, wrong(&found)), (Some(1), vec![("database", "error")]));
    assert!(says(&found, "database").contains("Connection refused"), "{found:?}");
    assert!(!format!("{found:?}").contains("hush"), "{found:?}");

    std::fs::write(folder.path().join("acceptance.db"), "x".repeat(8_192)).unwrap();
    let (code, found) = examined(folder.path(), &[SECRETS, KEYS]);
    assert_eq!((code, wrong(&found)), (Some(1), vec![("database", "error")]));
    assert!(says(&found, "database").contains("acceptance.db"), "{found:?}");

    std::fs::write(folder.path().join("acceptance.db"), "").unwrap();
    let (code, found) = examined(folder.path(), &[SECRETS, KEYS]);
    assert_eq!((code, wrong(&found)), (Some(1), vec![("schema", "error")]));
    assert!(says(&found, "schema").contains("run `dunlin migrate`"), "{found:?}");
    assert!(command(folder.path()).arg("migrate").output().unwrap().status.success());
    let (code, found) = examined(folder.path(), &[SECRETS, KEYS]);
    assert_eq!((code, wrong(&found)), (Some(0), vec![]), "{found:?}");
    assert!(says(&found, "disk").contains("MiB are free"), "{found:?}");
}

/// Mistyped settings, each with the part of the sentence that identifies it, and whether nothing works with it.
const MISTYPED: [(&str, &str, &str, bool); 10] = [
    ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "sk_live_hush", "a secret API key", true),
    ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "pk_live_hush", "a publishable API key", true),
    ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "we_1Hush", "an endpoint's id", true),
    ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "hush", "does not begin with whsec_", false),
    ("DUNLIN_STRIPE_API_KEY", "pk_live_hush", "a publishable API key", true),
    ("DUNLIN_STRIPE_API_KEY", "whsec_hush", "an endpoint's signing secret", true),
    ("DUNLIN_STRIPE_ACCOUNT", "cus_1Hush", "a customer's id", true),
    ("DUNLIN_API_KEYS", "sk_live_hushhushhush", "a secret API key", false),
    (
        "DUNLIN_DATABASE_URL",
        "postgres://u:hush@127.0.0.1:1/d?sslmode=requre",
        "sslmode=\"requre\"",
        true,
    ),
    (
        "DUNLIN_DATABASE_URL",
        "postgres://u:hush@127.0.0.1:1/d?sslmod=require",
        "\"sslmod\"",
        true,
    ),
];

#[test]
fn each_mistyped_setting_is_found_by_the_doctor_and_told_by_serve_with_its_variable() {
    for (name, value, part, is_fatal) in MISTYPED {
        let folder = tempfile::tempdir().unwrap();
        let (code, found) = examined(folder.path(), &[SECRETS, KEYS, (name, value)]);
        let severity = if is_fatal { "error" } else { "warning" };
        assert_eq!(code, Some(1));
        assert!(wrong(&found).contains(&("configuration", severity)), "{name}: {found:?}");
        let told = says(&found, "configuration");
        assert!(told.contains(name) && told.contains(part) && told.contains(" → "), "{told}");
        assert!(!format!("{found:?}").to_lowercase().contains("hush"), "{found:?}");
        if is_fatal {
            let told = refuses_to_serve(&[(name, value)]);
            assert!(told.starts_with(&format!("error: {name}")) && told.contains(part), "{told}");
            assert_eq!(told.lines().count(), 1, "{told}");
        }
    }
}

#[test]
fn what_only_looks_mistyped_is_a_warning_and_serve_goes_on_to_its_next_reason() {
    let nobody_there = ("DUNLIN_DATABASE_URL", "postgres://u@127.0.0.1:1/d");
    let at_once = ("DUNLIN_DATABASE_WAIT_SECS", "0");
    for (name, value, part, _) in MISTYPED.into_iter().filter(|(_, _, _, is_fatal)| !is_fatal) {
        let told = refuses_to_serve(&[nobody_there, at_once, (name, value)]);
        let (warning, rest) = told.split_once('\n').unwrap();
        assert!(
            warning.starts_with(&format!("warning: {name}")) && warning.contains(part),
            "{told}"
        );
        assert!(rest.contains("error: cannot open the database"), "{told}");
    }
}

#[test]
fn a_setting_that_cannot_be_read_is_a_finding_too_also_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let (code, found) = examined(folder.path(), &[("DUNLIN_LISTEN", "somewhere")]);
    assert_eq!((code, wrong(&found)), (Some(1), vec![("configuration", "error")]));
    assert!(says(&found, "configuration").contains("DUNLIN_LISTEN must be"), "{found:?}");
    let (code, found) = examined(folder.path(), &[SECRETS, KEYS, ("DUNLIN_LIVEMODE", "true")]);
    assert_eq!(code, Some(1));
    assert!(
        says(&found, "configuration").contains("DUNLIN_LIVEMODE means nothing"),
        "{found:?}"
    );
}

#[test]
fn the_mail_server_is_asked_whether_it_would_take_a_mail_and_is_sent_none() {
    let folder = tempfile::tempdir().unwrap();
    assert!(command(folder.path()).arg("migrate").output().unwrap().status.success());
    let mail = |url: &str| {
        let from = ("DUNLIN_MAIL_FROM", "Acme <billing@acme.example>");
        let patience = ("DUNLIN_SMTP_COMMAND_TIMEOUT_SECS", "2");
        let (code, found) = examined(folder.path(), &[SECRETS, KEYS, from, patience, ("DUNLIN_SMTP_URL", url)]);
        let told = says(&found, "mail_server");
        let is_wrong = wrong(&found) == [("mail_server", "error")];
        assert_eq!(
            (code, is_wrong),
            (Some(i32::from(is_wrong)), !wrong(&found).is_empty()),
            "{found:?}"
        );
        (is_wrong, told)
    };
    let smtp = SmtpServer::start();
    let (is_wrong, told) = mail(&smtp.url());
    assert!(!is_wrong && told.contains("takes mails"), "{told}");
    assert!(smtp.received().is_empty());
    let hanging = SmtpServer::start_with(|_| Behaviour::Hang);
    let (is_wrong, told) = mail(&hanging.url());
    assert!(is_wrong && told.contains("does not take mails"), "{told}");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(mail(&format!("smtp://{nobody}")).0);
    let (is_wrong, told) = mail("smtp://u:hush@mail.example");
    assert!(
        is_wrong && told.contains("password and no encryption") && !told.contains("hush"),
        "{told}"
    );
    let (code, found) = examined(folder.path(), &[SECRETS, KEYS, ("DUNLIN_SMTP_URL", "smtp://localhost:25")]);
    assert_eq!(code, Some(1));
    assert!(says(&found, "mail_server").contains("set DUNLIN_MAIL_FROM"), "{found:?}");
}

#[test]
fn a_tenant_is_not_bound_to_what_is_no_customer() {
    let app = App::spawn();
    for (id, part) in [
        ("sub_1Dunlin", "a subscription's id"),
        ("acme_", ""),
        ("sk_live_hush", "a secret API key"),
    ] {
        let answer = app.bind("acme", id);
        if part.is_empty() {
            assert_eq!(
                answer.status, 201,
                "an old account's customers have ids of their own: {answer:?}"
            );
        } else {
            assert_eq!(answer.status, 400, "{answer:?}");
            let detail = answer.body["detail"].as_str().unwrap();
            assert!(
                detail.contains("stripe_customer_id") && detail.contains(part) && !detail.contains("hush"),
                "{detail}"
            );
        }
    }
}
