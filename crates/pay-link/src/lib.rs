//! Pay links. They never go stale, because the destination is looked up at the click.
//!
//! Stripe's own links do go stale: a hosted invoice page dies with its subscription, and a session of the billing
//! portal within minutes. So letters and banners carry a link to Dunlin, which only says whose it is and for which
//! invoice. [`PayLinks::url`] makes one. [`PayLinks::follow`] finds where it leads now.
//!
//! ```
//! use pay_link::{LinkKeys, PayLink};
//! use persistence::Scope;
//! use subscription::{InvoiceId, TenantId, UnixSeconds};
//!
//! let keys = LinkKeys::new(&["a secret of at least 32 random characters".into()]).ok_or("no secret")?;
//! let now = UnixSeconds::new(1_798_761_600);
//! let scope = Scope { account: String::new(), livemode: true };
//! let link = PayLink::new(TenantId::parse("acme")?, InvoiceId::new("in_1"), scope, 60, now);
//! let token = keys.sign(&link).ok_or("an id is too long")?;
//! assert_eq!(keys.verify(&token, now), Some(link));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! - A link is signed, and holds for a number of days. A token that is not accepted says nothing about its reason.
//! - A click leads where its [`LinkRule`] allows, to the server that is asked as Stripe, to the billing page, or to a
//!   page of Dunlin's; nowhere else.
//! - A click changes nothing but the timeline, and asks Stripe once at a time for each link.
//!
//! # Not here
//!
//! No HTTP: the route is in `http-api`. No wording: the pages are in `mail`. No rule which pages are trusted: it is
//! given ([`LinkRule`]), so that a click leads where letters lead and nowhere else.

#![forbid(unsafe_code)]

mod destination;
mod page;
mod token;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use persistence::{Cause, CustomerKey, KnownInvoice, Scope, Store, StoreError, UnixMicros};
use stripe_client::{ClientError, StripeClient};
use subscription::{InvoiceId, TenantId};
use tokio::sync::Mutex as AsyncMutex;
use url::Url;

use destination::{Destination, Shown};
pub use page::{LinkRule, Page};
pub use token::{LinkKeys, PayLink};

/// The longest wait of a payer for Stripe, in each of at most two questions.
const PATIENCE: Duration = Duration::from_secs(4);
/// The seconds for which the answer to a click also serves the next: a double click, or a scanner of mails.
const SAME_CLICK_SECS: i64 = 10;
/// The number of answers that are kept that long.
const CLICKS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);
/// The seconds in which the timeline gets one entry for a tenant and an invoice.
const NOTED_ONCE_IN_SECS: i64 = 60 * 60;
/// The language of a page that is about no tenant.
pub const NOBODYS_LOCALE: &str = "en";

/// The options of pay links.
#[derive(Debug)]
pub struct PayLinkOptions {
    /// The keys that sign links.
    pub keys: LinkKeys,
    /// Dunlin's own root as customers reach it.
    pub public_url: Url,
    /// The days for which a link holds.
    pub lifetime_days: u16,
    /// The SaaS's own billing page, to which a click leads if Stripe has no page for it.
    pub billing_page: Option<Url>,
    /// The rule of where else a click may lead.
    pub allowed: LinkRule,
}

/// The maker of pay links, which also finds where they lead.
#[derive(Debug)]
pub struct PayLinks {
    options: PayLinkOptions,
    stripe: Option<StripeClient>,
    clicks: Mutex<LruCache<PayLink, Click>>,
}

/// The knowledge about clicks on a link.
#[derive(Debug, Default)]
struct Click {
    /// The time and the landing of the last click.
    led: Option<(UnixMicros, Landing)>,
    /// The lock of the click that asks Stripe about this link. The others wait for its answer.
    turn: Arc<AsyncMutex<()>>,
}

/// The end of a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// Another page: Stripe's, or one of the SaaS.
    Elsewhere(Url),
    /// A page of Dunlin's, in the tenant's language.
    Here(Page, String),
}

impl PayLinks {
    /// Makes links with these options. Without a client of Stripe's, the last state that events told decides.
    pub fn new(options: PayLinkOptions, stripe: Option<StripeClient>) -> Self {
        Self {
            options,
            stripe: stripe.map(|stripe| stripe.impatient(PATIENCE)),
            clicks: Mutex::new(LruCache::new(CLICKS)),
        }
    }

    /// Makes the link by which a tenant pays an invoice.
    pub fn url(&self, tenant: &TenantId, invoice: &InvoiceId, scope: &Scope, now: UnixMicros) -> Option<Url> {
        let now = now.to_unix_seconds();
        let link = PayLink::new(
            tenant.clone(),
            invoice.clone(),
            scope.clone(),
            self.options.lifetime_days,
            now,
        );
        let root = self.options.public_url.as_str().trim_end_matches('/');
        Url::parse(&format!("{root}/l/{}", self.options.keys.sign(&link)?)).ok()
    }

    /// Returns where the link of this token leads now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn follow(&self, token: &str, store: &Store, now: UnixMicros) -> Result<Landing, StoreError> {
        let gone = Landing::Here(Page::Gone, NOBODYS_LOCALE.to_owned());
        let Some(link) = self.options.keys.verify(token, now.to_unix_seconds()) else {
            return Ok(gone);
        };
        let tenant = store.tenants().get(&link.tenant).await?;
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
        let Some((destination, landing)) = self.look(&link, &customer, &known, &tenant.record.locale).await else {
            return Ok(gone);
        };
        let cause = Cause::Link(link.invoice.clone());
        let noted = store.tenants().note_once(
            &tenant.record.id,
            ("pay_link", destination.as_str()),
            &cause,
            NOTED_ONCE_IN_SECS,
            now,
        );
        if let Err(error) = noted.await {
            // A click that cannot be noted must not keep the customer from paying.
            tracing::warn!(
                tenant.id = tenant.record.id.as_str(),
                error = &error as &dyn std::error::Error,
                "a click is not noted"
            );
        }
        if let Some(click) = self.lock().get_mut(&link) {
            click.led = Some((now, landing.clone()));
        }
        Ok(landing)
    }

    /// Looks at the invoice as it is now. If Stripe is not asked, or does not answer, it takes the last state that
    /// events told. Returns `None` if the invoice is not this customer's.
    async fn look(
        &self,
        link: &PayLink,
        customer: &CustomerKey,
        known: &KnownInvoice,
        locale: &str,
    ) -> Option<(Destination, Landing)> {
        let told = Shown::told(known);
        let shown = match self.ask(link).await {
            Some(Ok(shown)) if shown.customer.as_deref() != Some(customer.id.as_str()) => return None,
            // An end is final, even if an answer leaves it out.
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
        let destination = shown.destination();
        let hosted = || shown.hosted_invoice_url.as_deref().and_then(|url| self.allowed(url));
        Some(match destination {
            Destination::Paid => (destination, Landing::Here(Page::Paid, locale.to_owned())),
            Destination::Confirm | Destination::HostedInvoice if let Some(page) = hosted() => {
                (destination, Landing::Elsewhere(page))
            }
            Destination::Confirm
            | Destination::HostedInvoice
            | Destination::Portal
            | Destination::BillingPage
            | Destination::Later => self.beside_the_invoice(link, customer, locale).await,
        })
    }

    /// Returns the destination for an invoice that has no page of its own, or no longer has one: the portal, or else
    /// the SaaS's billing page, or else nowhere for now.
    async fn beside_the_invoice(&self, link: &PayLink, customer: &CustomerKey, locale: &str) -> (Destination, Landing) {
        if let Some(portal) = self.portal(link, customer).await {
            return (Destination::Portal, Landing::Elsewhere(portal));
        }
        match &self.options.billing_page {
            Some(billing) => (Destination::BillingPage, Landing::Elsewhere(billing.clone())),
            None => (Destination::Later, Landing::Here(Page::Later, locale.to_owned())),
        }
    }

    /// Asks Stripe for the invoice. Returns `None` if Stripe is not asked.
    async fn ask(&self, link: &PayLink) -> Option<Result<Shown, ClientError>> {
        let stripe = self.client_for(&link.scope)?;
        let answer = stripe.invoice_with_payment(link.invoice.as_str()).await;
        Some(answer.and_then(|answer| {
            Shown::parse(answer.value.bytes()).ok_or(ClientError::Unreadable {
                path: format!("/invoices/{}", link.invoice),
                why: "it is no invoice",
            })
        }))
    }

    /// Makes a session of the billing portal for this click.
    async fn portal(&self, link: &PayLink, customer: &CustomerKey) -> Option<Url> {
        let stripe = self.client_for(&link.scope)?;
        let back = self.options.billing_page.as_ref();
        match stripe.portal_session(customer.id.as_str(), back.map(Url::as_str)).await {
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

    /// Returns the URL if a click may lead there: by the rule, or because it is of the server that is asked as
    /// Stripe.
    fn allowed(&self, url: &str) -> Option<Url> {
        let is_of_the_asked = |url: &Url| {
            self.stripe
                .as_ref()
                .is_some_and(|stripe| stripe.api_url().origin() == url.origin())
        };
        let asked = || Url::parse(url).ok().filter(is_of_the_asked);
        self.options.allowed.check(url).or_else(asked)
    }

    fn same_click(&self, link: &PayLink, now: UnixMicros) -> Option<Landing> {
        let mut clicks = self.lock();
        let (at, landing) = clicks.get(link)?.led.as_ref()?;
        (now < at.plus_secs(SAME_CLICK_SECS)).then(|| landing.clone())
    }

    fn turn(&self, link: &PayLink) -> Arc<AsyncMutex<()>> {
        Arc::clone(&self.lock().get_or_insert_mut(link.clone(), Click::default).turn)
    }

    /// Locks the clicks. A panic does not spoil them.
    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<PayLink, Click>> {
        self.clicks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
