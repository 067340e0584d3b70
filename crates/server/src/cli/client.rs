//! Calls to Dunlin's own API, and deliveries to it.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use configuration::Config;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::table::items;

/// The server to call.
#[derive(Debug, Args)]
struct Server {
    /// The server's root URL [default: the address that the configuration here listens on]
    #[arg(long, env = "DUNLIN_URL")]
    url: Option<String>,
}

impl Server {
    /// Returns the server's root, without a trailing slash. A URL of the API or of one of its routes means the server
    /// too.
    fn root(&self, config: &Config) -> anyhow::Result<String> {
        let Some(url) = &self.url else {
            return Ok(format!("http://{}", config.listen));
        };
        let is_url = url.starts_with("http://") || url.starts_with("https://");
        anyhow::ensure!(
            is_url,
            "the server's root is a URL, like http://127.0.0.1:8000, and not {url:?}"
        );
        let root = url.find(API).and_then(|at| url.get(..at)).unwrap_or(url);
        Ok(root.trim_end_matches('/').to_owned())
    }
}

/// The path prefix of the API.
const API: &str = "/api/v1";

/// The server to call, and the key to call it with.
#[derive(Debug, Args)]
pub(super) struct Access {
    #[command(flatten)]
    server: Server,
    /// The API key to use [default: the first of the configuration here]
    #[arg(long, env = "DUNLIN_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
}

impl Access {
    /// Returns the server's root.
    pub(super) fn root(&self, config: &Config) -> anyhow::Result<String> {
        self.server.root(config)
    }

    /// Makes a client for this server and key.
    pub(super) fn client(&self, config: &Config) -> anyhow::Result<Client> {
        Client::new(&self.server, self.api_key.clone(), config)
    }
}

/// A client of the API.
pub(super) struct Client {
    root: String,
    api_key: SecretString,
    agent: ureq::Agent,
}

/// The problem code for something that does not exist.
const NOT_FOUND: &str = "not_found";
/// The longest time that a call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Makes an HTTP client that returns an answer of any status, rather than an error.
pub(super) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0);
    config.build().into()
}

impl Client {
    /// Makes a client of `server` that bears this key, or else the configuration's first key.
    fn new(server: &Server, api_key: Option<String>, config: &Config) -> anyhow::Result<Self> {
        let api_key = api_key.map(SecretString::from).or_else(|| config.api_keys.first().cloned());
        let root = server.root(config)?;
        let api_key = api_key.context("no API key: pass --api-key, or set DUNLIN_API_KEYS, or run where `dunlin dev` runs")?;
        Ok(Self {
            root,
            api_key,
            agent: agent(),
        })
    }

    /// Returns the resource at `path`, or `None` if there is none.
    pub(super) fn get(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let request = self.agent.get(format!("{}{path}", self.root));
        let answer = request.header("Authorization", self.bearer()).call();
        let (status, body) = read(answer, &self.root)?;
        // Another server that answers there does not use this code.
        if status == 404 && body["code"] == NOT_FOUND {
            return Ok(None);
        }
        checked(status, body).map(Some)
    }

    /// Returns every item of the list at `path`, page by page. `path` must already have a query.
    pub(super) fn list(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{path}{cursor}"))?.unwrap_or_default();
            all.extend_from_slice(items(&page));
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }

    /// Puts `body` at `path`.
    pub(super) fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.agent.put(format!("{}{path}", self.root));
        let request = request
            .header("Authorization", self.bearer())
            .header("Content-Type", "application/json");
        let (status, body) = read(request.send(body.to_string()), &self.root)?;
        checked(status, body)
    }

    /// Posts to `path` without a body.
    pub(super) fn post(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.root));
        let (status, body) = read(request.header("Authorization", self.bearer()).send_empty(), &self.root)?;
        checked(status, body)
    }

    /// Posts an email to `path`, and returns the status and body of the answer.
    pub(super) fn post_message(&self, path: &str, message: &[u8]) -> anyhow::Result<(u16, Value)> {
        let request = self.agent.post(format!("{}{path}", self.root));
        let request = request
            .header("Authorization", self.bearer())
            .header("Content-Type", "message/rfc822");
        read(request.send(message), &self.root)
    }

    /// Deletes the resource at `path`.
    pub(super) fn delete(&self, path: &str) -> anyhow::Result<()> {
        let request = self.agent.delete(format!("{}{path}", self.root));
        let (status, body) = read(request.header("Authorization", self.bearer()).call(), &self.root)?;
        checked(status, body).map(drop)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.api_key.expose_secret())
    }
}

/// Returns the status and body of an answer.
pub(super) fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>, root: &str) -> anyhow::Result<(u16, Value)> {
    let mut answer = answer.with_context(|| format!("no answer from {root}; is `dunlin dev` or `dunlin serve` running there?"))?;
    let status = answer.status().as_u16();
    let text = answer
        .body_mut()
        .read_to_string()
        .with_context(|| format!("the answer from {root} broke off"))?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

/// Returns the body of a good answer, or the detail of a bad one as the error.
pub(super) fn checked(status: u16, body: Value) -> anyhow::Result<Value> {
    if (200..300).contains(&status) {
        return Ok(body);
    }
    match body.get("detail").and_then(Value::as_str) {
        Some(detail) => bail!("the server answered {status}: {detail}"),
        None => bail!("the server answered {status}; is it dunlin?"),
    }
}
