//! The side of mail that the API shows: languages, addresses, bounces and pages, by the letters as configured.

use std::error::Error;

use configuration::Config;
use http_api::{AddressFault, BounceReport, Mail, NoBounce, ReportSource};
use mail::{AddressError, BounceAddress, BounceKind, BouncedLetter, Letters, Recipient, read_provider, without_addresses};
use pay_link::Page;
use persistence::{Bounce, BouncedMail};

use crate::notifier::{MailError, bounce_address, letters};

/// Mail as configured.
pub(crate) struct ApiMail {
    letters: Letters,
    /// The address that bounces come to, if it is configured.
    bounce_address: Option<BounceAddress>,
}

impl ApiMail {
    /// Makes it.
    ///
    /// # Errors
    /// [`MailError`] says what to correct.
    pub(crate) fn try_new(config: &Config) -> Result<Self, MailError> {
        Ok(Self {
            letters: letters(config)?,
            bounce_address: bounce_address(config)?,
        })
    }
}

impl Mail for ApiMail {
    fn nearest_locale(&self, asked: &str) -> &str {
        self.letters.nearest_locale(asked)
    }

    fn check_address(&self, email: &str) -> Result<(), AddressFault> {
        match Recipient::parse(email, "") {
            Ok(_) => Ok(()),
            Err(error @ AddressError::Domain { .. }) => Err(AddressFault::Domain(error.to_string())),
            Err(AddressError::Syntax(_)) => Err(AddressFault::Syntax),
        }
    }

    fn read_bounces(&self, source: ReportSource, report: &[u8]) -> Result<Vec<BounceReport>, NoBounce> {
        let bounces = match (source, &self.bounce_address) {
            (ReportSource::Provider, _) => read_provider(report),
            (ReportSource::MailSystem, Some(address)) => address.read(report),
            (ReportSource::MailSystem, None) => return Err(NoBounce::Unexpected),
        };
        let bounces = bounces.map_err(no_bounce)?;
        Ok(bounces.into_iter().map(reported).collect())
    }

    fn page(&self, page: Page, locale: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
        let page = match page {
            Page::Paid => mail::Page::Paid,
            Page::Later => mail::Page::Later,
            Page::Gone => mail::Page::Gone,
        };
        Ok(self.letters.page(page, locale)?)
    }
}

fn no_bounce(none: mail::NoBounce) -> NoBounce {
    let reason = none.to_string();
    match none {
        mail::NoBounce::Unconfirmed { url } => NoBounce::Unconfirmed { url, reason },
        mail::NoBounce::TooLarge
        | mail::NoBounce::NoReport
        | mail::NoBounce::ForgedAddress
        | mail::NoBounce::NoRecipient
        | mail::NoBounce::UnknownProvider => NoBounce::Other(reason),
    }
}

fn reported(bounce: mail::Bounce) -> BounceReport {
    let is_bad_address = match bounce.kind {
        BounceKind::Passing => return BounceReport::Passing,
        BounceKind::BadAddress => true,
        BounceKind::Failed => false,
    };
    BounceReport::Failed {
        loggable_reply: without_addresses(&bounce.reply),
        bounce: Bounce {
            mail: match bounce.letter {
                BouncedLetter::Notice(id) => BouncedMail::Notice(id),
                BouncedLetter::Message(id) => BouncedMail::Message(id),
            },
            address: bounce.recipient,
            passed_on_by: bounce.passed_on_by,
            is_bad_address,
            status: bounce.status.map(|status| status.to_string()),
            reply: bounce.reply,
        },
    }
}
