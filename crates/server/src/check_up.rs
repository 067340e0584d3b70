//! The doctor as configured: its options, and the checks that only the binary can make.

use configuration::{Config, ConfigError, Loaded, MailConfig};
use doctor::{Options, OwnSide, Report, StripeAccess};
use intake::clock;

use crate::stripe_api;

mod mail_server;
mod settings;

/// Checks everything. Without a configuration it only says so, because nothing else can be checked.
pub(crate) async fn check_up(loaded: Result<Loaded, ConfigError>) -> Report {
    match loaded {
        Ok(loaded) => {
            let own = OwnSide {
                settings: settings::check(&loaded),
                mail_server: mail_server::check(&loaded.config),
            };
            let (options, stripe) = (options(&loaded.config), stripe(&loaded.config));
            Box::pin(doctor::check_up(&options, &stripe, own)).await
        }
        Err(error) => Report {
            at: clock::now(),
            findings: vec![settings::unusable(&error)],
        },
    }
}

/// Returns the options of the doctor.
pub(crate) fn options(config: &Config) -> Options {
    Options {
        database_url: config.database_url.clone(),
        postgres: config.postgres,
        filter: config.filter.clone(),
        webhook_secrets: config.webhook_secrets.clone(),
        signature_tolerance_secs: config.signature_tolerance_secs,
        public_url: config.link.public_url.clone(),
        sends_mail: config.mail.smtp_url.is_some(),
        sends_dunning: config.mail.smtp_url.is_some() && !config.mail.off.contains("payment_failed"),
        stripe_mails_are_off: config.doctor.stripe_mails_are_off,
        team: team(&config.mail),
    }
}

fn team(config: &MailConfig) -> Vec<String> {
    let people = config.admin.iter().chain(&config.sales);
    let addresses = people.filter_map(|person| person.parse::<mail::Mailbox>().ok());
    addresses.map(|person| person.email.to_string().to_lowercase()).collect()
}

/// Makes the client if there is a key that can be sent. A key of another form is among the mistakes of the
/// configuration.
fn stripe(config: &Config) -> StripeAccess {
    if config.stripe_api.is_some() && !config.may_ask() {
        return StripeAccess::Unusable(None);
    }
    match stripe_api::client(config) {
        Ok(client) => client.map_or(StripeAccess::NoKey, |client| StripeAccess::Client(Box::new(client))),
        Err(error) => StripeAccess::Unusable(Some(error)),
    }
}
