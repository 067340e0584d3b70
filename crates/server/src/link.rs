//! Pay links: they never go stale, for where they lead is looked up at the click.
//!
//! Stripe's own links do: a hosted invoice page dies with its subscription, and a session of the billing portal within minutes. So
//! letters and banners carry a link of ours, which says no more than whose it is and for which invoice.

mod look;
mod token;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use mail::{Letters, Page, Url};
use persistence::{Cause, CustomerKey, KnownInvoice, Scope, Store, StoreError, UnixMicros};
use stripe_client::{ClientError, StripeClient};
use subscription::{InvoiceId, TenantId};
use tokio::sync::Mutex as AsyncMutex;

use crate::config::Config;
use crate::post_room::{MailError, letters};
use look::{Aim, Shown};
pub use token::{Link, LinkKeys};

/// How long someone who wants to pay waits for Stripe, in each of at most two questions.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long the answer to one click is good for the next: a double click, or a scanner of mails.
const SAME_CLICK_SECS: i64 = 10;
/// How many answers are kept that long.
const CLICKS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);
/// In the timeline there is one entry for a tenant, an invoice and this time.
const NOTED_ONCE_IN_SECS: i64 = 60 * 60;
/// The language of a page about nobody.
pub const NOBODYS_LOCALE: &str = "en";

/// Makes pay links, and finds where they lead.
#[derive(Debug)]
pub struct Links {
    keys: LinkKeys,
    public_url: Url,
    lifetime_days: u16,
    letters: Letters,
    stripe: Option<StripeClient>,
    clicks: Mutex<LruCache<Link, Click>>,
}

/// What is known of clicks on a link.
#[derive(Debug, Default)]
struct Click {
    /// Where the last one led, and when.
    led: Option<(UnixMicros, Landing)>,
    /// Whoever asks Stripe for this link holds it: the others wait for what it tells.
    turn: Arc<AsyncMutex<()>>,
}

/// Where a click ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// On another page: Stripe's, or that of the SaaS.
    Elsewhere(Url),
    /// On a page of ours, in the tenant's language.
    Here(Page, String),
}

impl Links {
    /// What is configured; `None` without a public URL or a secret.
    ///
    /// # Errors
    /// [`MailError`], where the pages' templates or links cannot be used.
    pub fn new(config: &Config, stripe: Option<StripeClient>) -> Result<Option<Self>, MailError> {
        let (Some(public_url), Some(keys)) = (config.link.public_url.clone(), LinkKeys::new(&config.link.secrets)) else {
            return Ok(None);
        };
        Ok(Some(Self {
            keys,
            public_url,
            lifetime_days: config.link.lifetime_days,
            letters: letters(config)?,
            stripe: stripe.map(|stripe| stripe.impatient(PATIENCE)),
            clicks: Mutex::new(LruCache::new(CLICKS)),
        }))
    }

    /// The link by which a tenant pays an invoice.
    pub fn url(&self, tenant: &TenantId, invoice: &InvoiceId, scope: &Scope, now: UnixMicros) -> Option<Url> {
        let now = now.to_unix_seconds();
        let link = Link::new(tenant.clone(), invoice.clone(), scope.clone(), self.lifetime_days, now);
        let root = self.public_url.as_str().trim_end_matches('/');
        Url::parse(&format!("{root}/l/{}", self.keys.sign(&link)?)).ok()
    }

    /// Where the link of this token leads now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn follow(&self, token: &str, store: &Store, now: UnixMicros) -> Result<Landing, StoreError> {
        let gone = Landing::Here(Page::Gone, NOBODYS_LOCALE.to_owned());
        let Some(link) = self.keys.verify(token, now.to_unix_seconds()) else {
            return Ok(gone);
        };
        let tenant = store.tenant(&link.tenant).await?;
        let bound = tenant.and_then(|tenant| tenant.customer().map(|customer| (tenant, customer)));
        let Some((tenant, customer)) = bound.filter(|(_, customer)| customer.scope == link.scope) else {
            return Ok(gone);
        };
        let turn = self.turn(&link);
        let _turn = turn.lock().await;
        if let Some(landing) = self.same_click(&link, now) {
            return Ok(landing);
        }
        let Some(known) = store.invoice(&customer, &link.invoice).await? else {
            return Ok(gone);
        };
        let Some((aim, landing)) = self.look(&link, &customer, &known, &tenant.locale).await else {
            return Ok(gone);
        };
        let cause = Cause::Link(link.invoice.clone());
        let noted = store.note_once(&tenant.id, ("pay_link", aim.as_str()), &cause, NOTED_ONCE_IN_SECS, now);
        if let Err(error) = noted.await {
            // Who wants to pay is not kept from it by that.
            tracing::warn!(
                tenant.id = tenant.id.as_str(),
                error = &error as &dyn std::error::Error,
                "a click is not noted"
            );
        }
        if let Some(click) = self.lock().get_mut(&link) {
            click.led = Some((now, landing.clone()));
        }
        Ok(landing)
    }

    /// A page of ours as HTML.
    ///
    /// # Errors
    /// [`mail::LettersError`].
    pub fn page(&self, page: Page, locale: &str) -> Result<String, mail::LettersError> {
        self.letters.page(page, locale)
    }

    /// Looks at the invoice as it is now; where Stripe is not asked, or does not answer, as it was told of last. `None` where it is
    /// not this customer's.
    async fn look(&self, link: &Link, customer: &CustomerKey, known: &KnownInvoice, locale: &str) -> Option<(Aim, Landing)> {
        let told = Shown::told(known);
        let shown = match self.ask(link).await {
            Some(Ok(shown)) if shown.customer.as_deref() != Some(customer.id.as_str()) => return None,
            // An end is final, whatever an answer leaves out.
            Some(Ok(shown)) => shown.ended_as(known),
            Some(Err(error)) => {
                tracing::warn!(
                    invoice.id = link.invoice.as_str(),
                    error = &error as &dyn std::error::Error,
                    "an invoice that is to be paid cannot be looked at"
                );
                told
            }
            None => told,
        };
        let aim = shown.aim();
        let hosted = || shown.hosted_invoice_url.as_deref().and_then(|url| self.allowed(url));
        Some(match aim {
            Aim::Paid => (aim, Landing::Here(Page::Paid, locale.to_owned())),
            Aim::Confirm | Aim::HostedInvoice if let Some(page) = hosted() => (aim, Landing::Elsewhere(page)),
            Aim::Confirm | Aim::HostedInvoice | Aim::Portal | Aim::BillingPage | Aim::Later => {
                self.beside_the_invoice(link, customer, locale).await
            }
        })
    }

    /// Where the invoice has no page of its own (any more): to the portal, else to the SaaS's billing page, else nowhere for now.
    async fn beside_the_invoice(&self, link: &Link, customer: &CustomerKey, locale: &str) -> (Aim, Landing) {
        if let Some(portal) = self.portal(link, customer).await {
            return (Aim::Portal, Landing::Elsewhere(portal));
        }
        match self.letters.brand().billing_page() {
            Some(billing) => (Aim::BillingPage, Landing::Elsewhere(billing)),
            None => (Aim::Later, Landing::Here(Page::Later, locale.to_owned())),
        }
    }

    /// What Stripe shows of the invoice; `None` where it is not asked.
    async fn ask(&self, link: &Link) -> Option<Result<Shown, ClientError>> {
        let stripe = self.client_for(&link.scope)?;
        let answer = stripe.invoice_with_payment(link.invoice.as_str()).await;
        Some(answer.and_then(|answer| {
            Shown::parse(answer.value.bytes()).ok_or(ClientError::Unreadable {
                path: format!("/invoices/{}", link.invoice),
                why: "it is no invoice",
            })
        }))
    }

    /// A session of the billing portal, made for this click.
    async fn portal(&self, link: &Link, customer: &CustomerKey) -> Option<Url> {
        let stripe = self.client_for(&link.scope)?;
        let back = self.letters.brand().billing_page();
        match stripe
            .portal_session(customer.id.as_str(), back.as_ref().map(Url::as_str))
            .await
        {
            Ok(session) => self.allowed(session.value.as_str()),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "no session of the billing portal can be made"
                );
                None
            }
        }
    }

    fn client_for(&self, scope: &Scope) -> Option<StripeClient> {
        self.stripe.as_ref()?.with_account(scope.connected_account()).ok()
    }

    /// The URL, if a click may be led on there: Stripe's pages and those that letters link to. Where another than Stripe is asked,
    /// its pages too.
    fn allowed(&self, url: &str) -> Option<Url> {
        let is_of_the_asked = |url: &Url| {
            self.stripe
                .as_ref()
                .is_some_and(|stripe| stripe.api_url().origin() == url.origin())
        };
        let asked = || Url::parse(url).ok().filter(is_of_the_asked);
        self.letters.brand().link(url).or_else(asked)
    }

    fn same_click(&self, link: &Link, now: UnixMicros) -> Option<Landing> {
        let mut clicks = self.lock();
        let (at, landing) = clicks.get(link)?.led.as_ref()?;
        (now < at.plus_secs(SAME_CLICK_SECS)).then(|| landing.clone())
    }

    fn turn(&self, link: &Link) -> Arc<AsyncMutex<()>> {
        Arc::clone(&self.lock().get_or_insert_mut(link.clone(), Click::default).turn)
    }

    /// What a panic left behind is as good.
    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<Link, Click>> {
        self.clicks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
