//! The check-up that a person asks for: Dunlin's own side first, then Stripe's.

use intake::clock;

use super::examination::PATIENCE;
use super::finding::{Finding, Report};
use super::{Doctor, configuration, database, key, mail_server};
use crate::config::{Config, ConfigError, Loaded};
use crate::stripe_api;

/// Checks everything. Without a configuration it only says so, because nothing else can be checked.
pub async fn check_up(loaded: Result<Loaded, ConfigError>) -> Report {
    let findings = match loaded {
        Ok(loaded) => look(&loaded).await,
        Err(error) => vec![configuration::unusable(&error)],
    };
    Report {
        at: clock::now(),
        findings,
    }
}

async fn look(loaded: &Loaded) -> Vec<Finding> {
    let config = &loaded.config;
    let mut findings = configuration::check(loaded);
    let (store, found) = database::open(config).await;
    findings.extend(found);
    findings.push(mail_server::check(config, PATIENCE).await);
    let (stripe, refused) = stripe(config);
    let doctor = Doctor::new(config, stripe.as_ref(), store.as_ref());
    let examined = doctor.examine().await.findings;
    // The absence of a key is only reported if none was set.
    let is_said = config.stripe_api.is_some() && stripe.is_none();
    findings.extend(refused);
    findings.extend(examined.into_iter().filter(|finding| !(is_said && finding.id == key::ID)));
    if let Some(store) = store
        && let Err(error) = store.close().await
    {
        findings.push(database::unreachable(&error));
    }
    findings
}

/// Makes the client if there is a key that can be sent, or else returns the reason. A key of another form is among the
/// mistakes of the configuration.
fn stripe(config: &Config) -> (Option<stripe_client::StripeClient>, Option<Finding>) {
    if !config.may_ask() {
        return (None, None);
    }
    match stripe_api::client(config) {
        Ok(client) => (client, None),
        Err(error) => (None, Some(key::refused(&error))),
    }
}
