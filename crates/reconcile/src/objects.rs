//! The read of everything. Stripe can fail to make an event for good, and then only the object itself tells.

use std::collections::BTreeSet;

use intake::clock;
use persistence::{Observation, ObservationOutcome, Source};
use stripe_client::{Answer, ClientError, Page, Pages, RawObject};
use stripe_event::{Invoice, Subscription};
use stripe_facts::{observed_invoice, observed_subscription};
use subscription::InvoiceId;

use crate::{AT_ONCE, AskError, Learned, PAUSE, Progress, Reconciler, interval, observation};

/// The result of reading everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectsRead {
    /// The number of subscriptions and invoices read.
    pub read: u64,
    /// The number of them that told something new.
    pub accepted: u64,
    /// The number of them that were changing at that moment. Their events tell.
    pub inconclusive: u64,
    /// The number of them that could not be read. Each is in the log.
    pub unreadable: u64,
}

/// The number of invoices looked up in the ledger at a time.
const PAGE: u64 = 100;

/// The kinds of object that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    Subscriptions,
    OpenInvoices,
}

/// A page of objects, as observations, with a count of the unreadable ones.
#[derive(Debug, Default)]
pub(super) struct ObjectPage {
    pub(super) observations: Vec<Observation>,
    pub(super) invoices: Vec<InvoiceId>,
    pub(super) unreadable: u64,
    pub(super) next: Option<String>,
}

impl Reconciler {
    /// Reads all subscriptions, all open invoices, and those that are open only here.
    ///
    /// # Errors
    /// [`AskError`]. What was learned before is kept.
    pub async fn read_objects(&self, source: Source, progress: Progress<'_>) -> Result<ObjectsRead, AskError> {
        let mut told = ObjectsRead::default();
        let mut open = BTreeSet::new();
        for listed in [Listed::Subscriptions, Listed::OpenInvoices] {
            let (mut pages, mut next) = (Pages::default(), None);
            loop {
                let page = self.object_page(listed, next.as_deref()).await?;
                self.renew_lease().await?;
                self.observe(&page.observations, source, &mut told).await?;
                told.unreadable += page.unreadable;
                open.extend(page.invoices);
                progress(told.read, told.read + 1);
                next = pages.next(page.next)?;
                if next.is_none() {
                    break;
                }
            }
        }
        self.read_closed_invoices(&open, source, &mut told).await?;
        progress(told.read, told.read);
        Ok(told)
    }

    /// Fetches the page of the list after this object.
    pub(super) async fn object_page(&self, listed: Listed, after: Option<&str>) -> Result<ObjectPage, AskError> {
        let answer = match listed {
            Listed::Subscriptions => self.stripe.subscriptions(after).await?,
            Listed::OpenInvoices => self.stripe.open_invoices(after).await?,
        };
        self.observations(listed, &answer)
    }

    /// Returns the observations on a page.
    pub(super) fn observations(&self, listed: Listed, answer: &Answer<Page<RawObject>>) -> Result<ObjectPage, AskError> {
        let mut page = ObjectPage {
            next: answer.value.next.clone(),
            ..ObjectPage::default()
        };
        for object in &answer.value.items {
            let observation = match listed {
                Listed::Subscriptions => self.subscription_in(object, interval(answer))?,
                Listed::OpenInvoices => self.invoice_in(object, interval(answer))?,
            };
            match observation {
                Some(observation) => {
                    if let subscription::facts::Observed::Invoice { id, .. } = &observation.of {
                        page.invoices.push(id.clone());
                    }
                    page.observations.push(observation);
                }
                None => page.unreadable += 1,
            }
        }
        Ok(page)
    }

    /// Returns the observation of a subscription, or `None` if it cannot be read, which is logged.
    pub(super) fn subscription_in(&self, object: &RawObject, at: Interval) -> Result<Option<Observation>, AskError> {
        match Subscription::parse(object.bytes()) {
            Ok(read) => {
                self.check_mode(read.livemode)?;
                let observed = observed_subscription(&read.object);
                Ok(Some(observation(observed, &read.object.customer, &self.scope, at)))
            }
            Err(error) => {
                tracing::error!("a subscription that Stripe listed cannot be read: {error}");
                Ok(None)
            }
        }
    }

    /// Returns the observation of an invoice, or `None` if it cannot be read, which is logged.
    pub(super) fn invoice_in(&self, object: &RawObject, at: Interval) -> Result<Option<Observation>, AskError> {
        match Invoice::parse(object.bytes()) {
            Ok(read) => {
                self.check_mode(read.livemode)?;
                let observed = observed_invoice(&read.object, at.0);
                Ok(observed.map(|of| observation(of, &read.object.customer, &self.scope, at)))
            }
            Err(error) => {
                tracing::error!("an invoice that Stripe listed cannot be read: {error}");
                Ok(None)
            }
        }
    }

    /// Reads the invoices that are open here and not at Stripe. They were paid, voided or given up, and nobody told.
    async fn read_closed_invoices(
        &self,
        open: &BTreeSet<InvoiceId>,
        source: Source,
        told: &mut ObjectsRead,
    ) -> Result<(), AskError> {
        let mut after = None;
        loop {
            let page = self.store.open_invoices(&self.scope, after.as_ref(), PAGE).await?;
            for (_, id) in page.iter().filter(|(_, id)| !open.contains(id)) {
                self.renew_lease().await?;
                match self.stripe.invoice(id.as_str()).await {
                    Ok(answer) => {
                        let observation = self.invoice_in(&answer.value, interval(&answer))?;
                        told.unreadable += u64::from(observation.is_none());
                        self.observe(observation.as_slice(), source, told).await?;
                    }
                    // It is a deleted draft, or test data that is gone: no evidence of anything.
                    Err(ClientError::NotFound { .. }) => {
                        tracing::warn!(invoice.id = id.as_str(), "Stripe does not know an invoice that is open here");
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            after = page.into_iter().next_back().map(|(_, id)| id);
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Learns observations, a few in one unit of work.
    async fn observe(&self, observations: &[Observation], source: Source, told: &mut ObjectsRead) -> Result<(), AskError> {
        for few in observations.chunks(AT_ONCE) {
            let outcomes = self.store.observe(few, source, clock::now()).await?;
            for (observation, outcome) in few.iter().zip(&outcomes) {
                told.read += 1;
                if *outcome == ObservationOutcome::Accepted {
                    told.accepted += 1;
                    self.tell(|| Learned::from_object(observation));
                }
                told.inconclusive += u64::from(matches!(outcome, ObservationOutcome::Inconclusive { .. }));
            }
            if outcomes.contains(&ObservationOutcome::Accepted) {
                self.give_way().await;
            } else {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }
}

type Interval = (subscription::UnixSeconds, subscription::UnixSeconds);
