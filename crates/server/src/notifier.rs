//! The notifier as configured: transport, sender, letters, rules.

use configuration::{Config, MailConfig};
use intake::clock;
use mail::{
    Addressee, BounceAddress, BounceAddressError, Brand, Letters, LettersError, Recipient, RecipientReply, SendError, Sender,
    Transcript, Transport, TransportError, TransportOptions,
};
use pay_link::PayLinks;
use persistence::{Backoff, ClaimTerms, Store};
use secrecy::ExposeSecret;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use workers::{Notifier, Rules, StaffAddresses};

/// The part of the mail configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailError {
    /// There is a transport, but no sender.
    #[error("mail has nobody to be from: set DUNLIN_MAIL_FROM, like \"Acme <billing@acme.example>\"")]
    NoSender,
    /// There is no destination.
    #[error("mail goes nowhere: set DUNLIN_SMTP_URL to where it goes")]
    NoTransport,
    /// The test email cannot be composed.
    #[error("the test email cannot be composed")]
    Compose(#[source] mail::ComposeError),
    /// A text is no address.
    #[error("{setting} has {text:?}, which is no email address that mail can be sent to")]
    Address {
        /// The setting.
        setting: &'static str,
        /// The text.
        text: String,
        /// The cause.
        #[source]
        source: mail::AddressError,
    },
    /// The bounce address cannot be used as a sender.
    #[error("DUNLIN_MAIL_BOUNCE_ADDRESS has {text:?}, which is no address for bounces, like bounces@acme.example")]
    BounceAddress {
        /// The text.
        text: String,
        /// The cause.
        #[source]
        source: mail::BounceAddressError,
    },
    /// There is no secret to sign the bounce address with.
    #[error(
        "DUNLIN_MAIL_BOUNCE_ADDRESS is set and DUNLIN_LINK_SECRETS is not: set it to a long random text, the same for all instances"
    )]
    NoBounceSecret,
    /// A text is no URL.
    #[error("{setting} has {text:?}, which is no https URL")]
    Url {
        /// The setting.
        setting: &'static str,
        /// The text.
        text: String,
    },
    /// A file cannot be read.
    #[error("{setting} names {}, which cannot be read", path.display())]
    Read {
        /// The setting.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The text is no header.
    #[error("DUNLIN_MAIL_IDEMPOTENCY_HEADER")]
    Header(#[source] mail::ComposeError),
    /// The transport cannot be used.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The templates cannot be used.
    #[error("the mail templates cannot be used")]
    Letters(#[from] LettersError),
}

/// The seconds that letters in progress have once the server stops.
pub(crate) const SHUTDOWN_SECS: u64 = 15;

/// Makes the notifier, if a destination of mail is configured.
///
/// # Errors
/// [`MailError`] says what to correct.
pub(crate) fn notifier(config: &Config, store: Store, links: Option<Arc<PayLinks>>) -> Result<Option<Notifier>, MailError> {
    let Some(transport) = transport(&config.mail, None)? else {
        return Ok(None);
    };
    let letters = letters(config)?;
    let (sender, rules) = (sender(config)?, rules(&config.mail)?);
    let notifier = Notifier::new(store, letters, transport, sender, rules, clock::now);
    Ok(Some(match links {
        Some(links) => notifier.with_pay_links(Arc::new(move |tenant, invoice, now| {
            links.url(&tenant.record.id, invoice, &tenant.customer()?.scope, now)
        })),
        None => notifier,
    }))
}

/// Makes the letters as configured.
///
/// # Errors
/// [`MailError`].
pub(crate) fn letters(config: &Config) -> Result<Letters, MailError> {
    let public_url = config.link.public_url.clone();
    let config = &config.mail;
    let defaults = Brand::default();
    let url = |setting, text: &String| https_url(setting, text);
    let origins = config.link_origins.iter().map(|text| url("DUNLIN_MAIL_LINK_ORIGINS", text));
    let brand = Brand {
        product_name: config.product_name.clone().unwrap_or(defaults.product_name),
        billing_url: config
            .billing_url
            .as_ref()
            .map(|text| url("DUNLIN_MAIL_BILLING_URL", text))
            .transpose()?,
        support_email: config.support_email.clone(),
        data_retention_days: config.data_retention_days,
        public_url,
        link_origins: origins.collect::<Result<_, _>>()?,
    };
    Ok(Letters::try_new(brand, config.templates.as_deref())?)
}

/// Makes the transport and the sender of mails, if a destination is configured, and checks the other settings of mail.
///
/// # Errors
/// [`MailError`].
pub(crate) fn outgoing(config: &Config) -> Result<Option<(Transport, Sender)>, MailError> {
    let Some(transport) = transport(&config.mail, None)? else {
        return Ok(None);
    };
    letters(config)?;
    rules(&config.mail)?;
    Ok(Some((transport, sender(config)?)))
}

/// Returns what is wrong with customers' emails if no product name is set.
pub(crate) fn unnamed(config: &MailConfig) -> Option<&'static str> {
    let fault = "DUNLIN_MAIL_PRODUCT_NAME is not set: emails to customers would call your product Dunlin, and wait";
    config.product_name.is_none().then_some(fault)
}

/// Returns what customers' emails lack if no billing page is set.
pub(crate) fn unlinked(config: &MailConfig) -> Option<&'static str> {
    let lack = "DUNLIN_MAIL_BILLING_URL is not set: emails that ask for payment details cannot say where to enter them";
    config.billing_url.is_none().then_some(lack)
}

/// Sends a test email the way that notices go. An `Err` in the answer is the objection of the mail server, or of the
/// way to it.
///
/// # Errors
/// [`MailError`] says what to correct in the configuration.
pub(crate) async fn send_test(config: &Config, email: &str, transcript: &Transcript) -> Result<Result<(), String>, MailError> {
    let transport = transport(&config.mail, Some(transcript.clone()))?.ok_or(MailError::NoTransport)?;
    let (sender, to) = (sender(config)?, recipient("ADDRESS", email)?);
    let reader = Addressee {
        tenant_id: "",
        tenant_name: "",
        locale: "en",
        timezone: "UTC",
    };
    let letter = letters(config)?.write_test(&reader)?;
    let now = clock::now();
    let message_id = sender.message_id(&format!("test:{}:{email}", now.as_micros()));
    let message = sender
        .compose(&letter, std::slice::from_ref(&to), &message_id, now.to_unix_seconds())
        .map_err(MailError::Compose)?;
    Ok(hand_over(&transport, &sender, &to, &message, &message_id)
        .await
        .map_err(|error| error.to_string()))
}

/// The number that stands for no notice. Mails without a notice have the same sender as notices.
pub(crate) const NO_NOTICE: i64 = 0;
/// The time that a mail server has to confirm a test email.
const TEST_PATIENCE: Duration = Duration::from_mins(1);

async fn hand_over(
    transport: &Transport,
    sender: &Sender,
    to: &Recipient,
    message: &[u8],
    message_id: &str,
) -> Result<(), SendError> {
    let mut transaction = transport
        .begin(&sender.envelope_from(NO_NOTICE), to.is_international())
        .await?;
    match transaction.recipient(&to.address).await? {
        RecipientReply::Accepted => {}
        RecipientReply::Deferred(reply) => return Err(SendError::Later(reply)),
        RecipientReply::Rejected(rejected) => return Err(SendError::Refused(rejected.reply)),
        RecipientReply::Refused(reply) => return Err(SendError::Refused(reply)),
    }
    let data = transaction.start_data().await?;
    data.transmit(message, message_id, TEST_PATIENCE).await
}

fn transport(config: &MailConfig, transcript: Option<Transcript>) -> Result<Option<Transport>, MailError> {
    let Some(url) = &config.smtp_url else {
        return Ok(None);
    };
    let options = TransportOptions {
        ca_pem: config
            .ca_file
            .as_deref()
            .map(|path| read("DUNLIN_SMTP_CA_FILE", path))
            .transpose()?,
        ehlo_name: config.ehlo_name.clone(),
        transcript,
        command_timeout: Duration::from_secs(config.command_timeout_secs),
    };
    Ok(Some(Transport::parse(url.expose_secret(), &options)?))
}

/// Makes the address that bounces come to, if it is configured.
///
/// # Errors
/// [`MailError`].
pub(crate) fn bounce_address(config: &Config) -> Result<Option<BounceAddress>, MailError> {
    let Some(text) = &config.mail.bounce_address else {
        return Ok(None);
    };
    let secrets = config
        .link
        .secrets
        .iter()
        .map(|secret| secret.expose_secret().trim().as_bytes());
    let address = BounceAddress::try_new(text, secrets).map_err(|source| match source {
        BounceAddressError::NoSecret => MailError::NoBounceSecret,
        source => MailError::BounceAddress {
            text: text.clone(),
            source,
        },
    });
    address.map(Some)
}

/// The domain of all hosts at which Postmark takes mail.
const POSTMARK_DOMAIN: &str = "postmarkapp.com";

fn is_postmark(config: &MailConfig) -> bool {
    let url = config
        .smtp_url
        .as_ref()
        .and_then(|url| mail::Url::parse(url.expose_secret()).ok());
    url.as_ref()
        .and_then(mail::Url::host_str)
        .is_some_and(|host| host.ends_with(POSTMARK_DOMAIN))
}

fn sender(config: &Config) -> Result<Sender, MailError> {
    let bounces = bounce_address(config)?;
    let config = &config.mail;
    let from = config.from.as_ref().ok_or(MailError::NoSender)?;
    let header = config.idempotency_header.clone();
    let sender = Sender::try_new(
        mailbox("DUNLIN_MAIL_FROM", from)?,
        config
            .reply_to
            .as_ref()
            .map(|text| mailbox("DUNLIN_MAIL_REPLY_TO", text))
            .transpose()?,
        header,
    );
    let sender = sender.map_err(MailError::Header)?;
    Ok(sender.with_bounces_to(bounces).by_postmark(is_postmark(config)))
}

fn rules(config: &MailConfig) -> Result<Rules, MailError> {
    let staff = |setting, texts: &[String]| {
        let people = texts.iter().map(|text| recipient(setting, text));
        people.collect::<Result<Vec<_>, _>>()
    };
    Ok(Rules {
        claim: ClaimTerms {
            lease_secs: i64::from(config.lease_secs),
            max_attempts: i64::from(config.max_attempts),
            on_unknown: config.on_unknown,
            resend_within_secs: config
                .idempotency_header
                .as_ref()
                .map(|_| i64::from(config.idempotency_window_secs)),
            min_interval_secs: i64::from(config.min_interval_secs),
            kinds_off: config.off.clone(),
        },
        backoff: Backoff {
            first_secs: config.retry_first_secs,
            max_secs: config.retry_max_secs,
        },
        concurrency: usize::try_from(config.concurrency).unwrap_or(usize::MAX),
        shutdown_secs: SHUTDOWN_SECS,
        staff: StaffAddresses {
            admin: staff("DUNLIN_MAIL_ADMIN", &config.admin)?,
            sales: staff("DUNLIN_MAIL_SALES", &config.sales)?,
        },
        unnamed: unnamed(config),
    })
}

fn mailbox(setting: &'static str, text: &str) -> Result<mail::Mailbox, MailError> {
    mail::parse_mailbox(text).map_err(not_an_address(setting, text))
}

fn recipient(setting: &'static str, text: &str) -> Result<Recipient, MailError> {
    Recipient::parse_mailbox(text).map_err(not_an_address(setting, text))
}

fn not_an_address(setting: &'static str, text: &str) -> impl FnOnce(mail::AddressError) -> MailError {
    let text = text.to_owned();
    move |source| MailError::Address { setting, text, source }
}

fn https_url(setting: &'static str, text: &str) -> Result<mail::Url, MailError> {
    let url = mail::Url::parse(text)
        .ok()
        .filter(|url| url.scheme() == "https" && url.has_host());
    url.ok_or(MailError::Url {
        setting,
        text: text.to_owned(),
    })
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, MailError> {
    std::fs::read(path).map_err(|source| MailError::Read {
        setting,
        path: path.to_owned(),
        source,
    })
}
