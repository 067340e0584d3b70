//! The configuration: one TOML file, overridden by `DUNLIN_…` variables, read once.
//!
//! ```
//! use configuration::{Config, Environment};
//!
//! let set = [("DUNLIN_LISTEN", "127.0.0.1:9000"), ("DUNLIN_STRIPE_WEBHOOK_SECRET", "whsec_1")];
//! let environment: Environment = set.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
//! let loaded = Config::load(None, &environment)?;
//! assert_eq!(loaded.config.listen.port(), 9000);
//! // The variable is DUNLIN_STRIPE_WEBHOOK_SECRETS.
//! assert!(loaded.warnings[0].contains("is it mistyped?"));
//! assert!(loaded.config.check_secrets().is_err());
//! # Ok::<(), configuration::ConfigError>(())
//! ```
//!
//! # Invariants
//!
//! - A variable overrides the file, and the file overrides the default. An empty variable counts as not set.
//! - Only [`environment`] reads the environment. The file is read once.
//! - An error names the variable, or the file and the line, and says what is expected. Neither an error nor a printed
//!   configuration shows a secret.
//! - A setting that cannot work is an error before anything starts. One that only looks wrong is a warning or a
//!   [`Mistake`].
//!
//! # Not here
//!
//! It builds nothing from the settings: each part has its own options, and `server` fills them. It does not check what
//! only a part can know, such as whether a text is an email address. The options of single commands are in `server`.

#![forbid(unsafe_code)]

mod access;
mod binding;
mod config;
mod doctor;
mod environment;
mod error;
mod forms;
mod lacking;
mod link;
mod log;
mod mail;
mod mistake;
mod postgres;
mod reconcile;
mod stripe_api;
mod unknown;
mod variables;

pub use binding::BindingConfig;
pub use config::{Config, DEFAULT_LISTEN, Loaded};
pub use doctor::DoctorConfig;
pub use environment::{Environment, environment};
pub use error::ConfigError;
pub use link::LinkConfig;
pub use log::DEFAULT_LOG;
pub use mail::MailConfig;
pub use mistake::Mistake;
pub use reconcile::ReconcileConfig;
pub use stripe_api::StripeApi;
