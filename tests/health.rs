//! The requests of a balancer and of an orchestrator.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::support::App;

const PATIENCE: Duration = Duration::from_secs(20);

/// Returns the status line and the body of the answer to HEAD.
fn head(app: &App, path: &str) -> (String, String) {
    let asked = format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answer = app.speak(asked.as_bytes(), Duration::from_secs(10));
    let (header, body) = answer.split_once("\r\n\r\n").unwrap();
    (header.lines().next().unwrap().to_owned(), body.to_owned())
}

#[test]
fn who_is_not_ready_says_which_check_failed_and_why() {
    let app = App::spawn();
    let ready = app.get("/readyz?verbose");
    assert_eq!((ready.status, &ready.body["status"]), (200, &"ok".into()));
    let checks = |body: &serde_json::Value| {
        let all = body["checks"].as_array().unwrap().iter();
        let each = all.map(|check| (check["id"].as_str().unwrap().to_owned(), check["ok"].as_bool().unwrap()));
        each.collect::<Vec<_>>()
    };
    let named = |deliveries, database, schema| {
        let each = [("deliveries", deliveries), ("database", database), ("schema", schema)];
        each.map(|(id, ok)| (id.to_owned(), ok)).to_vec()
    };
    assert_eq!(checks(&ready.body), named(true, true, true));
    assert_eq!(head(&app, "/readyz"), ("HTTP/1.1 200 OK".to_owned(), String::new()));

    let file = PathBuf::from(app.database_url().trim_start_matches("sqlite://"));
    fs::rename(&file, file.with_extension("away")).unwrap();
    let unready = app.wait_for(PATIENCE, || {
        Some(app.get_as(None, "/readyz")).filter(|ready| ready.status == 503)
    });
    let detail = unready.body["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("database: ") && detail.contains("removed or replaced"),
        "{detail}"
    );
    assert_eq!(
        (unready.content_type.as_str(), unready.body["code"].as_str()),
        ("application/problem+json", Some("unavailable"))
    );
    assert!(unready.retry_after.is_some());
    let verbose = app.get("/readyz?verbose");
    assert_eq!((verbose.status, &verbose.body["detail"]), (503, &unready.body["detail"]));
    assert_eq!(checks(&verbose.body), named(true, false, false));
    assert!(
        verbose.body["checks"][2]["detail"]
            .as_str()
            .unwrap()
            .starts_with("not looked at")
    );
    assert_eq!(
        app.get_as(None, "/readyz?verbose").status,
        401,
        "details are for bearers of a key"
    );
    assert_eq!(
        head(&app, "/readyz"),
        ("HTTP/1.1 503 Service Unavailable".to_owned(), String::new())
    );
    // The server stays alive, because a restart would not help.
    assert_eq!(app.get_as(None, "/healthz").status, 200);
    assert_eq!(head(&app, "/healthz"), ("HTTP/1.1 200 OK".to_owned(), String::new()));

    fs::rename(file.with_extension("away"), &file).unwrap();
    app.wait_for(PATIENCE, || (app.get("/readyz").status == 200).then_some(()));
}
