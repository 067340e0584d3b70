//! The examination: everything that can be asked.

use std::time::Duration;

use intake::{clock, thin};
use persistence::{Scope, Store, StoreError, database_file};
use reconcile::{AskError, knows_ours};
use secrecy::{ExposeSecret, SecretString};
use stripe_client::{Answer, ClientError, KeyMode, Permission, StripeClient};
use stripe_signature::Secret;
use url::Url;

use crate::clock_skew::{self, Clocks};
use crate::finding::{Finding, Report};
use crate::options::Options;
use crate::reach::{self, Reached};
use crate::{deliveries, disk, endpoint, key, mails, outage};

/// The longest time that one question may take. It is asked once, and somebody may be waiting.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The problem code by which Dunlin refuses an unsigned request.
const REFUSAL: &str = "signature_missing";

/// The doctor. It examines the configuration here and at Stripe, and changes nothing.
#[derive(Clone, Debug)]
pub struct Doctor {
    options: Options,
    stripe: Option<StripeClient>,
    /// The database, or `None` if there is none yet.
    store: Option<Store>,
}

impl Doctor {
    /// Makes a doctor. Without a client, Stripe is not asked; without a store, what is stored is not looked at.
    pub fn new(options: Options, stripe: Option<&StripeClient>, store: Option<&Store>) -> Self {
        Self {
            options,
            stripe: stripe.map(|stripe| stripe.impatient(PATIENCE)),
            store: store.cloned(),
        }
    }

    /// Runs every check, one after the other. A check that cannot be made is a finding too.
    pub async fn examine(&self) -> Report {
        let database = database_file(self.options.database_url.expose_secret());
        let mut findings = Vec::from_iter(database.as_deref().and_then(disk::check));
        match &self.stripe {
            Some(stripe) => findings.extend(self.ask(stripe).await),
            None => findings.push(key::none()),
        }
        findings.extend(self.deliveries().await);
        findings.extend(self.mail().await);
        findings.push(mails::check(self.options.sends_dunning, self.options.stripe_mails_are_off));
        Report {
            at: clock::now(),
            findings,
        }
    }

    async fn ask(&self, stripe: &StripeClient) -> Vec<Finding> {
        let mut findings = vec![key::mode(stripe.key_mode(), self.options.filter.livemode)];
        let tried = match Tried::all(stripe).await {
            Ok(tried) => tried,
            Err(error) => {
                findings.push(key::refused(&error));
                return findings;
            }
        };
        findings.push(Finding::ok(key::ID, "Stripe accepts the API key"));
        findings.extend(key::scopes(&tried.answers));
        findings.extend(
            tried
                .clocks
                .map(|clocks| clock_skew::check(clocks, self.options.signature_tolerance_secs)),
        );
        findings.extend(self.account(stripe).await);
        if tried.is_allowed(Permission::WebhookEndpoints) {
            findings.extend(self.endpoints(stripe).await);
        }
        findings
    }

    /// Returns the fingerprints of the webhook secrets.
    fn fingerprints(&self) -> Vec<String> {
        self.options.webhook_secrets.iter().filter_map(fingerprint).collect()
    }

    /// Reports what the received deliveries show.
    async fn deliveries(&self) -> Vec<Finding> {
        let Some(store) = &self.store else {
            return Vec::new();
        };
        let hours = match store.inbox().delivery_hours().await {
            Ok(hours) => hours,
            Err(error) => {
                unread(&error);
                return Vec::new();
            }
        };
        let now = clock::now();
        let is_test_mode = self.options.filter.livemode == Some(false);
        let mut findings = deliveries::secrets(&self.fingerprints(), &hours, now);
        findings.push(deliveries::times(&hours, now));
        findings.push(deliveries::silence(is_test_mode, &hours, now));
        match store.inbox().quarantined_versions(deliveries::recently(now)).await {
            Ok(versions) => findings.extend(deliveries::quarantined(&versions)),
            Err(error) => unread(&error),
        }
        match store
            .inbox()
            .ignored_for(thin::REASON, now.plus_secs(-deliveries::DAY_SECS))
            .await
        {
            Ok(events) => findings.extend(deliveries::thin(events)),
            Err(error) => unread(&error),
        }
        findings
    }

    /// Reports whether mail goes out and reaches the team.
    async fn mail(&self) -> Vec<Finding> {
        let Some(store) = self.store.as_ref().filter(|_| self.options.sends_mail) else {
            return Vec::new();
        };
        match (
            store.outbox().mail_outage().await,
            store.outbox().suppressed_addresses().await,
        ) {
            (Ok(outage), Ok(suppressed)) => {
                let mut findings = outage::team(&self.options.team, &suppressed);
                findings.push(outage::server(outage.as_ref(), clock::now()));
                findings
            }
            (Err(error), _) | (_, Err(error)) => {
                unread(&error);
                Vec::new()
            }
        }
    }

    /// Reports whether Stripe knows the subscriptions that are known here. Returns `None` if that could not be found
    /// out.
    async fn account(&self, stripe: &StripeClient) -> Option<Finding> {
        let livemode = match (stripe.key_mode(), self.options.filter.livemode) {
            (KeyMode::Live, _) => true,
            (KeyMode::Test, _) => false,
            (KeyMode::Unknown, ours) => ours?,
        };
        let scope = Scope {
            account: self.options.filter.account.clone().unwrap_or_default(),
            livemode,
        };
        match knows_ours(stripe, self.store.as_ref()?, &scope).await {
            Ok(knows_ours) => Some(key::account(knows_ours)),
            Err(AskError::Store(error)) => {
                unread(&error);
                None
            }
            // The finding about the scopes reports it.
            Err(AskError::Stripe(ClientError::Forbidden { .. })) => None,
            Err(error) => Some(key::account_unknown(&error)),
        }
    }

    /// Checks the endpoints of the key's own account. They may deliver the events of connected accounts.
    async fn endpoints(&self, stripe: &StripeClient) -> Vec<Finding> {
        let own = stripe.with_account(None);
        let listed = match own {
            Ok(own) => own.webhook_endpoints().await,
            Err(error) => Err(error),
        };
        let endpoints = match listed {
            Ok(answer) => answer.value,
            Err(error) => return vec![endpoint::unlisted(&error)],
        };
        let mut findings = endpoint::check(&endpoints, self.options.public_url.as_ref());
        for endpoint in endpoint::ours(&endpoints, self.options.public_url.as_ref()) {
            let reached = reach(endpoint.url.clone()).await;
            findings.push(reach::check(&endpoint.url, &reached));
        }
        findings
    }
}

/// The result of trying each permission.
struct Tried {
    answers: Vec<(Permission, Result<(), ClientError>)>,
    clocks: Option<Clocks>,
}

impl Tried {
    /// Tries all permissions. A failure of one does not stop the others, unless Stripe refuses the key, Stripe wants to
    /// be left alone, or there was no answer to the first two.
    async fn all(stripe: &StripeClient) -> Result<Self, ClientError> {
        let mut tried = Self {
            answers: Vec::with_capacity(Permission::ALL.len()),
            clocks: None,
        };
        for permission in Permission::ALL {
            let answer = stripe.try_permission(permission).await;
            let answer = answer.map(|answer| tried.clocks = tried.clocks.or_else(|| answer.as_ref().map(clocks_of)));
            match answer {
                Err(error) if key::is_final(&error) || (tried.is_in_vain() && !key::is_answer(&error)) => return Err(error),
                answer => tried.answers.push((permission, answer)),
            }
        }
        Ok(tried)
    }

    fn is_in_vain(&self) -> bool {
        let is_answer = |answer: &Result<(), ClientError>| answer.as_ref().err().is_none_or(key::is_answer);
        !self.answers.is_empty() && !self.answers.iter().any(|(_, answer)| is_answer(answer))
    }

    fn is_allowed(&self, permission: Permission) -> bool {
        self.answers
            .iter()
            .any(|(tried, answer)| *tried == permission && answer.is_ok())
    }
}

fn unread(error: &StoreError) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "the doctor could not read the database"
    );
}

/// Returns the fingerprint of a secret, or `None` for a blank one, with which no server starts.
fn fingerprint(secret: &SecretString) -> Option<String> {
    let secret = Secret::parse(secret.expose_secret()).ok()?;
    Some(secret.fingerprint())
}

fn clocks_of(answer: &Answer<()>) -> Clocks {
    Clocks {
        date: answer.date,
        round_trip: answer.round_trip,
        ours_micros: clock::now().as_micros(),
    }
}

/// Calls an endpoint's URL as Stripe would, but without a signature.
async fn reach(url: String) -> Reached {
    let called = tokio::task::spawn_blocking(move || call(&url)).await;
    called.ok().flatten().unwrap_or(Reached::Nobody)
}

fn call(url: &str) -> Option<Reached> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    let agent: ureq::Agent = config.into();
    let mut answer = agent.post(url).send_empty().ok()?;
    let status = answer.status().as_u16();
    let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
    let location = location.map(|location| resolve(url, location));
    let body: Option<serde_json::Value> = answer
        .body_mut()
        .read_to_string()
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok());
    let is_dunlin = status == 400 && body.is_some_and(|body| body["code"] == REFUSAL);
    Some(Reached::Answered {
        status,
        is_dunlin,
        location,
    })
}

/// Returns the target of a redirect, which may be relative to the redirecting URL.
fn resolve(url: &str, location: &str) -> String {
    let resolved = Url::parse(url).and_then(|url| url.join(location));
    resolved.map_or_else(|_| location.to_owned(), String::from)
}
