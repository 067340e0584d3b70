//! The client: its address, identity and retries.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use stripe_client_core::RequestBuilder;
use tokio::time::Instant;
use url::Url;

use crate::answer::Answer;
use crate::pause::{MOST_PATIENT, pause};
use crate::transport::{Reply, Transport, Try};
use crate::{ClientError, RawObject};

/// The settings for requests to Stripe.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sk_…` or `rk_…`.
    pub api_key: SecretString,
    /// The address of Stripe's API.
    pub api_url: Url,
    /// The connected account (`acct_…`) of the requests; `None` for the key's own account.
    pub account: Option<String>,
    /// The time limit of one try.
    pub timeout: Duration,
    /// The maximum number of tries of a request.
    pub max_tries: u32,
    /// The number of objects on a page of a list, at most [`MAX_PAGE_SIZE`].
    pub page_size: u8,
}

/// The maximum number of objects on a page of Stripe's. <https://docs.stripe.com/api/pagination>
pub const MAX_PAGE_SIZE: u8 = 100;

/// The address of Stripe's API.
const STRIPE: &str = "https://api.stripe.com/";

impl Options {
    /// Returns the settings for Stripe's own API with this key: 10 seconds per try, four tries, the largest pages.
    ///
    /// # Panics
    /// Never, because the address is a valid URL.
    #[expect(clippy::expect_used, reason = "a constant that a test parses")]
    pub fn with_key(api_key: SecretString) -> Self {
        Self {
            api_key,
            api_url: Url::parse(STRIPE).expect("Stripe's address is a URL"),
            account: None,
            timeout: Duration::from_secs(10),
            max_tries: 4,
            page_size: MAX_PAGE_SIZE,
        }
    }
}

/// The mode of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMode {
    /// Real money.
    Live,
    /// Test data.
    Test,
    /// The form of the key does not say.
    Unknown,
}

/// A client for Stripe's API. It is cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct StripeClient {
    options: Arc<Options>,
    transport: Transport,
    left_alone: LeftAlone,
}

/// The time until which Stripe asked for no requests.
#[derive(Clone, Debug, Default)]
struct LeftAlone(Arc<Mutex<Option<Instant>>>);

impl LeftAlone {
    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn for_at_least(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut left_alone = self.lock();
        *left_alone = (*left_alone).max(Some(until));
    }

    /// Returns the time that is left.
    fn left(&self) -> Option<Duration> {
        let left = self.lock().as_ref()?.saturating_duration_since(Instant::now());
        Some(left).filter(|left| !left.is_zero())
    }
}

impl StripeClient {
    /// Creates a client. It sends no request yet.
    ///
    /// # Errors
    /// [`ClientError::Key`] or [`ClientError::Account`], if one cannot be sent.
    pub fn try_new(options: Options) -> Result<Self, ClientError> {
        let transport = Transport::try_new(&options)?;
        Ok(Self {
            options: Arc::new(options),
            transport,
            left_alone: LeftAlone::default(),
        })
    }

    /// Returns the same client for another account.
    ///
    /// # Errors
    /// [`ClientError::Account`].
    pub fn with_account(&self, account: Option<&str>) -> Result<Self, ClientError> {
        let account = account.map(str::to_owned);
        Ok(Self {
            transport: self.transport.with_account(account.as_deref())?,
            ..self.with(|options| options.account = account)
        })
    }

    /// Returns the same client with pages of this size, for a caller with other work to do. A page is received and
    /// parsed in one go, and a hundred objects are a megabyte.
    #[must_use]
    pub fn with_page_size(&self, page_size: u8) -> Self {
        self.with(|options| options.page_size = page_size)
    }

    /// Returns the same client with one try and this time limit, for a caller on whom somebody waits.
    #[must_use]
    pub fn impatient(&self, timeout: Duration) -> Self {
        self.with(|options| {
            options.timeout = timeout;
            options.max_tries = 1;
        })
    }

    fn with(&self, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = self.options.as_ref().clone();
        change(&mut options);
        Self {
            options: Arc::new(options),
            transport: self.transport.clone(),
            left_alone: self.left_alone.clone(),
        }
    }

    /// Returns the number of objects to request per page of a list.
    pub(crate) fn page_size(&self) -> i64 {
        self.options.page_size.clamp(1, MAX_PAGE_SIZE).into()
    }

    /// Returns the mode of the key.
    ///
    /// See <https://docs.stripe.com/keys#obtain-api-keys>.
    pub fn key_mode(&self) -> KeyMode {
        let key = self.options.api_key.expose_secret();
        let kind = key.split_once('_').map(|(_, rest)| rest);
        match kind {
            Some(rest) if rest.starts_with("live_") => KeyMode::Live,
            Some(rest) if rest.starts_with("test_") => KeyMode::Test,
            Some(_) | None => KeyMode::Unknown,
        }
    }

    /// Returns the account of the requests; `None` for the key's own account.
    pub fn account(&self) -> Option<&str> {
        self.options.account.as_deref()
    }

    /// Returns the address of the API.
    pub fn api_url(&self) -> &Url {
        &self.options.api_url
    }

    /// Sends the request until there is an answer or further tries are useless.
    pub(crate) async fn ask(&self, request: RequestBuilder) -> Result<Answer<RawObject>, ClientError> {
        let path = request.path.clone();
        let request = self.transport.request(&self.options.api_url, request)?;
        self.wait_while_left_alone().await?;
        let mut tries = 0;
        loop {
            tries += 1;
            let again = match self.transport.try_once(&request, self.options.timeout).await {
                Try::Answered(reply) if reply.is_success() => return answer(&path, reply),
                Try::Answered(reply) if !reply.is_worth_another_try() => {
                    return Err(ClientError::from_answer(&path, reply.status, &reply.body));
                }
                again => again,
            };
            let (after, why) = again.told();
            if let Some(after) = after {
                self.left_alone.for_at_least(after.min(LONGEST_ALONE));
            }
            // If Stripe asks for a longer pause than we wait here, the caller has to wait.
            let wait = pause(tries, after).filter(|_| tries < self.options.max_tries);
            let Some(wait) = wait else {
                return Err(match again {
                    Try::Answered(Reply { status: 429, .. }) => ClientError::RateLimited { retry_after: after },
                    Try::Answered(_) | Try::Failed(_) => ClientError::Unavailable { tries, why },
                });
            };
            tracing::debug!(stripe.path = path, tries, why, "Stripe is asked again");
            tokio::time::sleep(wait).await;
        }
    }
}

/// The maximum time without requests, however long Stripe asks for. After it, a request checks whether Stripe still
/// asks.
const LONGEST_ALONE: Duration = Duration::from_hours(1);

impl StripeClient {
    /// Waits as long as an earlier answer asked for, if that is no longer than one request may wait.
    async fn wait_while_left_alone(&self) -> Result<(), ClientError> {
        let Some(left) = self.left_alone.left() else {
            return Ok(());
        };
        // A client with a single try serves somebody who cannot wait.
        if left > MOST_PATIENT || self.options.max_tries == 1 {
            return Err(ClientError::RateLimited { retry_after: Some(left) });
        }
        tokio::time::sleep(left).await;
        Ok(())
    }
}

fn answer(path: &str, reply: Reply) -> Result<Answer<RawObject>, ClientError> {
    let date = reply.date.ok_or_else(|| ClientError::Unreadable {
        path: path.to_owned(),
        why: "it has no Date",
    })?;
    Ok(Answer {
        value: RawObject(reply.body),
        date,
        round_trip: reply.round_trip,
    })
}
