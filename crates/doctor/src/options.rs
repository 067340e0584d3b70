//! The options of the doctor.

use intake::AccountFilter;
use persistence::PostgresOptions;
use secrecy::SecretString;
use url::Url;

/// The settings that the doctor looks at. Printing them shows no secret.
#[derive(Clone, Debug)]
pub struct Options {
    /// The URL of the database.
    pub database_url: SecretString,
    /// The options of the database, if it is PostgreSQL.
    pub postgres: PostgresOptions,
    /// The events that have an effect.
    pub filter: AccountFilter,
    /// The webhook endpoint's signing secrets.
    pub webhook_secrets: Vec<SecretString>,
    /// The seconds that a delivery's signed time may be off.
    pub signature_tolerance_secs: u64,
    /// The root at which Stripe reaches this server, if it is configured.
    pub public_url: Option<Url>,
    /// True if a destination of mail is configured.
    pub sends_mail: bool,
    /// True if customers are sent mails about failed payments.
    pub sends_dunning: bool,
    /// True if a person has checked that Stripe itself sends no mails about failed payments.
    pub stripe_mails_are_off: bool,
    /// The addresses of the team, in lower case.
    pub team: Vec<String>,
}
