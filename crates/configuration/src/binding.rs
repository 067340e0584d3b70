//! The settings for binding tenants to Stripe customers by what Stripe's objects say.

use serde::Deserialize;
use std::collections::BTreeSet;
use subscription::facts::ClaimSource;

use crate::error::ConfigError;
use crate::variables::Variables;
use stripe_facts::DEFAULT_METADATA_KEY;

/// The settings by which tenants are bound other than by the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingConfig {
    /// The metadata key under which a subscription or customer names its tenant.
    pub metadata_key: String,
    /// The sources whose claim alone binds a tenant. A claim of another source waits for somebody to accept it.
    pub trusted: BTreeSet<ClaimSource>,
    /// True if such a claim also moves a tenant whose customer has only ended subscriptions: somebody pays again as a
    /// new customer.
    pub rebind_when_ended: bool,
}

/// The file's section.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BindingSection {
    metadata_key: Option<String>,
    trusted: Vec<String>,
    rebind_when_ended: Option<bool>,
}

/// The variables, and whether each is also read from a file that `…_FILE` names.
pub(crate) const VARIABLES: [(&str, bool); 3] = [
    ("DUNLIN_BINDING_METADATA_KEY", false),
    ("DUNLIN_BINDING_TRUSTED", false),
    ("DUNLIN_BINDING_REBIND_WHEN_ENDED", false),
];

/// The longest key of Stripe's metadata, in characters (<https://docs.stripe.com/api/metadata>).
const MAX_KEY_CHARS: usize = 40;

impl BindingConfig {
    pub(crate) fn load(file: BindingSection, variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let key = variables.text("DUNLIN_BINDING_METADATA_KEY").map(str::to_owned);
        let metadata_key = key.or(file.metadata_key).unwrap_or_else(|| DEFAULT_METADATA_KEY.to_owned());
        if !(1..=MAX_KEY_CHARS).contains(&metadata_key.chars().count()) {
            return Err(ConfigError::Variable {
                name: "DUNLIN_BINDING_METADATA_KEY".to_owned(),
                wanted: "a metadata key of Stripe's: 1 to 40 characters",
            });
        }
        let words = variables.list("DUNLIN_BINDING_TRUSTED", file.trusted);
        let trusted = words.iter().map(|word| ClaimSource::parse(word)).collect::<Option<_>>();
        let trusted = trusted.ok_or_else(|| ConfigError::Variable {
            name: "DUNLIN_BINDING_TRUSTED".to_owned(),
            wanted: "a comma-separated list of client_reference_id, subscription_metadata and customer_metadata",
        })?;
        Ok(Self {
            metadata_key,
            trusted,
            rebind_when_ended: variables
                .parsed("DUNLIN_BINDING_REBIND_WHEN_ENDED", "true or false")?
                .or(file.rebind_when_ended)
                .unwrap_or_default(),
        })
    }
}
