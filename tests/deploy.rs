//! The deployment examples, used exactly as they are.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use simulator::Trigger;
use test_support::haproxy::Haproxy;
use test_support::ports::lasting_address;

use crate::support::{App, dunlin, event_body};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deploy");

/// Returns an example's text.
fn example(name: &str) -> String {
    fs::read_to_string(Path::new(DEPLOY).join(name)).unwrap()
}

/// Replaces a line, which must exist.
fn replaced(text: &str, line: &str, by: &str) -> String {
    assert!(text.contains(line), "{line}");
    text.replace(line, by)
}

/// Starts the example's balancer before one server, with its two listeners at these addresses.
fn balanced(server: SocketAddr) -> (Haproxy, SocketAddr) {
    let (public, inside) = (lasting_address(), lasting_address());
    let config = replaced(&example("haproxy.cfg"), "bind :8000", &format!("bind {public}"));
    let config = replaced(&config, "bind :8001", &format!("bind {inside}"));
    let template = "server-template instance 8 dunlin:8000 check inter 2s resolvers docker init-addr none";
    let config = replaced(&config, template, &format!("server s0 {server} check inter 200ms"));
    (Haproxy::with_config(&config, public), inside)
}

#[test]
fn the_public_door_lets_in_deliveries_and_pay_links_and_nothing_else() {
    let mut app = App::spawn();
    let behind = app.address;
    let (balancer, inside) = balanced(behind);
    let at = |door: SocketAddr, app: &mut App, path: &str| {
        app.address = door;
        let answer = app.get(path).status;
        app.address = behind;
        answer
    };
    let body = event_body(&Trigger::new("invoice.payment_failed"));
    app.address = balancer.address;
    let delivered = app.deliver(&body);
    let posted = app.post("/api/v1/tenants/acme/sync").status;
    app.address = behind;
    assert_eq!((delivered.status, posted), (200, 404));
    assert_eq!(app.count_events(), 1);
    for path in [
        "/metrics",
        "/readyz",
        "/healthz",
        "/api/v1/tenants",
        "/api/v1/openapi.json",
        "/api/v1/stripe/webhook",
        "/api/v1/stripe/webhook/../../tenants",
        "//api/v1/tenants",
        "/",
    ] {
        assert_eq!(at(balancer.address, &mut app, path), 404, "{path} is not public");
    }
    // This is Dunlin's own answer about a link that it never made, so the balancer let the request through.
    assert_eq!(
        at(balancer.address, &mut app, "/l/made-up"),
        at(behind, &mut app, "/l/made-up")
    );
    for path in ["/metrics", "/readyz", "/api/v1/tenants"] {
        assert_eq!(at(inside, &mut app, path), 200, "{path}");
    }
}

#[test]
fn the_balancers_example_is_valid_as_it_stands() {
    let checked = Command::new(Haproxy::program())
        .args(["-c", "-f"])
        .arg(Path::new(DEPLOY).join("haproxy.cfg"))
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let folder = tempfile::tempdir().unwrap();
    let unit = replaced(
        &example("dunlin.service"),
        "/usr/local/bin/dunlin",
        dunlin().to_str().unwrap(),
    );
    let file = folder.path().join("dunlin.service");
    fs::write(&file, unit).unwrap();
    let verified = Command::new("systemd-analyze").arg("verify").arg(&file).output();
    let verified = verified.expect("systemd-analyze is missing: apt-get install systemd");
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(verified.status.success() && !said.contains("dunlin.service"), "{said}");
}
