//! The addressee of a letter, and what the letter adds to its notice.

use subscription::UnixSeconds;
use url::Url;

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

/// Further content of a letter, in addition to that of its notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Background {
    /// The end of the tenant's access, if it will end.
    pub access_until: Option<UnixSeconds>,
    /// The earlier mails to the tenant about paying, the latest first.
    pub earlier_mails: Vec<EarlierMail>,
    /// The link to pay the invoice of a letter to a customer. It works even if Stripe's own link in the notice no
    /// longer does.
    pub pay_link: Option<Url>,
}

/// An earlier mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierMail {
    /// Its kind.
    pub kind: String,
    /// The time at which it was sent.
    pub at: UnixSeconds,
}
