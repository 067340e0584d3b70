//! Proof that the oracle can fail the code: rules that have been corrected since conclude again here, and the oracle
//! catches each.

use std::collections::{BTreeMap, BTreeSet};

use simulator::{Claim, Expected, Features, Lifecycle, Need, Oracle};
use stripe_event::{Event, EventKind, Invoice, InvoiceStatus, Object, PaymentMethod, Subscription, SubscriptionStatus};

use crate::claims::expires_at;
use crate::size::{count, over_seeds};

const DAY_SECS: i64 = 86_400;
const GRACE_SECS: i64 = 14 * DAY_SECS;

/// The record of events that the old rules kept.
#[derive(Default)]
struct Past {
    events: Vec<Event<'static>>,
    subscriptions: BTreeMap<String, Subscription<'static>>,
    invoices: BTreeMap<String, Invoice<'static>>,
    first_failed_at: BTreeMap<String, i64>,
    /// Every card that came, with the time of its arrival.
    cards: Vec<(i64, PaymentMethod<'static>)>,
}

impl Past {
    fn enter(&mut self, event: &Event<'static>) {
        match &event.object {
            Object::Subscription { now, .. } => drop(self.subscriptions.insert(now.id.to_string(), now.clone())),
            Object::Invoice { now, .. } if event.kind != EventKind::InvoiceUpcoming => {
                let id = now.id.as_deref().unwrap().to_owned();
                if event.kind == EventKind::InvoicePaymentFailed {
                    self.first_failed_at.entry(id.clone()).or_insert(event.created);
                }
                self.invoices.insert(id, now.clone());
            }
            Object::PaymentMethod { now, .. } if event.kind == EventKind::PaymentMethodAttached => {
                self.cards.push((event.created, now.clone()));
            }
            _ => {}
        }
        self.events.push(event.clone());
    }

    /// Returns the oracle's answer about one subscription alone, with or without its schedule.
    fn alone(&self, subscription: &str, is_planned: bool, at: i64) -> Expected {
        let is_of_it = |event: &&Event<'static>| match &event.object {
            Object::Subscription { now, .. } => now.id == subscription,
            Object::Invoice { now, .. } => now.subscription.as_deref() == Some(subscription),
            Object::SubscriptionSchedule(_) => is_planned,
            _ => false,
        };
        Oracle::after(self.events.iter().filter(is_of_it)).access_at(at)
    }

    /// Returns the subscription of the highest rank, and of equals the younger.
    fn governing(&self) -> Option<&Subscription<'static>> {
        let rank = |status: &str| match status {
            "trialing" | "active" => 3,
            "past_due" => 2,
            "unpaid" | "paused" | "incomplete" => 1,
            _ => 0,
        };
        let all = self.subscriptions.values();
        all.max_by_key(|one| (rank(one.status.as_str()), one.created, one.id.clone()))
    }

    fn is_only(&self) -> bool {
        self.subscriptions.len() == 1
    }

    fn newest_card(&self) -> Option<&PaymentMethod<'static>> {
        let newest = self.cards.iter().max_by_key(|(at, card)| (*at, card.id.clone()));
        newest.map(|(_, card)| card).filter(|card| card.card.is_some())
    }
}

/// An event that has just happened, as both sides know it.
struct Moment<'a> {
    event: &'a Event<'static>,
    past: &'a Past,
    oracle: &'a Oracle,
}

impl Moment<'_> {
    fn now(&self) -> i64 {
        self.event.created
    }

    fn is_false(&self, claim: &Claim<'_>) -> bool {
        !self.oracle.is_so(claim, self.now())
    }

    /// Returns the subscription that this event tells of.
    fn told(&self) -> Option<&Subscription<'static>> {
        match &self.event.object {
            Object::Subscription { now, .. } => Some(now),
            _ => None,
        }
    }

    fn is_deleted(&self) -> Option<&Subscription<'static>> {
        self.told().filter(|_| self.event.kind == EventKind::SubscriptionDeleted)
    }

    fn failed(&self) -> Option<&Invoice<'static>> {
        match &self.event.object {
            Object::Invoice { now, .. } if self.event.kind == EventKind::InvoicePaymentFailed => Some(now),
            _ => None,
        }
    }
}

/// A function that returns true if the oracle denies what the old rule says at this moment.
type Denies = fn(&Moment<'_>) -> bool;

const RULES: [(&str, Denies); 14] = [
    ("only the youngest subscription of the highest rank counts", |moment| {
        let Some(one) = moment.past.governing() else { return false };
        let at = moment.now();
        moment.past.alone(&one.id, true, at) != moment.oracle.access_at(at)
    }),
    ("the grace counts from the oldest open failure", |moment| {
        let Some(one) = moment.past.governing().filter(|_| moment.past.is_only()) else {
            return false;
        };
        let is_open = |invoice: &&Invoice<'_>| invoice.status == Some(InvoiceStatus::Open);
        let open = moment.past.invoices.values().filter(is_open);
        let is_chased = |invoice: &&Invoice<'_>| {
            invoice.subscription.is_some() && invoice.billing_reason.as_deref() != Some("subscription_create")
        };
        let failed = open.filter(is_chased).filter_map(|invoice| {
            let id = invoice.id.as_deref()?;
            moment.past.first_failed_at.get(id).copied()
        });
        let Some(since) = failed.min().filter(|_| one.status == SubscriptionStatus::PastDue) else {
            return false;
        };
        let end = (since + GRACE_SECS).max(moment.now());
        moment.oracle.access_at(end).now.allowed
    }),
    ("every first invoice that fails is left to the checkout", |moment| {
        let Some(failed) = moment
            .failed()
            .filter(|failed| failed.billing_reason.as_deref() == Some("subscription_create"))
        else {
            return false;
        };
        let is_it = |need: &Need| matches!(need, Need::Failed { .. }) && Some(need.about()) == failed.id.as_deref();
        moment.oracle.needs_at(moment.now()).iter().any(is_it)
    }),
    ("emails ask for the amount due, not what remains", |moment| {
        let asks = |invoice: &Invoice<'_>| {
            let id = invoice.id.as_deref().unwrap_or_default();
            let (right, old) = (invoice.amount_remaining, invoice.amount_due);
            let owes = |amount| Claim::Owes { invoice: id, amount };
            moment.oracle.is_so(&owes(right), moment.now()) && moment.is_false(&owes(old))
        };
        moment.failed().is_some_and(asks)
    }),
    ("the newest card pays", |moment| {
        let charged = |one: &&Subscription<'_>| matches!(one.status, SubscriptionStatus::Active | SubscriptionStatus::PastDue);
        let Some(card) = moment
            .past
            .newest_card()
            .filter(|_| moment.past.governing().as_ref().is_some_and(charged))
        else {
            return false;
        };
        let method = card.id.as_ref();
        moment.is_false(&Claim::IsPaidWith { method, last4: None })
    }),
    ("an end counts as requested unless Stripe says `payment_failed`", |moment| {
        let Some(one) = moment.is_deleted() else { return false };
        let reason = one.cancellation_details.reason.as_deref();
        let why = if reason == Some("payment_failed") {
            "payment_failed"
        } else {
            "requested"
        };
        let subscription = one.id.as_ref();
        moment.is_false(&Claim::Ended { subscription, why })
    }),
    ("an end is reported although another subscription goes on", |moment| {
        moment.is_deleted().is_some() && moment.is_false(&Claim::NothingLives)
    }),
    ("a set end does not count while a payment is owed", |moment| {
        let Some(one) = moment.past.governing().filter(|_| moment.past.is_only()) else {
            return false;
        };
        let Some(end) = one
            .cancel_at
            .filter(|end| *end > moment.now() && one.status == SubscriptionStatus::PastDue)
        else {
            return false;
        };
        let without = moment.oracle.access_at(end - 1).now;
        without.allowed && moment.oracle.access_at(end).now != without
    }),
    ("a schedule's planned end does not count", |moment| {
        let Some(one) = moment.past.governing().filter(|_| moment.past.is_only()) else {
            return false;
        };
        let at = moment.now();
        moment.past.alone(&one.id, false, at) != moment.oracle.access_at(at)
    }),
    ("an end set within a minute is always a fixed term", |moment| {
        let is_early = |one: &&Subscription<'_>| one.canceled_at.is_some_and(|at| at <= one.created + 60);
        let Some(one) = moment.told().filter(is_early) else {
            return false;
        };
        let is_news = |need: &Need| matches!(need, Need::EndSet { .. }) && need.about() == one.id;
        moment.oracle.needs_at(moment.now()).iter().any(is_news)
    }),
    ("every pause counts as the end of a trial", |moment| {
        let Some(one) = moment.told().filter(|one| one.status == SubscriptionStatus::Paused) else {
            return false;
        };
        let subscription = one.id.as_ref();
        moment.is_false(&Claim::TrialIsOver { subscription })
    }),
    ("a card is needed unless `cancel_at_period_end` is set", |moment| {
        let is_warned = |one: &&Subscription<'_>| one.status == SubscriptionStatus::Active && !one.cancel_at_period_end;
        let governing = moment.past.governing().filter(is_warned);
        let Some(card) = moment.past.newest_card().filter(|_| governing.is_some()) else {
            return false;
        };
        let method = card.id.as_ref();
        let Some(shown) = &card.card else { return false };
        let at = expires_at(shown.exp_month, shown.exp_year);
        let is_paid = moment.oracle.is_so(&Claim::IsPaidWith { method, last4: None }, moment.now());
        is_paid && moment.is_false(&Claim::IsNeededAt { method, at })
    }),
    (
        "the end of a trial is announced although the subscription ends with it",
        |moment| {
            let Some(one) = moment
                .told()
                .filter(|_| moment.event.kind == EventKind::SubscriptionTrialWillEnd)
            else {
                return false;
            };
            let Some(at) = one.trial_end.filter(|end| *end > moment.now()) else {
                return false;
            };
            let subscription = one.id.as_ref();
            moment.is_false(&Claim::GoesOnAfterTrial { subscription, at })
        },
    ),
    ("a renewal with nothing to pay is announced", |moment| {
        let Object::Invoice { now: preview, .. } = &moment.event.object else {
            return false;
        };
        let is_preview = moment.event.kind == EventKind::InvoiceUpcoming && preview.amount_due == 0;
        let Some(at) = preview.next_payment_attempt.filter(|_| is_preview) else {
            return false;
        };
        let subscription = preview.subscription.as_deref().unwrap_or_default();
        moment.is_false(&Claim::Renews {
            subscription,
            at,
            amount: preview.amount_due,
            is_told_as_trial_end: false,
        })
    }),
];

#[test]
fn every_rule_that_was_mended_is_caught() {
    let lives = count(4_000, 40_000);
    let caught = over_seeds(
        lives,
        |seed, caught: &mut BTreeMap<&str, u64>| {
            let mut past = Past::default();
            let mut oracle = Oracle::default();
            let mut of_this = BTreeSet::new();
            for event in Lifecycle::with(seed, &Features::ALL).events {
                past.enter(&event);
                oracle.enter(&event);
                let moment = Moment {
                    event: &event,
                    past: &past,
                    oracle: &oracle,
                };
                let denied = RULES
                    .iter()
                    .filter(|(name, denies)| !of_this.contains(name) && denies(&moment));
                let denied: Vec<&str> = denied.map(|(name, _)| *name).collect();
                of_this.extend(denied);
            }
            for name in of_this {
                *caught.entry(name).or_default() += 1;
            }
        },
        |sum, part| {
            for (name, lives) in part {
                *sum.entry(name).or_default() += lives;
            }
        },
    );
    println!("| old rule | lives of {lives} in which the oracle catches it |\n|---|---|");
    for (name, _) in RULES {
        println!("| {name} | {} |", caught.get(name).copied().unwrap_or_default());
    }
    for (name, _) in RULES {
        assert!(caught.contains_key(name), "{name} is never caught");
    }
}
