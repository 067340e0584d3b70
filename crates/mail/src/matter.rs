//! What a letter is about, and to whom.

use subscription::{Notice, UnixSeconds};
use url::Url;

/// What a letter is about.
#[derive(Clone, Copy, Debug)]
pub enum Matter<'a> {
    /// A tenant's subscription.
    Notice(&'a Notice),
    /// To our admin: an address takes no mail. It is one of our own where the letter is about no tenant.
    AddressRejected(&'a RejectedAddress),
    /// To our admin: the mail server refuses us.
    MailRefused(&'a RefusedMail),
    /// To whoever tries whether mail arrives.
    Test,
    /// To our admin: what waits for a person.
    Digest(&'a Digest),
    /// To our admin: Stripe told what no webhook had.
    DriftAlert(&'a DriftAlert),
}

/// An address that its mail server refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedAddress {
    /// The address.
    pub email: String,
    /// The server's own words.
    pub reply: String,
}

/// A mail server that refuses us, or what we send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedMail {
    /// The server's own words, or what is missing.
    pub reply: String,
    /// When it said so.
    pub at: UnixSeconds,
}

/// What came to wait for a person within a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// The day's first second.
    pub since: UnixSeconds,
    /// The next day's first second.
    pub until: UnixSeconds,
    /// How many deliveries could not be read.
    pub quarantined: u64,
    /// How many notices were given up.
    pub dead_count: u64,
    /// The first of them.
    pub dead: Vec<StuckNotice>,
    /// How many notices may or may not have been sent.
    pub unknown_count: u64,
    /// The first of them.
    pub unknown: Vec<StuckNotice>,
}

/// A notice that goes no further by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckNotice {
    /// Its number.
    pub id: i64,
    /// Its kind.
    pub kind: String,
    /// The tenant it is about.
    pub tenant_id: String,
    /// Why it is stuck.
    pub reason: String,
}

/// What turned out to be otherwise when Stripe was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftAlert {
    /// How much it is.
    pub count: u64,
    /// When the first of it was found.
    pub since: UnixSeconds,
    /// The first of it.
    pub listed: Vec<DriftedThing>,
}

/// One thing that turned out to be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftedThing {
    /// Whose it is.
    pub of: String,
    /// Stripe's id of it.
    pub object_id: String,
    /// What was wrong.
    pub what: String,
    /// What we had.
    pub from: Option<String>,
    /// What Stripe has.
    pub to: Option<String>,
    /// The event that was never delivered, where one was found.
    pub event: Option<String>,
}

/// The tenant that a letter is about, and how it is addressed.
#[derive(Clone, Copy, Debug)]
pub struct Addressee<'a> {
    /// The SaaS's own id of it.
    pub tenant_id: &'a str,
    /// Its name, as people know it.
    pub tenant_name: &'a str,
    /// BCP 47; where there is no translation into it, its language's is taken, and else English.
    pub locale: &'a str,
    /// IANA; a zone that does not exist is UTC.
    pub timezone: &'a str,
}

/// What else a letter can say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Background {
    /// Until when the tenant has access, if that will end.
    pub access_until: Option<UnixSeconds>,
    /// What the tenant was told about paying, the latest first.
    pub tried: Vec<Tried>,
    /// Where the invoice of a letter to a customer can be paid, whatever becomes of Stripe's own link in the notice.
    pub pay_link: Option<Url>,
}

/// A mail that was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its kind.
    pub kind: String,
    /// When.
    pub at: UnixSeconds,
}

/// In whose name letters are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// The product's name, as customers know it.
    pub product_name: String,
    /// The page where a customer changes the card.
    pub billing_url: Option<Url>,
    /// Where customers get help.
    pub support_email: Option<String>,
    /// For how long data is kept after a subscription ended.
    pub data_retention_days: Option<u32>,
    /// Dunlin's own root, to which pay links lead; alone it may be http, where everything runs on one machine.
    pub public_url: Option<Url>,
    /// Origins that letters may link to, beside that of the billing page, Dunlin's own and Stripe's.
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
