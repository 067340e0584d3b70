//! Requests to a server over HTTP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::Trigger;

use super::API_KEY;
use super::app::App;
use super::events::{event_body, signature};

/// The status and JSON of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

impl App {
    /// Delivers a body, signed as Stripe does.
    pub(crate) fn deliver(&self, body: &[u8]) -> Answer {
        self.deliver_as(&signature(body), body)
    }

    /// Delivers a body under this signature header.
    pub(crate) fn deliver_as(&self, header: &str, body: &[u8]) -> Answer {
        self.try_deliver(header, body).unwrap()
    }

    /// Delivers to a server that may be gone.
    pub(crate) fn try_deliver(&self, header: &str, body: &[u8]) -> Option<Answer> {
        deliver_to(self.address, header, body)
    }

    /// Makes an event and delivers it.
    pub(crate) fn trigger(&self, event: &str) -> Answer {
        self.deliver(&event_body(&Trigger::new(event)))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_as(Some(&format!("Bearer {API_KEY}")), path)
    }

    pub(crate) fn get_as(&self, authorization: Option<&str>, path: &str) -> Answer {
        let mut request = agent().get(format!("http://{}{path}", self.address));
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        answer(request.call().unwrap())
    }

    /// Gets a path in one of the formats that this header names.
    pub(crate) fn get_in(&self, accept: &str, path: &str) -> Answer {
        let request = agent().get(format!("http://{}{path}", self.address)).header("Accept", accept);
        answer(request.header("Authorization", format!("Bearer {API_KEY}")).call().unwrap())
    }

    pub(crate) fn post(&self, path: &str) -> Answer {
        let request = agent().post(format!("http://{}{path}", self.address));
        answer(
            request
                .header("Authorization", format!("Bearer {API_KEY}"))
                .send_empty()
                .unwrap(),
        )
    }

    /// Posts a body of this type.
    pub(crate) fn post_body(&self, path: &str, content_type: &str, body: &str) -> Answer {
        self.post_body_as(&format!("Bearer {API_KEY}"), path, content_type, body)
    }

    /// Posts a body of this type under this authorization.
    pub(crate) fn post_body_as(&self, authorization: &str, path: &str, content_type: &str, body: &str) -> Answer {
        let request = agent().post(format!("http://{}{path}", self.address));
        let request = request
            .header("Authorization", authorization)
            .header("Content-Type", content_type);
        answer(request.send(body).unwrap())
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        let request = agent().delete(format!("http://{}{path}", self.address));
        answer(request.header("Authorization", format!("Bearer {API_KEY}")).call().unwrap())
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        let request = agent().put(format!("http://{}{path}", self.address));
        let request = request
            .header("Authorization", format!("Bearer {API_KEY}"))
            .header("Content-Type", "application/json");
        answer(request.send(body.to_string()).unwrap())
    }

    /// Creates a tenant bound to this customer.
    pub(crate) fn bind(&self, tenant: &str, customer: &str) -> Answer {
        self.put(&format!("/api/v1/tenants/{tenant}"), &json!({"stripe_customer_id": customer}))
    }

    /// Returns the tenant's status and the reason code of its access.
    pub(crate) fn status_and_reason(&self, tenant: &str) -> (Value, Value) {
        let shown = self.get(&format!("/api/v1/tenants/{tenant}")).body;
        let access = self.get(&format!("/api/v1/tenants/{tenant}/access")).body;
        (shown["subscription_status"].clone(), access["reason"]["code"].clone())
    }

    /// Returns the kinds of notices owed to the tenant, in the order of their decision.
    pub(crate) fn notices(&self, tenant: &str) -> Vec<String> {
        let notices = self.get(&format!("/api/v1/notices?limit=200&tenant_id={tenant}")).body;
        let notices = notices["data"].as_array().unwrap().iter();
        notices.map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns all items of a list of the API, page by page.
    pub(crate) fn all(&self, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}?limit=200{cursor}")).body;
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Returns the number of events in the inbox.
    pub(crate) fn count_events(&self) -> usize {
        self.all("/api/v1/events").len()
    }

    /// Sends raw bytes to the server and reads until it closes or `patience` is over.
    pub(crate) fn speak(&self, bytes: &[u8], patience: Duration) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(patience)).unwrap();
        stream.write_all(bytes).unwrap();
        read_all(&mut stream)
    }
}

pub(crate) fn deliver_to(address: SocketAddr, header: &str, body: &[u8]) -> Option<Answer> {
    let request = agent().post(format!("http://{address}/api/v1/stripe/webhook"));
    let request = request
        .header("Stripe-Signature", header)
        .header("Content-Type", "application/json; charset=utf-8");
    request.send(body).ok().map(answer)
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    // A read that times out or is reset ends the answer. Whatever came before it counts.
    drop(stream.read_to_end(&mut read));
    String::from_utf8_lossy(&read).into_owned()
}

fn agent() -> ureq::Agent {
    static AGENT: OnceLock<ureq::Agent> = OnceLock::new();
    let agent = AGENT.get_or_init(|| ureq::Agent::config_builder().http_status_as_error(false).build().into());
    agent.clone()
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (content_type, retry_after) = (header("content-type").unwrap_or_default(), header("retry-after"));
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().unwrap_or_default();
    Answer {
        status,
        content_type,
        retry_after,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}
