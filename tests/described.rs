//! The API and its description, judged by programs that are not ours.

use std::path::PathBuf;
use std::process::Command;

use simulator::Trigger;

use crate::support::{API_KEY, App, event_with, now};

/// The configuration of schemathesis: which check is wrong where, and why.
const CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis.toml");

/// The event that the description has as an example.
const EXAMPLE: &str = "evt_HNjESrAOTXA337leKchj6Ycr";

/// Runs a tool that `tests/run` installs. It must have no complaint.
fn run(tool: &str, arguments: &[&str]) {
    let program: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../target/tools/openapi/bin", tool]
        .iter()
        .collect();
    // They leave files where they run.
    let folder = tempfile::tempdir().unwrap();
    let said = Command::new(&program)
        .args(arguments)
        .current_dir(&folder)
        .output()
        .unwrap_or_else(|error| panic!("{tool} is missing; tests/run installs it: {}: {error}", program.display()));
    let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.status.success(), "{text}");
}

/// Starts a server that knows a few tenants, two of which have a history.
fn lived_in() -> App {
    let app = App::spawn();
    for (tenant, customer) in [("acme", "cus_demo"), ("globex", "cus_2"), ("initech", "cus_3")] {
        assert_eq!(app.bind(tenant, customer).status, 201);
    }
    let created = Trigger::new("customer.subscription.created")
        .event_body(EXAMPLE, now())
        .unwrap();
    assert_eq!(app.deliver(&created).status, 200);
    assert_eq!(app.trigger("invoice.payment_failed").status, 200);
    let ended = event_with("customer.subscription.deleted", "cus_2", "sub_2", &[]);
    assert_eq!(app.deliver(&ended).status, 200);
    app
}

#[test]
fn the_description_is_valid_openapi() {
    let app = App::spawn();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, app.get_as(None, "/api/v1/openapi.json").body.to_string()).unwrap();
    run("openapi-spec-validator", &["--schema", "3.1", file.path().to_str().unwrap()]);
}

#[test]
fn whatever_is_asked_is_answered_as_described() {
    let app = lived_in();
    let description = format!("http://{}/api/v1/openapi.json", app.address);
    let authorization = format!("Authorization: Bearer {API_KEY}");
    for key in [&["--header", authorization.as_str()] as &[&str], &[]] {
        let fixed = ["--config-file", CONFIGURATION, "run", &description];
        let bounds = ["--max-examples", "30", "--seed", "1", "--no-color"];
        run("schemathesis", &[&fixed as &[&str], &bounds, key].concat());
    }
}
