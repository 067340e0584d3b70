//! Faults of the configuration, here and at Stripe, one at a time: the doctor finds each, and nothing else.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::Value;
use simulator::FakeStripe;
use simulator::api::{Endpoint, Fault, Serving, WebhookEndpoint};
use stripe_signature::{Secret, sign};

use persistence::SignedBy;

use crate::support::{API_KEY, App, SECRET, STRIPE_KEY, event_with, now};

/// The event types that Dunlin needs, by name.
const TYPES: [&str; 24] = [
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.updated",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "invoice.upcoming",
    "payment_method.attached",
    "payment_method.updated",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "customer.updated",
    "customer.deleted",
    "invoice.finalization_failed",
    "charge.dispute.created",
    "charge.dispute.closed",
    "checkout.session.completed",
];

const SECRETS: (&str, &str) = ("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET);
const KEYS: (&str, &str) = ("DUNLIN_API_KEYS", API_KEY);

/// A server, and a Stripe with the right configuration for it.
struct Practice {
    app: App,
    stripe: FakeStripe,
    url: String,
    endpoint: WebhookEndpoint,
    _serving: Serving,
}

impl Practice {
    fn open() -> Self {
        let app = App::spawn();
        let stripe = FakeStripe::new(false);
        let (url, serving) = stripe.serve().unwrap();
        let endpoint = WebhookEndpoint {
            enabled_events: TYPES.map(str::to_owned).to_vec(),
            ..WebhookEndpoint::to(format!("http://{}/api/v1/stripe/webhook", app.address))
        };
        stripe.set_webhook_endpoints(vec![endpoint.clone()]);
        Self {
            app,
            stripe,
            url,
            endpoint,
            _serving: serving,
        }
    }

    /// Returns the exit code, and the findings that are worse than information, with their severities.
    fn examine(&self, variables: &[(&str, &str)]) -> (Option<i32>, Vec<(String, String)>) {
        let mut all = vec![
            SECRETS,
            KEYS,
            STRIPE_KEY,
            ("DUNLIN_STRIPE_API_URL", self.url.as_str()),
            ("DUNLIN_STRIPE_LIVEMODE", "false"),
        ];
        all.extend(variables);
        let output = self.app.command_beside(&all).args(["doctor", "--json"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let findings = report["findings"].as_array().unwrap();
        let bad = findings
            .iter()
            .filter(|finding| finding["severity"] == "warning" || finding["severity"] == "error");
        let bad = bad.map(|finding| {
            assert!(finding["fix"].is_string(), "{finding}");
            let word = |field: &str| finding[field].as_str().unwrap().to_owned();
            (word("id"), word("severity"))
        });
        (output.status.code(), bad.collect())
    }

    fn set_endpoint(&self, change: impl FnOnce(&mut WebhookEndpoint)) {
        let mut endpoint = self.endpoint.clone();
        change(&mut endpoint);
        self.stripe.set_webhook_endpoints(vec![endpoint]);
    }
}

/// A fault: its name, the way to inject it, and the finding expected.
struct Case {
    name: &'static str,
    inject: fn(&Practice),
    variables: &'static [(&'static str, &'static str)],
    finds: &'static [(&'static str, &'static str)],
}

const fn at_stripe(name: &'static str, inject: fn(&Practice), finds: &'static [(&'static str, &'static str)]) -> Case {
    Case {
        name,
        inject,
        variables: &[],
        finds,
    }
}

const CASES: &[Case] = &[
    at_stripe("nothing", |_| {}, &[]),
    at_stripe(
        "a clock behind",
        |practice| practice.stripe.run_ahead(30),
        &[("clock_skew", "warning")],
    ),
    at_stripe(
        "a clock ahead",
        |practice| practice.stripe.run_ahead(-200),
        &[("clock_skew", "error")],
    ),
    at_stripe(
        "no endpoint",
        |practice| practice.stripe.set_webhook_endpoints(Vec::new()),
        &[("endpoint", "error")],
    ),
    at_stripe(
        "an endpoint with another path",
        |practice| practice.set_endpoint(|endpoint| "https://app.acme.example/hooks".clone_into(&mut endpoint.url)),
        &[("endpoint", "error")],
    ),
    at_stripe(
        "a disabled endpoint",
        |practice| practice.set_endpoint(|endpoint| "disabled".clone_into(&mut endpoint.status)),
        &[("endpoint", "error")],
    ),
    at_stripe(
        "an old version",
        |practice| practice.set_endpoint(|endpoint| endpoint.api_version = Some("2018-02-28".to_owned())),
        &[("api_version", "warning")],
    ),
    at_stripe(
        "a type that states need is off",
        |practice| practice.set_endpoint(|endpoint| endpoint.enabled_events.retain(|name| name != "customer.subscription.deleted")),
        &[("event_types", "error")],
    ),
    at_stripe(
        "a type that mails need is off",
        |practice| practice.set_endpoint(|endpoint| endpoint.enabled_events.retain(|name| name != "invoice.upcoming")),
        &[("event_types", "warning")],
    ),
    at_stripe(
        "a harmful type is on",
        |practice| practice.set_endpoint(|endpoint| endpoint.enabled_events.push("invoice.created".to_owned())),
        &[("event_types", "warning")],
    ),
    at_stripe(
        "all types are on",
        |practice| practice.set_endpoint(|endpoint| endpoint.enabled_events = vec!["*".to_owned()]),
        &[("event_types", "warning")],
    ),
    at_stripe(
        "something else answers",
        |practice| {
            let url = practice.url.clone();
            practice.set_endpoint(|endpoint| endpoint.url = format!("{url}api/v1/stripe/webhook"));
        },
        &[("reach", "error")],
    ),
    at_stripe(
        "the key was rolled",
        |practice| practice.stripe.faults().everywhere(&Fault::Unauthorized),
        &[("api_key", "error")],
    ),
    at_stripe(
        "Stripe is down",
        |practice| practice.stripe.faults().everywhere(&Fault::ServerError),
        &[("api_key", "warning")],
    ),
    at_stripe(
        "one look is answered 404",
        |practice| practice.stripe.faults().always(Endpoint::PaymentIntents, Fault::Status(404)),
        &[("key_scopes", "warning")],
    ),
    at_stripe(
        "the first look is answered 501",
        |practice| practice.stripe.faults().always(Endpoint::Customers, Fault::Status(501)),
        &[("key_scopes", "warning")],
    ),
    at_stripe(
        "nothing is known of the endpoint at Stripe's, and the clock is off all the same",
        |practice| {
            practice
                .stripe
                .faults()
                .always(Endpoint::WebhookEndpoints, Fault::Status(404));
            practice.stripe.run_ahead(30);
        },
        &[("key_scopes", "warning"), ("clock_skew", "warning")],
    ),
    at_stripe(
        "something that is not Stripe answers",
        |practice| practice.stripe.faults().everywhere(&Fault::Status(404)),
        &[("api_key", "error")],
    ),
    at_stripe(
        "the key may not read events",
        |practice| practice.stripe.faults().always(Endpoint::Events, Fault::Forbidden),
        &[("key_scopes", "error")],
    ),
    at_stripe(
        "the key may not read subscriptions",
        |practice| practice.stripe.faults().always(Endpoint::Subscriptions, Fault::Forbidden),
        &[("key_scopes", "error")],
    ),
    at_stripe(
        "the key may not read invoices",
        |practice| practice.stripe.faults().always(Endpoint::Invoices, Fault::Forbidden),
        &[("key_scopes", "error")],
    ),
    at_stripe(
        "the key may not read payment intents",
        |practice| practice.stripe.faults().always(Endpoint::PaymentIntents, Fault::Forbidden),
        &[("key_scopes", "warning")],
    ),
    at_stripe(
        "the key may not read customers",
        |practice| practice.stripe.faults().always(Endpoint::Customers, Fault::Forbidden),
        &[("key_scopes", "warning")],
    ),
    at_stripe(
        "the key may not read endpoints",
        |practice| practice.stripe.faults().always(Endpoint::WebhookEndpoints, Fault::Forbidden),
        &[("key_scopes", "warning")],
    ),
    at_stripe(
        "the key may not make portal sessions",
        |practice| practice.stripe.faults().always(Endpoint::PortalSessions, Fault::Forbidden),
        &[("key_scopes", "warning")],
    ),
    at_stripe(
        "the key is of another account",
        |practice| {
            let event = event_with("customer.subscription.created", "cus_elsewhere", "sub_elsewhere", &[]);
            assert_eq!(practice.app.deliver(&event).status, 200);
        },
        &[("account", "error")],
    ),
    at_stripe(
        "deliveries that nobody's secret signed",
        |practice| count(&practice.app, &[(None, 1)]),
        &[("webhook_secrets", "error")],
    ),
    Case {
        name: "the key is of another mode",
        inject: |_| {},
        variables: &[("DUNLIN_STRIPE_LIVEMODE", "true")],
        finds: &[("key_mode", "error")],
    },
    Case {
        name: "an account that the key does not know",
        inject: |_| {},
        variables: &[("DUNLIN_STRIPE_ACCOUNT", "acct_elsewhere")],
        finds: &[("api_key", "error")],
    },
];

/// Records deliveries of this many hours ago, signed by the secret of each fingerprint.
fn count(app: &App, hours: &[(Option<&str>, i64)]) {
    let counting = async {
        let store = persistence::Store::connect(app.database_url()).await.unwrap();
        for (signed_by, hours_ago) in hours {
            let at = persistence::UnixMicros::new(now() * 1_000_000).plus_secs(-hours_ago * 3_600);
            let signed_by = signed_by.map_or(SignedBy::Nobody, |by| SignedBy::Secret(by.to_owned()));
            let counts = [(signed_by, 3)];
            store.inbox().count_deliveries(&counts, at).await.unwrap();
        }
        store.close().await.unwrap();
    };
    tokio::runtime::Runtime::new().unwrap().block_on(counting);
}

/// Returns the doctor's output and exit code.
fn doctor(app: &App, variables: &[(&str, &str)]) -> (String, Option<i32>) {
    let mut command = app.command_beside(&[SECRETS, KEYS]);
    let output = command.envs(variables.iter().copied()).arg("doctor").output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn each_fault_is_found_and_only_it() {
    for case in CASES {
        let practice = Practice::open();
        (case.inject)(&practice);
        let (code, found) = practice.examine(case.variables);
        let found: Vec<(&str, &str)> = found.iter().map(|(id, severity)| (id.as_str(), severity.as_str())).collect();
        assert_eq!(found, case.finds, "{}", case.name);
        assert_eq!(code, Some(i32::from(!case.finds.is_empty())), "{}", case.name);
    }
}

#[test]
fn a_redirect_in_front_is_found_with_where_it_leads() {
    let practice = Practice::open();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let redirecting = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4_096];
        let _read = stream.read(&mut request).unwrap();
        let answer = "HTTP/1.1 308 Permanent Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    practice.set_endpoint(|endpoint| endpoint.url = format!("http://{address}/api/v1/stripe/webhook"));
    let output = practice
        .app
        .command_beside(&[STRIPE_KEY, ("DUNLIN_STRIPE_API_URL", &practice.url)])
        .arg("doctor")
        .output()
        .unwrap();
    redirecting.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(&format!("redirects to http://{address}/elsewhere")), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn without_an_api_key_the_doctor_says_what_it_cannot_tell() {
    let app = App::spawn();
    let (text, code) = doctor(&app, &[]);
    assert!(
        text.contains("there is no API key") && text.contains("were not looked at"),
        "{text}"
    );
    assert_eq!(code, Some(0));
}

#[test]
fn a_version_that_could_not_be_read_is_told() {
    let app = App::spawn();
    let body = event_with(
        "customer.subscription.updated",
        "cus_demo",
        "sub_demo",
        &["status=null", "event.api_version=2031-01-01.hemlock"],
    );
    assert_eq!(app.deliver(&body).body["outcome"], "quarantined");
    let (text, code) = doctor(&app, &[]);
    assert!(
        text.contains("1 delivery of version 2031-01-01.hemlock could not be read"),
        "{text}"
    );
    assert_eq!(code, Some(1));
}

#[test]
fn a_silence_that_is_not_usual_is_found_but_not_in_test_mode() {
    let app = App::spawn();
    let hours: Vec<(Option<&str>, i64)> = (10..60).map(|ago| (Some("0123abcd"), ago)).collect();
    count(&app, &hours[..19]);
    let (text, code) = doctor(&app, &[]);
    assert!(text.contains("silence: too few deliveries"), "{text}");
    assert_eq!(code, Some(0));
    count(&app, &hours[19..]);
    let (text, code) = doctor(&app, &[]);
    assert!(text.contains("warning  silence: no delivery has come for 10 hours"), "{text}");
    assert_eq!(code, Some(1));
    let (text, code) = doctor(&app, &[("DUNLIN_STRIPE_LIVEMODE", "false")]);
    assert!(text.contains("silence: of test mode"), "{text}");
    assert_eq!(code, Some(0));
    count(&app, &[(Some("0123abcd"), 0)]);
    let (text, _) = doctor(&app, &[]);
    assert!(text.contains("silence: deliveries come as usual"), "{text}");
}

#[test]
fn of_several_secrets_it_is_told_which_sign_and_which_is_not_needed() {
    let app = App::spawn();
    let [new, old] = ["whsec_the_new_one", "whsec_the_old_one"];
    let fingerprints = [new, old].map(|secret| Secret::parse(secret).unwrap().fingerprint());
    let both = format!("{new},{old}");
    let say = || doctor(&app, &[("DUNLIN_STRIPE_WEBHOOK_SECRETS", &both)]).0;
    let [of_new, of_old] = fingerprints.each_ref().map(String::as_str);
    let week = 7 * 24;
    count(&app, &[(Some(of_old), week - 1), (Some(of_new), 1)]);
    let text = say();
    for secret in [
        format!("webhook secret 1 (fingerprint {of_new}) last signed"),
        format!("webhook secret 2 (fingerprint {of_old}) last signed"),
    ] {
        assert!(text.contains(&secret), "{text}");
    }
    assert!(!text.contains(new) && !text.contains(old), "{text}");
    let app = App::spawn();
    count(&app, &[(Some(of_old), week + 1), (Some(of_new), 1)]);
    let (text, code) = doctor(&app, &[("DUNLIN_STRIPE_WEBHOOK_SECRETS", &both)]);
    let unneeded = format!("info     webhook_secrets: webhook secret 2 (fingerprint {of_old}) alone signed no delivery");
    assert!(text.contains(&unneeded), "{text}");
    assert!(text.contains("→ remove it from DUNLIN_STRIPE_WEBHOOK_SECRETS"), "{text}");
    assert_eq!(code, Some(0));
}

#[test]
fn a_server_counts_by_whom_its_deliveries_are_signed_and_keeps_that_when_it_stops() {
    let mut app = App::spawn();
    let event = event_with("customer.subscription.created", "cus_a", "sub_a", &[]);
    assert_eq!(app.deliver(&event).status, 200);
    let by_another = sign(&Secret::parse("whsec_of_another_endpoint").unwrap(), &event, now());
    assert_eq!(app.deliver_as(&by_another, &event).body["code"], "signature_no_match");
    // A header without any signature counts as nobody's delivery.
    assert_eq!(app.deliver_as("t=1", &event).status, 400);
    assert!(app.terminate());
    let (text, code) = doctor(&app, &[("DUNLIN_STRIPE_WEBHOOK_SECRETS", SECRET)]);
    let mixed = "warning  webhook_secrets: within a day 1 delivery came, signed with no secret that is configured, beside 1 signed with one";
    assert!(text.contains(mixed), "{text}");
    let fingerprint = Secret::parse(SECRET).unwrap().fingerprint();
    let last = format!("webhook secret 1 (fingerprint {fingerprint}) last signed a delivery in the hour of 20");
    assert!(text.contains(&last), "{text}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_server_shows_what_was_found_to_whoever_has_a_key_and_is_ready_all_the_same() {
    let stripe = FakeStripe::new(false);
    let (url, _serving) = stripe.serve().unwrap();
    let app = App::spawn_with(&[
        STRIPE_KEY,
        ("DUNLIN_STRIPE_API_URL", &url),
        ("DUNLIN_STRIPE_LIVEMODE", "false"),
    ]);
    let report = app.wait_for(std::time::Duration::from_mins(1), || {
        let report = app.get("/readyz?verbose").body["doctor"].clone();
        (!report.is_null()).then_some(report)
    });
    assert_eq!(report["severity"], "error", "{report}");
    let endpoint = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["id"] == "endpoint");
    assert!(
        endpoint.unwrap()["says"].as_str().unwrap().contains("no webhook endpoint"),
        "{report}"
    );
    assert_eq!(app.get_as(None, "/readyz").body, serde_json::json!({"status": "ok"}));
    assert_eq!(app.get_as(None, "/readyz?verbose").status, 401);
    assert_eq!(app.get_as(Some(&format!("Bearer {API_KEY}")), "/readyz?verbose").status, 200);
}
