//! The client against a server with prepared answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use stripe_client::{Answer, ClientError, EventQuery, KeyMode, MAX_PAGE_SIZE, Options, StripeClient};
use url::Url;

const KEY: &str = "rk_test_hushhushhush";

/// A request as received: its head, in lower case except for the first line, and its body.
struct Asked {
    head: String,
    body: String,
}

impl Asked {
    fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let start = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(start.as_str()))
    }
}

/// Serves these answers, one per request, and then none. The receiver gets the requests.
fn serve(answers: Vec<String>) -> (Url, mpsc::Receiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let (tell, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).unwrap();
            }
            let (first, rest) = head.split_once("\r\n").unwrap();
            let head = format!("{first}\n{}", rest.to_ascii_lowercase().replace("\r\n", "\n"));
            let asked = Asked {
                head,
                body: String::new(),
            };
            let length = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap();
            tell.send(Asked { body, ..asked }).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, asked)
}

fn answer(status: u16, more: &str, body: &str) -> String {
    let date = "Date: Wed, 25 Nov 2026 04:00:00 GMT\r\n";
    let length = body.len();
    format!("HTTP/1.1 {status} So\r\n{date}{more}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn options(api_url: &Url) -> Options {
    Options {
        api_url: api_url.clone(),
        timeout: Duration::from_secs(5),
        max_tries: 2,
        page_size: MAX_PAGE_SIZE,
        ..Options::with_key(KEY.into())
    }
}

fn client(api_url: &Url) -> StripeClient {
    StripeClient::try_new(options(api_url)).unwrap()
}

#[tokio::test]
async fn an_answer_says_when_it_was_true_and_is_as_it_was_sent() {
    let object = r#"{"id": "sub_1",  "object":"subscription"}"#;
    let (url, asked) = serve(vec![answer(200, "", object)]);
    let Answer { value, date, round_trip } = client(&url).subscription("sub_1").await.unwrap();
    assert_eq!(value.bytes(), object.as_bytes());
    assert_eq!(date, 1_795_579_200);
    assert!(round_trip > Duration::ZERO);
    let asked = asked.recv().unwrap();
    assert_eq!(asked.line(), "GET /v1/subscriptions/sub_1 HTTP/1.1");
    assert_eq!(asked.header("authorization"), Some(format!("bearer {KEY}").as_str()));
    assert_eq!(asked.header("stripe-version"), Some("2026-09-30.endive"));
    assert_eq!(asked.header("stripe-account"), None);
    assert_eq!(asked.header("idempotency-key"), None);
}

#[tokio::test]
async fn lists_are_asked_for_by_what_is_wanted_and_from_where() {
    let list = r#"{"object":"list","data":[{"id":"evt_2"},{"id":"evt_1"}],"has_more":true}"#;
    let (url, asked) = serve(vec![answer(200, "", list); 6]);
    let stripe = client(&url);
    let query = EventQuery {
        created_from: Some(5),
        created_to: Some(9),
        types: vec!["invoice.paid".to_owned()],
        delivery_success: Some(false),
        starting_after: Some("evt_3".to_owned()),
        limit: None,
    };
    let page = stripe.events(&query).await.unwrap().value;
    assert_eq!(page.next.as_deref(), Some("evt_1"));
    assert_eq!(page.items[0].bytes(), br#"{"id":"evt_2"}"#);
    stripe.subscriptions(None).await.unwrap();
    stripe.subscriptions_of("cus_1").await.unwrap();
    stripe.open_invoices(Some("in_1")).await.unwrap();
    let in_small_pages = stripe.with_page_size(50);
    in_small_pages.open_invoices(None).await.unwrap();
    in_small_pages.events(&EventQuery::default()).await.unwrap();
    let lines: Vec<String> = asked.try_iter().map(|asked| asked.line().to_owned()).collect();
    assert_eq!(
        lines,
        [
            "GET /v1/events?created[gte]=5&created[lte]=9&delivery_success=false&limit=100&starting_after=evt_3&types[0]=invoice.paid \
             HTTP/1.1",
            "GET /v1/subscriptions?limit=100&status=all HTTP/1.1",
            "GET /v1/subscriptions?customer=cus_1&limit=100&status=all HTTP/1.1",
            "GET /v1/invoices?limit=100&starting_after=in_1&status=open HTTP/1.1",
            "GET /v1/invoices?limit=50&status=open HTTP/1.1",
            "GET /v1/events?limit=50 HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn another_account_is_asked_about_by_name() {
    let (url, asked) = serve(vec![answer(200, "", "{}"); 2]);
    let stripe = client(&url).with_account(Some("acct_1")).unwrap();
    stripe.customer("cus_1").await.unwrap();
    stripe.with_account(None).unwrap().customer("cus_1").await.unwrap();
    assert_eq!(asked.recv().unwrap().header("stripe-account"), Some("acct_1"));
    assert_eq!(asked.recv().unwrap().header("stripe-account"), None);
}

#[tokio::test]
async fn what_is_posted_again_bears_the_same_idempotency_key() {
    let session = r#"{"object":"billing_portal.session","url":"https://billing.stripe.com/p/1"}"#;
    let (url, asked) = serve(vec![answer(500, "", "{}"), answer(200, "", session)]);
    let session = client(&url)
        .portal_session("cus_1", Some("https://acme.example/"))
        .await
        .unwrap();
    assert_eq!(session.value.as_str(), "https://billing.stripe.com/p/1");
    let (first, second) = (asked.recv().unwrap(), asked.recv().unwrap());
    assert_eq!(first.line(), "POST /v1/billing_portal/sessions HTTP/1.1");
    assert_eq!(first.body, "customer=cus_1&return_url=https://acme.example/");
    assert_eq!(first.body, second.body);
    assert!(first.header("idempotency-key").is_some_and(|key| key.len() == 36));
    assert_eq!(first.header("idempotency-key"), second.header("idempotency-key"));
}

#[tokio::test]
async fn stripe_is_not_asked_again_before_it_wants_to_be() {
    let (url, asked) = serve(vec![answer(429, "Retry-After: 1\r\n", "{}"), answer(200, "", "{}")]);
    let began = Instant::now();
    client(&url).customer("cus_1").await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(asked.try_iter().count(), 2);
}

#[tokio::test]
async fn what_stripe_wants_to_be_left_alone_for_longer_is_told_instead_of_waited_for() {
    let (url, asked) = serve(vec![answer(429, "Retry-After: 3600\r\n", "{}")]);
    let error = client(&url).customer("cus_1").await.unwrap_err();
    assert!(
        matches!(error, ClientError::RateLimited { retry_after: Some(after) } if after.as_secs() == 3600),
        "{error}"
    );
    assert!(error.is_of_the_moment());
    assert_eq!(asked.try_iter().count(), 1);
}

#[tokio::test]
async fn what_stripe_asked_for_holds_for_the_next_question_of_any_clone() {
    let (url, asked) = serve(vec![answer(503, "Retry-After: 3600\r\n", "{}"), answer(200, "", "{}")]);
    let stripe = client(&url);
    drop(stripe.customer("cus_1").await.unwrap_err());
    let clones = [
        stripe.clone(),
        stripe.with_account(Some("acct_1")).unwrap(),
        stripe.with_page_size(9),
    ];
    for clone in clones {
        let error = clone.customer("cus_1").await.unwrap_err();
        assert!(
            matches!(error, ClientError::RateLimited { retry_after: Some(after) } if after.as_secs() > 3500),
            "{error}"
        );
    }
    assert_eq!(asked.try_iter().count(), 1, "Stripe was left alone");
}

#[tokio::test]
async fn each_refusal_is_told_apart_and_asked_once() {
    type Is = fn(&ClientError) -> bool;
    let table: [(u16, &str, &str, Is); 7] = [
        (404, "", r#"{"error":{"code":"resource_missing"}}"#, |e| {
            matches!(e, ClientError::NotFound { .. })
        }),
        (400, "", r#"{"error":{"code":"resource_missing"}}"#, |e| {
            matches!(e, ClientError::NotFound { .. })
        }),
        (401, "", r#"{"error":{"message":"Invalid API Key"}}"#, |e| {
            matches!(e, ClientError::Unauthorized)
        }),
        (403, "", r#"{"error":{"code":"account_invalid"}}"#, |e| {
            matches!(e, ClientError::WrongAccount)
        }),
        (403, "", r#"{"error":{"type":"invalid_request_error"}}"#, |e| {
            matches!(e, ClientError::Forbidden { .. })
        }),
        (302, "Location: http://elsewhere.example/\r\n", "", |e| {
            matches!(e, ClientError::Refused { status: 302, .. })
        }),
        (500, "Stripe-Should-Retry: false\r\n", "{}", |e| {
            matches!(e, ClientError::Refused { status: 500, .. })
        }),
    ];
    for (status, more, body, is) in table {
        let (url, asked) = serve(vec![answer(status, more, body)]);
        let error = client(&url).invoice("in_1").await.unwrap_err();
        assert!(is(&error), "{status} {body}: {error:?}");
        assert!(!error.is_of_the_moment(), "{error:?}");
        assert_eq!(asked.try_iter().count(), 1, "{status}");
    }
}

#[tokio::test]
async fn what_may_help_is_tried_as_often_as_allowed_and_then_said_to_be_of_the_moment() {
    for (status, more) in [(503, ""), (409, ""), (424, ""), (400, "Stripe-Should-Retry: true\r\n")] {
        let (url, asked) = serve(vec![answer(status, more, "{}"); 2]);
        let error = client(&url).invoice("in_1").await.unwrap_err();
        assert!(matches!(error, ClientError::Unavailable { tries: 2, .. }), "{error:?}");
        assert!(error.is_of_the_moment());
        assert_eq!(asked.try_iter().count(), 2, "{status}");
    }
}

#[tokio::test]
async fn no_answer_in_time_and_no_answer_at_all_are_of_the_moment() {
    // The listener accepts the connection and sends nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", silent.local_addr().unwrap())).unwrap();
    let impatient = client(&url).impatient(Duration::from_millis(100));
    let error = impatient.invoice("in_1").await.unwrap_err();
    assert_eq!(error.to_string(), "Stripe did not answer in time (1 try)");
    drop(silent);
    let error = impatient.invoice("in_1").await.unwrap_err();
    assert!(matches!(error, ClientError::Unavailable { tries: 1, .. }), "{error:?}");
    let (url, _asked) = serve(vec!["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".to_owned()]);
    let error = client(&url)
        .impatient(Duration::from_secs(5))
        .invoice("in_1")
        .await
        .unwrap_err();
    assert!(error.is_of_the_moment(), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_stripes_is_none() {
    let (url, _asked) = serve(vec![
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}".to_owned(),
    ]);
    let error = client(&url).invoice("in_1").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the answer to /invoices/in_1 is not one of Stripe's: it has no Date"
    );
    let (url, _asked) = serve(vec![
        answer(200, "", "<html>"),
        answer(200, "", r#"{"data":[{}],"has_more":false}"#),
    ]);
    let stripe = client(&url);
    for error in [
        stripe.open_invoices(None).await.unwrap_err(),
        stripe.webhook_endpoints().await.unwrap_err(),
    ] {
        assert!(matches!(error, ClientError::Unreadable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_id_that_is_none_is_asked_of_nobody() {
    let (url, asked) = serve(Vec::new());
    for id in ["", ".", "..", "in_1/../x", "in_1?expand=x", "in 1", "in_ø"] {
        let error = client(&url).invoice(id).await.unwrap_err();
        assert!(matches!(error, ClientError::NotFound { .. }), "{id}: {error:?}");
    }
    assert_eq!(asked.try_iter().count(), 0);
}

#[test]
fn the_key_says_its_mode_and_is_shown_nowhere() {
    let url = Url::parse("http://127.0.0.1:9/").unwrap();
    for (key, mode) in [
        ("sk_live_1", KeyMode::Live),
        ("rk_live_1", KeyMode::Live),
        ("sk_test_1", KeyMode::Test),
        (KEY, KeyMode::Test),
        ("key", KeyMode::Unknown),
    ] {
        let options = Options {
            api_url: url.clone(),
            ..Options::with_key(key.into())
        };
        let client = StripeClient::try_new(options.clone()).unwrap();
        assert_eq!(client.key_mode(), mode, "{key}");
        if key == KEY {
            assert!(!format!("{options:?} {client:?}").contains("hush"));
        }
    }
    for key in ["", " ", "rk_test_\n"] {
        let error = StripeClient::try_new(Options::with_key(key.into())).unwrap_err();
        assert!(matches!(error, ClientError::Key), "{key:?}");
    }
}
