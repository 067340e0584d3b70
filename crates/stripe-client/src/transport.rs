//! One try: a request, and an answer in time or none.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::ExposeSecret;
use stripe_client_core::{RequestBuilder, StripeMethod, VERSION};
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use crate::{ClientError, Options};

/// The maximum size of an answer. A page of a hundred objects has a fraction of it.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;
const OUR_NAME: HeaderValue = HeaderValue::from_static(concat!("Dunlin/", env!("CARGO_PKG_VERSION")));
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
const STRIPE_ACCOUNT: HeaderName = HeaderName::from_static("stripe-account");
const STRIPE_SHOULD_RETRY: HeaderName = HeaderName::from_static("stripe-should-retry");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The connections to Stripe, and the headers of every request.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    headers: HeaderMap,
}

/// The result of a try.
#[derive(Debug)]
pub(crate) enum Try {
    /// An answer, possibly a refusal.
    Answered(Reply),
    /// No answer.
    Failed(&'static str),
}

/// An answer as received.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) date: Option<i64>,
    pub(crate) body: Bytes,
    pub(crate) round_trip: Duration,
    retry_after: Option<Duration>,
    /// Stripe's own advice on another try.
    should_retry: Option<bool>,
}

impl Reply {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns `true` if another try can help. See <https://docs.stripe.com/error-low-level>.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        let by_status = matches!(self.status, 409 | 424 | 429 | 500..=599);
        self.should_retry.unwrap_or(by_status)
    }
}

impl Try {
    /// Returns the time for which Stripe asked for no requests, and a description of the result.
    pub(crate) fn told(&self) -> (Option<Duration>, String) {
        match self {
            Self::Answered(reply) => (reply.retry_after, format!("Stripe answered {}", reply.status)),
            Self::Failed(why) => (None, (*why).to_owned()),
        }
    }
}

impl Transport {
    pub(crate) fn try_new(options: &Options) -> Result<Self, ClientError> {
        let key = options.api_key.expose_secret();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {key}")).or(Err(ClientError::Key))?;
        if key.trim().is_empty() {
            return Err(ClientError::Key);
        }
        // Neither `Debug` nor HTTP/2 reveals it.
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(USER_AGENT, OUR_NAME);
        headers.insert(STRIPE_VERSION, HeaderValue::from_static(VERSION.as_str()));
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1();
        let transport = Self {
            client: Client::builder(TokioExecutor::new()).build(connector.build()),
            headers,
        };
        transport.with_account(options.account.as_deref())
    }

    pub(crate) fn with_account(&self, account: Option<&str>) -> Result<Self, ClientError> {
        let mut other = self.clone();
        other.headers.remove(STRIPE_ACCOUNT);
        if let Some(account) = account {
            let account = HeaderValue::from_str(account).or(Err(ClientError::Account))?;
            other.headers.insert(STRIPE_ACCOUNT, account);
        }
        Ok(other)
    }

    /// Builds the request. It is the same in every try.
    pub(crate) fn request(&self, api_url: &Url, asked: RequestBuilder) -> Result<Request<Full<Bytes>>, ClientError> {
        let root = api_url.as_str().trim_end_matches('/');
        let query = asked.query.filter(|query| !query.is_empty());
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let uri = format!("{root}/v1{}{query}", asked.path);
        let method = match asked.method {
            StripeMethod::Get => Method::GET,
            StripeMethod::Post => Method::POST,
            StripeMethod::Delete => Method::DELETE,
        };
        let is_post = method == Method::POST;
        let body = asked.body.unwrap_or_default();
        let request = Request::builder().method(method).uri(uri).body(Full::from(body));
        let mut request = request.map_err(|_malformed| ClientError::NotFound { path: asked.path })?;
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        if is_post {
            headers.insert(CONTENT_TYPE, FORM);
            if let Ok(key) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
                headers.insert(IDEMPOTENCY_KEY, key);
            }
        }
        Ok(request)
    }

    pub(crate) async fn try_once(&self, request: &Request<Full<Bytes>>, timeout: Duration) -> Try {
        let began = Instant::now();
        let exchange = async {
            let response = self.client.request(request.clone()).await.map_err(|error| {
                if error.is_connect() {
                    "Stripe could not be reached"
                } else {
                    "the connection to Stripe broke"
                }
            })?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
            let body = body
                .map_err(|_broken| "Stripe's answer broke off, or was too long")?
                .to_bytes();
            Ok(Reply {
                status: head.status.as_u16(),
                date: text(&head.headers, &DATE).and_then(unix_seconds),
                body,
                round_trip: began.elapsed(),
                retry_after: text(&head.headers, &RETRY_AFTER)
                    .and_then(|secs| secs.trim().parse().ok())
                    .map(Duration::from_secs),
                should_retry: text(&head.headers, &STRIPE_SHOULD_RETRY).and_then(|told| told.parse().ok()),
            })
        };
        match tokio::time::timeout(timeout, exchange).await {
            Ok(Ok(reply)) => Try::Answered(reply),
            Ok(Err(why)) => Try::Failed(why),
            Err(_elapsed) => Try::Failed("Stripe did not answer in time"),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Parses an HTTP date into Unix seconds.
fn unix_seconds(date: &str) -> Option<i64> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    Some(parser.parse_timestamp(date).ok()?.as_second())
}
