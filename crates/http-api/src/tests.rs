//! The routes, called through actix's own test service, on a database in a temporary folder.

mod slow_body;

use std::error::Error;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use intake::{AccountFilter, Committer, Sampler, SignatureCounter, clock};
use pay_link::Page;
use persistence::Store;
use serde_json::{Value, json};
use simulator::Trigger;
use stripe_signature::{Secret, Verifier, sign};
use subscription::access::Policy;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::http_server::app;
use crate::{
    AddressFault, ApiKeys, AppState, BODY_DEADLINE, BounceReport, Collected, Lookup, Mail, Metrics, NoBounce, Readiness,
    ReportSource,
};

const KEY: &str = "a key of the services";
const SECRET: &str = "whsec_of_the_tests";
const CUSTOMER: &str = "cus_Acme";

/// Mail that speaks English, and takes addresses with an `@`.
struct PlainMail;

impl Mail for PlainMail {
    fn nearest_locale(&self, _asked: &str) -> &'static str {
        "en"
    }

    fn check_address(&self, email: &str) -> Result<(), AddressFault> {
        email.contains('@').then_some(()).ok_or(AddressFault::Syntax)
    }

    fn read_bounces(&self, source: ReportSource, _report: &[u8]) -> Result<Vec<BounceReport>, NoBounce> {
        match source {
            ReportSource::MailSystem => Err(NoBounce::Unexpected),
            ReportSource::Provider => Ok(vec![BounceReport::Passing]),
        }
    }

    fn page(&self, page: Page, _locale: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
        Ok(format!("{page:?}"))
    }
}

/// The API on a database of its own.
struct Api {
    keys: Data<ApiKeys>,
    state: Data<AppState>,
    _folder: TempDir,
}

/// An answer, with its body as JSON if it is some, else as text.
struct Answer {
    status: u16,
    content_type: String,
    challenge: bool,
    allow: Option<String>,
    body: Value,
}

/// Returns the state on a database in this folder. A body has this time to arrive.
async fn state(folder: &TempDir, deadline: Duration) -> AppState {
    let url = format!("sqlite://{}", folder.path().join("dunlin.db").display());
    let store = Store::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    let verifier = Verifier::try_new([Secret::parse(SECRET).unwrap()]).unwrap();
    let (committer, _committing) = Committer::start(&store, Sampler::start(store.clone(), |_| {}), || {});
    let (_examining, examined) = watch::channel(None);
    AppState {
        signatures: SignatureCounter::of(&verifier).into(),
        verifier,
        collected: Collected::new(deadline),
        filter: AccountFilter::default(),
        readiness: Readiness::of(store.clone(), committer.clone()),
        committer,
        lookup: Lookup::start(store.clone()),
        store,
        policy: Policy::default(),
        metrics: Metrics::new(&["sent"], || 7),
        stripe: None,
        mail: Box::new(PlainMail),
        links: None,
        examined,
        reconciled: None,
    }
}

impl Api {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            keys: Data::new(ApiKeys::new(&[KEY.into()])),
            state: Data::new(state(&folder, BODY_DEADLINE).await),
            _folder: folder,
        }
    }

    /// Calls a route as one of the SaaS's services does.
    async fn call(&self, request: TestRequest) -> Answer {
        self.call_openly(request.insert_header(("Authorization", format!("Bearer {KEY}"))))
            .await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(TestRequest::get().uri(path)).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(TestRequest::put().uri(path).set_json(body)).await
    }

    /// Delivers a body as Stripe does, signed with this secret.
    async fn deliver(&self, body: Vec<u8>, secret: &str) -> Answer {
        let signature = signature(&body, secret);
        let request = TestRequest::post().uri("/api/v1/stripe/webhook").set_payload(body);
        self.call_openly(request.insert_header(("Stripe-Signature", signature))).await
    }

    /// Calls a route without a key.
    async fn call_openly(&self, request: TestRequest) -> Answer {
        let service = init_service(app(self.keys.clone(), self.state.clone())).await;
        let response = call_service(&service, request.to_request()).await;
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, content_type) = (response.status().as_u16(), header(CONTENT_TYPE).unwrap_or_default());
        let (challenge, allow) = (header(WWW_AUTHENTICATE).is_some(), header(ALLOW));
        let body = read_body(response).await;
        let text = || Value::from(String::from_utf8_lossy(&body).into_owned());
        Answer {
            status,
            content_type,
            challenge,
            allow,
            body: serde_json::from_slice(&body).unwrap_or_else(|_| text()),
        }
    }
}

impl Answer {
    /// Asserts that this is a problem document, with this status and code.
    fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{}", self.body);
        assert_eq!(self.content_type, "application/problem+json");
        assert_eq!(self.body["status"], status);
    }
}

/// Signs a body as Stripe does, now.
fn signature(body: &[u8], secret: &str) -> String {
    let at = clock::now().to_unix_seconds().as_secs();
    sign(&Secret::parse(secret).unwrap(), body, at)
}

/// Returns the body of an event of a subscription that runs.
fn event(id: &str) -> Vec<u8> {
    let trigger = Trigger {
        customer: CUSTOMER.to_owned(),
        ..Trigger::new("customer.subscription.created")
    };
    trigger.event_body(id, clock::now().to_unix_seconds().as_secs()).unwrap()
}

#[actix_web::test]
async fn a_delivery_with_a_wrong_signature_is_refused_and_leaves_no_trace() {
    let api = Api::start().await;
    let refused = api.deliver(event("evt_1"), "whsec_of_somebody_else").await;
    refused.assert_problem(400, "signature_no_match");
    let unsigned = TestRequest::post().uri("/api/v1/stripe/webhook").set_payload(event("evt_1"));
    api.call_openly(unsigned).await.assert_problem(400, "signature_missing");
    assert_eq!(api.get("/api/v1/events").await.body["data"], json!([]));
}

#[actix_web::test]
async fn a_delivery_decides_what_its_tenant_may_do() {
    let api = Api::start().await;
    let made = api
        .put("/api/v1/tenants/acme", json!({ "stripe_customer_id": CUSTOMER }))
        .await;
    assert_eq!((made.status, &made.body["mail_locale"]), (201, &json!("en")), "{}", made.body);
    let before = api.get("/api/v1/tenants/acme/access").await;
    assert_eq!(
        (before.status, &before.body["allowed"]),
        (200, &json!(false)),
        "{}",
        before.body
    );

    let first = api.deliver(event("evt_1"), SECRET).await;
    assert_eq!(first.body, json!({"status": "ok", "event_id": "evt_1", "outcome": "applied"}));
    let again = api.deliver(event("evt_1"), SECRET).await;
    assert_eq!((again.status, &again.body["status"]), (200, &json!("duplicate")));

    let after = api.get("/api/v1/tenants/acme/access").await;
    assert_eq!((after.status, &after.body["allowed"]), (200, &json!(true)), "{}", after.body);
    assert_eq!(after.body["reason"]["code"], "trialing");
}

#[actix_web::test]
async fn what_does_not_exist_is_a_problem_document() {
    let api = Api::start().await;
    for path in [
        "/api/v1/tenants/nobody",
        "/api/v1/tenants/nobody/access",
        "/api/v1/nothing",
        "/l/token",
    ] {
        api.get(path).await.assert_problem(404, "not_found");
    }
    api.get("/api/v1/tenants/%00").await.assert_problem(400, "invalid_path");
}

#[actix_web::test]
async fn a_body_that_is_no_tenant_s_is_refused() {
    let api = Api::start().await;
    let contact = |email| json!({ "contacts": [{ "email": email, "role": "billing" }] });
    for body in [
        json!({ "nmae": "Acme" }),
        json!({ "stripe_customer_id": "sub_1" }),
        json!({ "timezone": "Mars" }),
        contact("bo"),
    ] {
        api.put("/api/v1/tenants/acme", body)
            .await
            .assert_problem(400, "invalid_body");
    }
    assert_eq!(api.put("/api/v1/tenants/acme", contact("bo@acme.example")).await.status, 201);
    api.get("/api/v1/tenants?limit=0").await.assert_problem(400, "invalid_query");
}

#[actix_web::test]
async fn only_callers_with_a_key_are_answered() {
    let api = Api::start().await;
    for path in ["/api/v1/tenants", "/metrics", "/readyz?verbose"] {
        let refused = api.call_openly(TestRequest::get().uri(path)).await;
        refused.assert_problem(401, "unauthorized");
        assert!(refused.challenge, "{path}");
        assert_eq!(api.get(path).await.status, 200, "{path}");
    }
    for path in ["/healthz", "/readyz", "/api/v1/openapi.json"] {
        assert_eq!(api.call_openly(TestRequest::get().uri(path)).await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn a_bounce_report_is_answered_by_what_it_says() {
    let api = Api::start().await;
    let report = |content_type| {
        let request = TestRequest::post().uri("/api/v1/mail/bounces").set_payload("a report");
        api.call(request.insert_header((CONTENT_TYPE, content_type)))
    };
    assert_eq!(report("application/json").await.body["data"][0]["outcome"], "passing");
    assert_eq!(report("message/rfc822").await.body["data"][0]["outcome"], "ignored");
    report("text/html").await.assert_problem(415, "unsupported_media_type");
}

#[actix_web::test]
async fn the_numbers_tell_what_this_process_did() {
    let api = Api::start().await;
    api.deliver(event("evt_1"), SECRET).await;
    let page = api.get("/metrics").await.body;
    for line in [
        r#"dunlin_deliveries_total{outcome="applied"} 1"#,
        "dunlin_log_lines_dropped_total 7",
        "dunlin_ready 1",
    ] {
        assert!(page.as_str().unwrap().lines().any(|told| told == line), "{line}: {page}");
    }
}

#[actix_web::test]
async fn a_wrong_path_of_the_webhook_names_the_right_one() {
    let api = Api::start().await;
    for path in ["/webhook", "/stripe/webhook", "/api/v1/webhook", "/api/v1/stripe/webhook/"] {
        let answer = api.call_openly(TestRequest::post().uri(path)).await;
        answer.assert_problem(404, "not_found");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("POST /api/v1/stripe/webhook"), "{detail}");
    }
}

#[actix_web::test]
async fn a_request_that_is_malformed_anywhere_is_a_problem_document() {
    let api = Api::start().await;
    let tenant = || TestRequest::put().uri("/api/v1/tenants/acme");
    let json = |body: &'static str| tenant().insert_header((CONTENT_TYPE, "application/json")).set_payload(body);
    for (request, status, code) in [
        (TestRequest::post().uri("/api/v1/notices/x/retry"), 400, "invalid_path"),
        (TestRequest::get().uri("/api/v1/proposals?all=perhaps"), 400, "invalid_query"),
        (
            TestRequest::get().uri("/api/v1/notices?tenant_id=%20"),
            400,
            "invalid_tenant_id",
        ),
        (json("{"), 400, "invalid_body"),
        (tenant().set_payload("{}"), 415, "unsupported_media_type"),
        (TestRequest::patch().uri("/api/v1/tenants/acme"), 405, "method_not_allowed"),
        (TestRequest::get().uri("/nowhere"), 404, "not_found"),
    ] {
        api.call(request).await.assert_problem(status, code);
    }
    let refused = api.call_openly(TestRequest::get().uri("/api/v1/stripe/webhook")).await;
    refused.assert_problem(405, "method_not_allowed");
    assert_eq!(refused.allow.as_deref(), Some("POST"));
}

#[actix_web::test]
async fn the_scheme_of_a_key_is_in_any_case() {
    let api = Api::start().await;
    for (scheme, status) in [("bearer", 200), ("BEARER", 200), ("token", 401)] {
        let request = TestRequest::get().uri("/api/v1/tenants");
        let answer = api
            .call_openly(request.insert_header(("Authorization", format!("{scheme} {KEY}"))))
            .await;
        assert_eq!(answer.status, status, "{scheme}");
    }
}

#[actix_web::test]
async fn head_is_answered_where_get_is() {
    let api = Api::start().await;
    for path in ["/healthz", "/readyz", "/metrics", "/api/v1/tenants", "/api/v1/openapi.json"] {
        let answer = api.call(TestRequest::default().method(Method::HEAD).uri(path)).await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

/// An operation of the description.
struct Described {
    method: Method,
    /// Its path, with ids of nothing.
    path: String,
    needs_key: bool,
    is_about_a_tenant: bool,
}

/// Returns every operation that the description has.
async fn described(api: &Api) -> Vec<Described> {
    let description = api.get("/api/v1/openapi.json").await.body;
    let ids = [
        ("{tenant_id}", "nobody"),
        ("{event_id}", "evt_0"),
        ("{id}", "999"),
        ("{email}", "a@b"),
        ("{token}", "x"),
    ];
    let mut all = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push(Described {
                method: method.to_uppercase().parse().unwrap(),
                path: ids.iter().fold(path.clone(), |path, (name, id)| path.replace(name, id)),
                needs_key: operation["security"].is_array(),
                is_about_a_tenant: path.contains("{tenant_id}"),
            });
        }
    }
    all
}

#[actix_web::test]
async fn every_operation_asks_for_a_key_unless_it_needs_none() {
    let api = Api::start().await;
    let operations = described(&api).await;
    assert!(operations.iter().filter(|operation| operation.needs_key).count() > 15);
    for Described {
        method, path, needs_key, ..
    } in operations
    {
        let answer = api.call_openly(TestRequest::with_uri(&path).method(method.clone())).await;
        assert_eq!(answer.status == 401, needs_key, "{method} {path}: {}", answer.body);
        if needs_key {
            answer.assert_problem(401, "unauthorized");
        }
    }
}

#[actix_web::test]
async fn every_path_names_its_methods_to_who_uses_another() {
    let api = Api::start().await;
    for Described {
        method, path, needs_key, ..
    } in described(&api).await
    {
        let request = || TestRequest::with_uri(&path).method(Method::PATCH);
        let answer = api.call(request()).await;
        answer.assert_problem(405, "method_not_allowed");
        assert!(answer.allow.unwrap().contains(method.as_str()), "{method} {path}");
        let open = api.call_openly(request()).await.status;
        assert_eq!(open, if needs_key && path != "/metrics" { 401 } else { 405 }, "{path}");
    }
}

#[actix_web::test]
async fn every_operation_about_a_tenant_knows_none_that_is_not_there() {
    let api = Api::start().await;
    let operations = described(&api).await.into_iter();
    for Described { method, path, .. } in operations.filter(|one| one.is_about_a_tenant && one.method != Method::PUT) {
        let answer = api.call(TestRequest::with_uri(&path).method(method)).await;
        answer.assert_problem(404, "not_found");
    }
}
