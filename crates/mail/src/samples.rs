//! A sample of every letter, with realistic data, for the preview, the check and the tests.

use subscription::{FailedPayment, InvoiceId, Money, Notice, SubscriptionId, UnixSeconds};

use crate::{Addressee, Background, Digest, DriftAlert, Letter, Letters, LettersError, Matter, RefusedMail, RejectedAddress};

mod endings;
mod payments;
mod team;
mod terms;

/// A sample of a letter.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The name, fit for a file name.
    pub name: &'static str,
    /// The subject matter.
    pub matter: SampleMatter,
    /// The further content.
    pub background: Background,
    /// The letter has a known tenant.
    pub has_tenant: bool,
}

/// The subject matter of a sample.
#[derive(Clone, Debug)]
pub enum SampleMatter {
    /// A notice about a tenant's subscription.
    Notice(Notice),
    /// A refused address.
    AddressRejected(RejectedAddress),
    /// A mail server that refuses Dunlin.
    MailRefused(RefusedMail),
    /// A test mail.
    Test,
    /// The things that wait for a person.
    Digest(Digest),
    /// Changes that no webhook had delivered.
    DriftAlert(DriftAlert),
}

impl Sample {
    /// Writes the letter in this language.
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
/// 2026-11-24T13:00:00Z.
const NOW: UnixSeconds = UnixSeconds::new(1_795_525_200);

/// Returns a sample of every letter and of each of its wordings.
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
