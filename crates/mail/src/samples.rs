//! A sample of every letter, with data as it could be: for the preview, the check and the tests.

use subscription::{FailedPayment, InvoiceId, Money, Notice, SubscriptionId, UnixSeconds};

use crate::{Addressee, Background, Digest, DriftAlert, Letter, Letters, LettersError, Matter, RefusedMail, RejectedAddress};

mod endings;
mod payments;
mod team;
mod terms;

/// A letter that could be written.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its name, good for a file.
    pub name: &'static str,
    /// What it is about.
    pub matter: SampleMatter,
    /// What else is known.
    pub background: Background,
    /// Whether it is known which tenant it is about.
    pub has_tenant: bool,
}

/// What a sample is about.
#[derive(Clone, Debug)]
pub enum SampleMatter {
    /// A tenant's subscription.
    Notice(Notice),
    /// A refused address.
    AddressRejected(RejectedAddress),
    /// A mail server that refuses us.
    MailRefused(RefusedMail),
    /// An email that tries the way.
    Test,
    /// What waits for a person.
    Digest(Digest),
    /// What no webhook had told.
    DriftAlert(DriftAlert),
}

impl Sample {
    /// The letter in this language.
    ///
    /// # Errors
    /// As [`Letters::write`].
    pub fn write(&self, letters: &Letters, locale: &str) -> Result<Letter, LettersError> {
        let to = Addressee {
            tenant_id: if self.has_tenant { "demo" } else { "" },
            tenant_name: if self.has_tenant { "Demo Rowing Club" } else { "" },
            locale,
            timezone: "Europe/Copenhagen",
        };
        let matter = match &self.matter {
            SampleMatter::Notice(notice) => Matter::Notice(notice),
            SampleMatter::AddressRejected(rejected) => Matter::AddressRejected(rejected),
            SampleMatter::MailRefused(refused) => Matter::MailRefused(refused),
            SampleMatter::Test => Matter::Test,
            SampleMatter::Digest(digest) => Matter::Digest(digest),
            SampleMatter::DriftAlert(alert) => Matter::DriftAlert(alert),
        };
        letters.write(&matter, &to, &self.background)
    }
}

const DAY: i64 = 24 * 60 * 60;
/// 2026-11-24T13:00:00Z
const NOW: UnixSeconds = UnixSeconds::new(1_795_525_200);

/// A sample of every letter and of each of its wordings.
pub fn samples() -> Vec<Sample> {
    let mut samples = payments::samples();
    samples.extend(terms::samples());
    samples.extend(endings::samples());
    samples.extend(team::samples());
    samples
}

fn sample(name: &'static str, notice: Notice) -> Sample {
    Sample {
        name,
        matter: SampleMatter::Notice(notice),
        background: Background {
            access_until: Some(NOW.plus_secs(14 * DAY)),
            ..Background::default()
        },
        has_tenant: true,
    }
}

fn pay_url() -> String {
    "https://invoice.stripe.com/i/acct_demo/test_demo?s=ap".to_owned()
}

fn invoice() -> InvoiceId {
    InvoiceId::new("in_demo")
}

fn failed(attempt: u32, next_attempt: Option<UnixSeconds>) -> FailedPayment {
    FailedPayment {
        invoice: invoice(),
        attempt,
        next_attempt,
        amount: eur(4900),
        pay_url: Some(pay_url()),
        ends_at: None,
    }
}

fn eur(amount: i64) -> Money {
    Money::new(amount, "eur")
}

fn subscription() -> SubscriptionId {
    SubscriptionId::new("sub_demo")
}
