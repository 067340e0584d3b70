//! The brand in whose name letters are written.

use url::Url;

/// The brand in whose name letters are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// The product's name, as customers know it.
    pub product_name: String,
    /// The page where a customer changes the card.
    pub billing_url: Option<Url>,
    /// The address where customers get help.
    pub support_email: Option<String>,
    /// The number of days that data is kept after a subscription ends.
    pub data_retention_days: Option<u32>,
    /// The root URL of Dunlin's pay links. Only this one may be http, for set-ups on a single machine.
    pub public_url: Option<Url>,
    /// Further origins that letters may link to, in addition to the billing page's, Dunlin's and Stripe's.
    pub link_origins: Vec<Url>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            product_name: "Dunlin".to_owned(),
            billing_url: None,
            support_email: None,
            data_retention_days: None,
            public_url: None,
            link_origins: Vec::new(),
        }
    }
}
