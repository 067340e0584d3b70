//! The content of a letter, and its addressee.

use subscription::{Notice, UnixSeconds};
use url::Url;

/// The subject matter of a letter.
#[derive(Clone, Copy, Debug)]
pub enum Matter<'a> {
    /// A notice about a tenant's subscription.
    Notice(&'a Notice),
    /// To the admin: an address takes no mail. It is one of the operator's own if the letter has no tenant.
    AddressRejected(&'a RejectedAddress),
    /// To the admin: the mail server refuses Dunlin.
    MailRefused(&'a RefusedMail),
    /// A test mail, to the person who checks that mail arrives.
    Test,
    /// To the admin: the things that wait for a person.
    Digest(&'a Digest),
    /// To the admin: Stripe's API returned changes that no webhook had delivered.
    DriftAlert(&'a DriftAlert),
}

/// An address that its mail server refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedAddress {
    /// The address.
    pub email: String,
    /// The reply in the server's words.
    pub reply: String,
}

/// A refusal by a mail server of Dunlin itself, or of what it sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedMail {
    /// The reply in the server's words, or what is missing.
    pub reply: String,
    /// The time of the refusal.
    pub at: UnixSeconds,
}

/// The things that came to wait for a person within a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// The day's first second.
    pub since: UnixSeconds,
    /// The next day's first second.
    pub until: UnixSeconds,
    /// The number of deliveries that could not be read.
    pub quarantined: u64,
    /// The number of notices that were given up.
    pub dead_count: u64,
    /// The first of the notices that were given up.
    pub dead: Vec<StuckNotice>,
    /// The number of notices that may or may not have been sent.
    pub unknown_count: u64,
    /// The first of the notices that may or may not have been sent.
    pub unknown: Vec<StuckNotice>,
}

/// A notice that does not proceed by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckNotice {
    /// Its number.
    pub id: i64,
    /// Its kind.
    pub kind: String,
    /// The tenant that it is about.
    pub tenant_id: String,
    /// The reason why it is stuck.
    pub reason: String,
}

/// The drift found by reading from Stripe: state that differed from Dunlin's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftAlert {
    /// The number of differences.
    pub count: u64,
    /// The time at which the first of them was found.
    pub since: UnixSeconds,
    /// The first of the differences.
    pub listed: Vec<DriftedThing>,
}

/// A difference between Stripe's state and Dunlin's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftedThing {
    /// The tenant or customer that the object belongs to.
    pub of: String,
    /// Stripe's id of the object.
    pub object_id: String,
    /// The kind of difference.
    pub what: String,
    /// Dunlin's value.
    pub from: Option<String>,
    /// Stripe's value.
    pub to: Option<String>,
    /// The event that was never delivered, if one was found.
    pub event: Option<String>,
}

/// The tenant that a letter is about, and the form of address.
#[derive(Clone, Copy, Debug)]
pub struct Addressee<'a> {
    /// The SaaS's own id of the tenant.
    pub tenant_id: &'a str,
    /// The tenant's name, as people know it.
    pub tenant_name: &'a str,
    /// The locale as a BCP 47 tag. Without a translation for its region the language's is used, else English.
    pub locale: &'a str,
    /// The IANA name of the time zone. An unknown name means UTC.
    pub timezone: &'a str,
}

/// Further content of a letter, in addition to its matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Background {
    /// The end of the tenant's access, if it will end.
    pub access_until: Option<UnixSeconds>,
    /// The earlier mails to the tenant about paying, the latest first.
    pub tried: Vec<Tried>,
    /// The link to pay the invoice of a letter to a customer. It works even if Stripe's own link in the notice no
    /// longer does.
    pub pay_link: Option<Url>,
}

/// An earlier mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its kind.
    pub kind: String,
    /// The time at which it was sent.
    pub at: UnixSeconds,
}

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
