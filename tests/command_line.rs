//! `dunlin` as a person uses it.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{App, Dev, SECRET, command, dunlin, simulator};

fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    command(folder)
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn serve_refuses_to_start_without_its_secrets_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let secret = ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "whsec_1");
    let key = ("DUNLIN_API_KEYS", "0123456789abcdef");
    for (variables, names) in [
        (vec![key], "DUNLIN_STRIPE_WEBHOOK_SECRETS"),
        (vec![secret], "DUNLIN_API_KEYS"),
        (
            vec![key, ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "  ")],
            "DUNLIN_STRIPE_WEBHOOK_SECRETS",
        ),
        (
            vec![key, ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "whsec_")],
            "DUNLIN_STRIPE_WEBHOOK_SECRETS",
        ),
        (
            vec![key, ("DUNLIN_STRIPE_WEBHOOK_SECRETS", "whsec_1,")],
            "DUNLIN_STRIPE_WEBHOOK_SECRETS",
        ),
        (vec![secret, ("DUNLIN_API_KEYS", "short")], "DUNLIN_API_KEYS"),
        (vec![secret, key, ("DUNLIN_LISTEN", "somewhere")], "DUNLIN_LISTEN"),
        (vec![secret, key, ("DUNLIN_DATABASE_URL", "mysql://x")], "DUNLIN_DATABASE_URL"),
    ] {
        let output = run(folder.path(), &["serve"], &variables);
        assert!(!output.status.success());
        let said = stderr(&output);
        assert!(said.starts_with("error: ") && said.contains(names), "{variables:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_mistyped_key_in_the_file_is_told_with_its_line_and_a_mistyped_variable_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("dunlin.toml"),
        "log = \"warn\"\n\n[stripe]\nlivemod = true\n",
    )
    .unwrap();
    let said = stderr(&run(folder.path(), &["migrate"], &[]));
    assert!(said.contains("line 4") && said.contains("livemod"), "{said}");
    std::fs::write(folder.path().join("dunlin.toml"), "").unwrap();
    let output = run(folder.path(), &["migrate"], &[("DUNLIN_LIVEMODE", "true")]);
    assert!(output.status.success());
    assert!(
        stderr(&output).contains("warning: the variable DUNLIN_LIVEMODE"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_schema_is_migrated_once_and_an_audit_needs_one() {
    let folder = tempfile::tempdir().unwrap();
    let early = run(folder.path(), &["audit"], &[]);
    let said = stderr(&early);
    assert!(
        !early.status.success() && said.contains("no database at acceptance.db") && said.contains("`dunlin migrate` makes it"),
        "{said}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "an audit makes nothing");
    assert!(stdout(&run(folder.path(), &["migrate"], &[])).starts_with("Applied: "));
    assert_eq!(stdout(&run(folder.path(), &["migrate"], &[])), "The schema is up to date.\n");
    assert_eq!(
        stdout(&run(folder.path(), &["audit"], &[])),
        "0 customers, 0 events: 0 differences\n"
    );
}

#[test]
fn steps_of_the_schema_are_taken_back_by_name_and_the_first_stays() {
    let folder = tempfile::tempdir().unwrap();
    let applied = stdout(&run(folder.path(), &["migrate"], &[]));
    let newest = applied.trim_end().rsplit(", ").next().unwrap().to_owned();
    let taken = stdout(&run(folder.path(), &["migrate", "--down", "1"], &[]));
    assert_eq!(taken, format!("Taken back: {newest}\n"));
    let audit = run(folder.path(), &["audit"], &[]);
    assert!(stderr(&audit).contains("run `dunlin migrate`"), "{}", stderr(&audit));
    assert_eq!(stdout(&run(folder.path(), &["migrate"], &[])), format!("Applied: {newest}\n"));
    let all = run(folder.path(), &["migrate", "--down", "99"], &[]);
    assert!(
        !all.status.success() && stderr(&all).contains("the first stays"),
        "{}",
        stderr(&all)
    );
    assert_eq!(stdout(&run(folder.path(), &["migrate"], &[])), "The schema is up to date.\n");
}

/// Returns `dunlin` as a user without privileges, even if root runs the tests.
fn as_somebody(folder: &Path, arguments: &[&str]) -> Output {
    const NOBODY: u32 = 65_534;
    let mut command = command(folder);
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.args(arguments).output().unwrap()
}

#[test]
fn an_audit_in_a_folder_that_is_read_only_says_why_not_and_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["migrate"], &[]).status.success());
    let database = folder.path().join("acceptance.db");
    let allow = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(&database, 0o644);
    allow(folder.path(), 0o555);
    let output = as_somebody(folder.path(), &["audit"]);
    allow(folder.path(), 0o755);
    let said = stderr(&output);
    assert!(!output.status.success(), "{}", stdout(&output));
    for part in [
        "acceptance.db is read-only here",
        "run this as the user that the server runs as",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    std::fs::write(&database, "x".repeat(8_192)).unwrap();
    let said = stderr(&run(folder.path(), &["audit"], &[]));
    assert!(said.starts_with("error: cannot open the database acceptance.db"), "{said}");
}

#[test]
fn a_secrets_file_that_cannot_be_used_is_told_by_its_variable_and_its_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    std::fs::write(folder.path().join("blank"), "whsec_1,,").unwrap();
    for (variable, file, part) in [
        ("DUNLIN_STRIPE_WEBHOOK_SECRETS_FILE", "nowhere", "cannot be read"),
        ("DUNLIN_DATABASE_URL_FILE", "nowhere", "cannot be read"),
        ("DUNLIN_STRIPE_API_KEY_FILE", "empty", "is empty"),
        ("DUNLIN_STRIPE_WEBHOOK_SECRETS_FILE", "blank", "none of them blank"),
    ] {
        let mut command = command(folder.path());
        command.env_remove("DUNLIN_DATABASE_URL").env(variable, file);
        let said = stderr(&command.arg("migrate").output().unwrap());
        assert!(
            said.contains(variable) && said.contains(file) && said.contains(part),
            "{variable}: {said}"
        );
    }
    let mail = [
        ("DUNLIN_SMTP_URL", "smtp://localhost:25?tls=required"),
        ("DUNLIN_MAIL_FROM", "billing@acme.example"),
        ("DUNLIN_SMTP_CA_FILE", "nowhere.pem"),
    ];
    let said = crate::support::refuses_to_serve(&mail);
    assert!(said.contains("DUNLIN_SMTP_CA_FILE names nowhere.pem"), "{said}");
}

#[test]
fn dev_shows_its_secrets_once_and_what_it_suggests_works_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let here = |url: &str, arguments: &[&str]| {
        let output = Command::new(dunlin())
            .current_dir(folder.path())
            .env_clear()
            .env("DUNLIN_URL", url)
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    };
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    assert!(
        dev.greeting.contains("whsec_") && dev.greeting.contains("trigger customer.subscription.created"),
        "{}",
        dev.greeting
    );
    let file = folder.path().join(".dunlin/dev.toml");
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    for (event, status) in [
        ("customer.subscription.created", "trialing"),
        ("customer.subscription.updated", "active"),
        ("invoice.payment_failed", "past_due"),
        ("invoice.paid", "active"),
        ("customer.subscription.deleted", "canceled"),
    ] {
        let sent = here(&dev.url, &["trigger", event]);
        assert!(sent.contains("\"status\":\"ok\""), "{sent}");
        let shown: Value = serde_json::from_str(&here(&dev.url, &["tenant", "show", "demo", "--json"])).unwrap();
        assert_eq!(shown["tenant"]["subscription_status"], json!(status), "after {event}");
    }
    let shown = here(&dev.url, &["tenant", "show", "demo"]);
    for word in [
        "canceled",
        "blocked",
        "payment_failed",
        "payment_recovered",
        "churn_alert",
        "past_due",
    ] {
        assert!(shown.contains(word), "{word} is not in {shown}");
    }
    assert!(here(&dev.url, &["tenant", "list"]).contains("cus_demo"));
    here(
        &dev.url,
        &[
            "tenant",
            "put",
            "acme",
            "--customer",
            "cus_acme",
            "--contact",
            "billing:bo@example.com",
        ],
    );
    let repeated = here(
        &dev.url,
        &[
            "trigger",
            "invoice.paid",
            "--customer",
            "cus_acme",
            "--subscription",
            "sub_acme",
            "--override",
            "amount_due=100",
            "--repeat",
            "3",
        ],
    );
    assert_eq!(
        (repeated.matches("\"ok\"").count(), repeated.matches("\"duplicate\"").count()),
        (1, 2)
    );
    assert!(here(&dev.url, &["audit"]).ends_with(": 0 differences\n"));
    drop(dev);
    let again = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    assert!(!again.greeting.contains("whsec_"), "{}", again.greeting);
    assert!(here(&again.url, &["tenant", "list"]).contains("acme"));
}

#[test]
fn what_goes_wrong_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::spawn();
    let url = format!("http://{}", app.address);
    for (arguments, variables, part) in [
        (vec!["trigger", "invoice.paid"], vec![], "no signing secret"),
        (
            vec!["trigger", "invoice.exploded", "--secret", "whsec_1"],
            vec![],
            "no event \"invoice.exploded\"",
        ),
        (
            vec!["trigger", "invoice.paid", "--secret", "whsec_1", "--override", "status"],
            vec![],
            "PATH=VALUE",
        ),
        (
            vec!["trigger", "invoice.paid", "--secret", "whsec_wrong"],
            vec![("DUNLIN_URL", url.as_str())],
            "answered 400",
        ),
        (
            vec![
                "trigger",
                "invoice.paid",
                "--secret",
                "whsec_1",
                "--url",
                "http://127.0.0.1:1",
            ],
            vec![],
            "is `dunlin dev` or `dunlin serve` running",
        ),
        (
            vec!["tenant", "show", "nobody"],
            vec![("DUNLIN_URL", url.as_str()), ("DUNLIN_API_KEY", crate::support::API_KEY)],
            "no tenant nobody",
        ),
        (
            vec!["tenant", "list"],
            vec![("DUNLIN_URL", url.as_str()), ("DUNLIN_API_KEY", "wrong-key-0123456789")],
            "answered 401",
        ),
        (
            vec!["tenant", "put", "acme", "--contact", "bo"],
            vec![("DUNLIN_API_KEY", crate::support::API_KEY)],
            "ROLE:EMAIL",
        ),
    ] {
        let output = run(folder.path(), &arguments, &variables);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(stderr(&output).contains(part), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn the_simulator_plays_against_any_endpoint_and_tells_the_truth_to_compare_with() {
    let app = App::spawn();
    let folder = tempfile::tempdir().unwrap();
    let truth = folder.path().join("truth.ndjson");
    let play = |url: &str| {
        let arguments = [
            "play",
            "--tenants",
            "5",
            "--seed",
            "3",
            "--order",
            "shuffled",
            "--patience",
            "1",
        ];
        Command::new(simulator())
            .args(arguments)
            .args(["--secret", SECRET, "--url", url, "--truth", truth.to_str().unwrap()])
            .output()
            .unwrap()
    };
    let output = play(&format!("http://{}/api/v1/stripe/webhook", app.address));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("seed 3: 5 customers, "), "{}", stdout(&output));
    let told = std::fs::read_to_string(&truth).unwrap();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let customers: BTreeSet<&str> = told.iter().map(|line| line["customer"].as_str().unwrap()).collect();
    assert_eq!(customers.len(), 5);
    for (nth, customer) in customers.into_iter().enumerate() {
        let tenant = app.bind(&format!("t{nth}"), customer).body;
        let governing = told
            .iter()
            .find(|line| line["subscription"] == tenant["stripe_subscription_id"])
            .expect("one of the subscriptions in the truth");
        assert_eq!(tenant["subscription_status"], governing["status"], "{customer}");
    }
    // An endpoint that takes nothing is given up, with one sentence that names its answer.
    let output = play(&format!("http://{}/nowhere", app.address));
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("does not take deliveries: 404"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn emails_that_name_no_product_are_complained_of() {
    let folder = tempfile::tempdir().unwrap();
    let product = ("DUNLIN_MAIL_PRODUCT_NAME", "Acme");
    let billing = ("DUNLIN_MAIL_BILLING_URL", "https://acme.example/billing");
    let unnamed = run(folder.path(), &["mail", "check"], &[billing]);
    assert_eq!(unnamed.status.code(), Some(1));
    assert!(
        stdout(&unnamed).contains("DUNLIN_MAIL_PRODUCT_NAME is not set"),
        "{unnamed:?}"
    );
    let unlinked = run(folder.path(), &["mail", "check"], &[product]);
    assert!(unlinked.status.success());
    assert!(
        stdout(&unlinked).contains("DUNLIN_MAIL_BILLING_URL is not set"),
        "{unlinked:?}"
    );
    let whole = run(folder.path(), &["mail", "check"], &[product, billing]);
    assert_eq!(stdout(&whole), "Every mail can be rendered in every language.\n");
    let mail = [
        ("DUNLIN_SMTP_URL", "file:mails"),
        ("DUNLIN_MAIL_FROM", "Acme <billing@acme.example>"),
    ];
    let lacking = App::spawn_with(&mail).log();
    let named = App::spawn_with(&[mail[0], mail[1], product, billing]).log();
    for variable in [product.0, billing.0] {
        let complaint = format!("{variable} is not set");
        assert!(
            lacking.contains(&complaint) && !named.contains(&complaint),
            "{lacking}\n{named}"
        );
    }
}
