//! A sample of every letter, with realistic data, for the preview, the check and the tests.

use subscription::notices::{FailedPayment, Notice, NoticeContent};
use subscription::{InvoiceId, Money, SubscriptionId, UnixSeconds};

use crate::{Addressee, Background, Letter, Letters, LettersError};

mod endings;
mod payments;
mod staff;
mod terms;

/// A sample of a letter.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The name, fit for a file name.
    pub name: &'static str,
    /// The content of its notice. The test mail has none.
    pub content: Option<NoticeContent>,
    /// The further content.
    pub background: Background,
    /// The letter has a known tenant.
    pub has_tenant: bool,
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
        match &self.content {
            Some(content) => letters.write(content, &to, &self.background),
            None => letters.write_test(&to),
        }
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
    samples.extend(staff::samples());
    samples
}

fn sample(name: &'static str, notice: Notice) -> Sample {
    Sample {
        name,
        content: Some(NoticeContent::Notice(notice)),
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
