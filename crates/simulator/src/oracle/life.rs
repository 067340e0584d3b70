//! A subscription and its invoices, with the consequences of their past.

use std::collections::BTreeMap;

use stripe_event::{Event, EventKind, Invoice, InvoiceStatus, Subscription, SubscriptionStatus};

use super::{DAY, GRACE};

/// A subscription, and the way it came to its state.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) now: Subscription<'static>,
    /// The time of its last event.
    pub(crate) told_at: i64,
    /// The number of its last event.
    told_nth: usize,
    /// The status before the current one.
    pub(crate) was: Option<SubscriptionStatus<'static>>,
    /// It has been served: in a trial, paid, or owing.
    pub(crate) was_served: bool,
    /// The end that was set at its beginning.
    pub(crate) began_with_end: Option<i64>,
    /// The end that its schedule sets.
    pub(crate) planned_end: Option<i64>,
    /// The time from which it has owed without a break.
    pub(crate) owes_since: Option<i64>,
    /// The status by the events of both the subscription and its invoices.
    pub(crate) status: SubscriptionStatus<'static>,
}

/// An invoice, and its attempts.
#[derive(Clone, Debug)]
pub(crate) struct Bill {
    pub(crate) now: Invoice<'static>,
    pub(crate) failed: Option<Failed>,
    /// The newest attempt that asked the cardholder to act.
    pub(crate) asked: Option<u32>,
    /// The number of the last event that showed it paid.
    paid_nth: Option<usize>,
    pub(crate) was_uncollectible: bool,
    /// It failed after its subscription's checkout, or the checkout left it unpaid.
    pub(crate) was_chased: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed {
    pub(crate) attempt: u32,
    pub(crate) first_at: i64,
    pub(crate) last_at: i64,
    last_nth: usize,
}

/// Returns true if the merchant's code set this end right after the checkout, which cannot set one itself. Customers
/// leave at the end of a period.
fn is_set_by_checkout(now: &Subscription<'_>, at: i64) -> bool {
    let is_date = now.cancel_at.is_some() && now.cancel_at != now.current_period_end;
    is_date && at <= now.created + 60
}

impl Life {
    pub(crate) fn new(now: &Subscription<'static>) -> Self {
        Self {
            now: now.clone(),
            told_at: now.created,
            told_nth: 0,
            was: None,
            was_served: false,
            began_with_end: now.cancel_at,
            planned_end: None,
            owes_since: None,
            status: now.status.clone(),
        }
    }

    /// Applies an event of the subscription. `nth` is its number among all events.
    pub(crate) fn enter(&mut self, nth: usize, event: &Event<'_>, now: &Subscription<'static>, bills: &BTreeMap<String, Bill>) {
        if self.now.status != now.status {
            self.was = Some(self.now.status.clone());
        }
        if self.now.cancel_at.is_none() && is_set_by_checkout(now, event.created) {
            self.began_with_end = now.cancel_at;
        }
        self.now = now.clone();
        self.told_at = event.created;
        self.told_nth = nth;
        self.concludes(event.created, bills);
    }

    /// Applies an event of one of its invoices.
    pub(crate) fn is_billed(&mut self, at: i64, bills: &BTreeMap<String, Bill>) {
        self.concludes(at, bills);
    }

    fn concludes(&mut self, at: i64, bills: &BTreeMap<String, Bill>) {
        self.status = self.by_both_voices(bills);
        self.was_served |= matches!(
            self.status,
            SubscriptionStatus::Trialing | SubscriptionStatus::Active | SubscriptionStatus::PastDue
        );
        let owes = match self.status {
            SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid => true,
            SubscriptionStatus::Paused => self.is_paused_for_payment(),
            _ => false,
        };
        let since = || {
            self.due_date(bills)
                .filter(|&due| due <= at)
                .or(self.failed_at(bills, at))
                .unwrap_or(at)
        };
        self.owes_since = owes.then(|| self.owes_since.unwrap_or_else(since));
    }

    /// Returns the status by the subscription and its latest invoice, which may know more than the subscription's last
    /// event.
    fn by_both_voices(&self, bills: &BTreeMap<String, Bill>) -> SubscriptionStatus<'static> {
        let stated = &self.now.status;
        let Some(latest) = self.latest(bills) else {
            return stated.clone();
        };
        if *stated == SubscriptionStatus::PastDue && latest.paid_nth > Some(self.told_nth) {
            return SubscriptionStatus::Active;
        }
        let Some(failed) = latest.failed.filter(|_| latest.is_open() && latest.is_charged_renewal()) else {
            return stated.clone();
        };
        let is_served = match stated {
            SubscriptionStatus::Active => true,
            SubscriptionStatus::Trialing => self.now.trial_end <= Some(failed.last_at),
            _ => false,
        };
        if is_served && failed.last_nth > self.told_nth {
            SubscriptionStatus::PastDue
        } else {
            stated.clone()
        }
    }

    pub(crate) fn is_paused_for_payment(&self) -> bool {
        let reason = self.now.paused_reason.as_deref();
        self.status == SubscriptionStatus::Paused && matches!(reason, Some("first_payment_failure" | "final_payment_failure"))
    }

    /// Returns its newest invoice.
    pub(crate) fn latest<'a>(&self, bills: &'a BTreeMap<String, Bill>) -> Option<&'a Bill> {
        self.bills(bills).max_by_key(|bill| bill.recency())
    }

    /// Returns the time at which the latest invoice began to fail, if that was within the last day. Then that invoice
    /// is the one that is owed for.
    fn failed_at(&self, bills: &BTreeMap<String, Bill>, at: i64) -> Option<i64> {
        let latest = self.latest(bills).filter(|bill| bill.is_open())?;
        let failed = latest.failed.map(|failed| failed.first_at);
        failed.filter(|&failed| at - failed <= DAY)
    }

    pub(crate) fn bills<'a>(&self, bills: &'a BTreeMap<String, Bill>) -> impl Iterator<Item = &'a Bill> {
        let id = self.now.id.clone();
        bills.values().filter(move |bill| bill.now.subscription.as_ref() == Some(&id))
    }

    /// Returns the due date of the latest invoice, if it was sent and is not paid.
    pub(crate) fn due_date(&self, bills: &BTreeMap<String, Bill>) -> Option<i64> {
        let latest = self.latest(bills)?;
        latest.now.due_date.filter(|_| latest.is_sent() && latest.is_open())
    }

    /// Returns the time at which it ends by itself: the earliest of the ends that are set.
    pub(crate) fn set_end(&self) -> Option<i64> {
        [self.own_end(), self.planned_end].into_iter().flatten().min()
    }

    /// Returns the end that is set on the subscription itself.
    pub(crate) fn own_end(&self) -> Option<i64> {
        let at_period_end = self.now.current_period_end.filter(|_| self.now.cancel_at_period_end);
        [at_period_end, self.now.cancel_at].into_iter().flatten().min()
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(
            self.now.status,
            SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired
        )
    }

    pub(crate) fn is_living(&self) -> bool {
        !self.has_ended() && self.now.status != SubscriptionStatus::Incomplete
    }

    /// Returns true if the customer keeps it. Nobody keeps a subscription that is given up as unpaid.
    pub(crate) fn is_kept(&self) -> bool {
        self.is_living() && self.now.status != SubscriptionStatus::Unpaid
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.is_kept() && self.now.status != SubscriptionStatus::Paused
    }

    /// Returns true if it lasts longer than another.
    pub(crate) fn outlasts(&self, other: &Self) -> bool {
        let end = |life: &Self| {
            (
                life.set_end().unwrap_or(i64::MAX),
                life.set_end().map(|_| life.now.id.clone()),
            )
        };
        self.set_end().is_none() && other.set_end().is_some() || other.set_end().is_some() && end(self) > end(other)
    }

    /// Returns the end that comes whether or not the customer pays what has been owed since then. The end of a fixed
    /// term beyond the grace period is not one: it comes as it was to.
    pub(crate) fn end_whatever_is_paid(&self, owed_since: i64) -> Option<i64> {
        let is_term = |end: i64| self.began_with_end == Some(end) || self.planned_end == Some(end);
        let is_far = |end: i64| is_term(end) && end > owed_since + GRACE;
        self.set_end().filter(|&end| !is_far(end))
    }

    pub(crate) fn is_sent(&self) -> bool {
        self.now.collection_method.as_deref() == Some("send_invoice")
    }

    /// Returns true if the customer gave a reason for the end, set or reached.
    pub(crate) fn has_said_why(&self) -> bool {
        let why = &self.now.cancellation_details;
        let said = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().is_some_and(|text| !text.is_empty());
        said(&why.feedback) || said(&why.comment)
    }

    /// Returns true if it ended where it was to end from the beginning.
    pub(crate) fn ran_its_term(&self) -> bool {
        let end = self.began_with_end.filter(|&end| self.set_end() == Some(end));
        end.is_some() && end <= self.now.ended_at
    }

    /// Returns true if its trial is its current state or was the one before it.
    pub(crate) fn trial_was_the_last(&self) -> bool {
        match self.now.status {
            SubscriptionStatus::Trialing => true,
            _ => self.was == Some(SubscriptionStatus::Trialing),
        }
    }

    /// Returns true if it ended at the end of its trial, with nothing to charge.
    pub(crate) fn ended_with_trial(&self) -> bool {
        let at_trial_end = self.now.ended_at.zip(self.now.trial_end);
        self.trial_was_the_last()
            && self.now.trial_end_behavior.as_deref() == Some("cancel")
            && self.set_end().is_none()
            && at_trial_end.is_some_and(|(ended, trial)| (0..DAY).contains(&(ended - trial)))
    }
}

impl Bill {
    pub(crate) fn new(now: &Invoice<'static>) -> Self {
        Self {
            now: now.clone(),
            failed: None,
            asked: None,
            paid_nth: None,
            was_uncollectible: false,
            was_chased: false,
        }
    }

    /// Applies an event of the invoice. `nth` is its number among all events.
    pub(crate) fn enter(&mut self, nth: usize, event: &Event<'_>, now: &Invoice<'static>) {
        self.now = now.clone();
        match event.kind {
            EventKind::InvoicePaymentFailed => {
                self.failed = Some(Failed {
                    attempt: now.attempt_count,
                    first_at: self.failed.map_or(event.created, |failed| failed.first_at),
                    last_at: event.created,
                    last_nth: nth,
                });
            }
            EventKind::InvoicePaymentActionRequired => self.asked = Some(now.attempt_count),
            _ => {}
        }
        self.was_uncollectible |= now.status == Some(InvoiceStatus::Uncollectible);
        if now.status == Some(InvoiceStatus::Paid) {
            self.paid_nth = Some(nth);
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.now.status == Some(InvoiceStatus::Open)
    }

    pub(crate) fn is_sent(&self) -> bool {
        self.now.collection_method.as_deref() == Some("send_invoice")
    }

    fn is_charged_renewal(&self) -> bool {
        !self.is_sent() && self.now.billing_reason.as_deref() == Some("subscription_cycle")
    }

    /// Returns true if the newest attempt asked for the cardholder.
    pub(crate) fn waits_for_cardholder(&self) -> bool {
        self.failed.is_some_and(|failed| self.asked >= Some(failed.attempt))
    }

    pub(crate) fn recency(&self) -> (i64, Option<&str>) {
        (self.now.created, self.now.id.as_deref())
    }
}
