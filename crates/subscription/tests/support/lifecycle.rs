//! Truthful histories of whole customers: what Stripe might really say, in the order in which it happened.
//!
//! The one thing taken for granted is that Stripe fails no payment after the subscription has ended. Every choice comes from
//! one seed, and so do the events' ids, which say nothing about time.

use std::collections::BTreeMap;

use subscription::*;

use super::{at, random::Random};

const DAY: i64 = 86_400;
const PERIOD: i64 = 30 * DAY;
const ATTEMPTS: u32 = 4;

/// A customer's history.
pub(crate) struct Lifecycle {
    /// In true order; several may share a second.
    pub(crate) facts: Vec<Fact>,
    /// What each subscription is in the end.
    pub(crate) ends: BTreeMap<SubscriptionId, Snapshot>,
    /// When the last of it happened.
    pub(crate) over_at: i64,
}

/// The history that this seed stands for.
pub(crate) fn lifecycle(seed: u64) -> Lifecycle {
    let mut stripe = Stripe {
        random: Random::from_seed(seed),
        now: 1_700_000_000,
        facts: Vec::new(),
        names: 0,
        ends: BTreeMap::new(),
    };
    stripe.customer_lives();
    Lifecycle {
        facts: stripe.facts,
        ends: stripe.ends,
        over_at: stripe.now,
    }
}

/// Stripe, as one customer sees it.
struct Stripe {
    random: Random,
    now: i64,
    facts: Vec<Fact>,
    names: u32,
    ends: BTreeMap<SubscriptionId, Snapshot>,
}

/// A subscription of it.
struct Living {
    id: SubscriptionId,
    made: i64,
    is: Snapshot,
}

impl Living {
    fn has_ended(&self) -> bool {
        self.is.status.is_terminal()
    }

    fn ends_with_this_period(&self) -> bool {
        self.is.cancel_at_period_end || self.is.cancel_at.is_some_and(|end| Some(end) <= self.is.period_end)
    }

    fn period_end(&self) -> i64 {
        self.is.period_end.unwrap().as_secs()
    }
}

/// An invoice of it.
#[derive(Clone)]
struct Billed {
    id: InvoiceId,
    subscription: Option<SubscriptionId>,
    made: i64,
    reason: &'static str,
    attempts: u32,
    paid_at: Option<i64>,
}

impl Stripe {
    fn customer_lives(&mut self) {
        if self.random.percent(60) {
            self.attach_card();
        }
        if self.random.percent(15) {
            self.bill_one_off();
        }
        let mut living = self.subscribe();
        for _ in 0..=self.random.below(4) {
            if living.has_ended() {
                self.later(20 * DAY);
                living = self.subscribe();
            } else if self.random.percent(10) {
                // Subscribes anew first and ends the old subscription afterwards, perhaps within the second.
                let next = self.subscribe();
                self.soon();
                if !living.has_ended() {
                    self.end(&mut living);
                }
                living = next;
            } else {
                self.something_happens(&mut living);
                if !living.has_ended() {
                    self.period_passes(&mut living);
                }
            }
        }
        if !living.has_ended() && self.random.percent(40) {
            self.end(&mut living);
        }
    }

    fn subscribe(&mut self) -> Living {
        let name = self.name("sub");
        let mut living = Living {
            id: SubscriptionId::new(name),
            made: self.now,
            is: Snapshot {
                period_start: Some(at(self.now)),
                period_end: Some(at(self.now + PERIOD)),
                items: vec![Item {
                    price: "price_pro".to_owned(),
                    quantity: Some(1),
                }],
                ..Snapshot::of_status(Status::Incomplete)
            },
        };
        let mut first = self.bill(&living, "subscription_create");
        living.is.latest_invoice = Some(first.id.clone());
        match self.random.below(5) {
            0 => {
                let trial_end = at(self.now + 14 * DAY);
                living.is.status = Status::Trialing;
                living.is.trial_end = Some(trial_end);
                living.is.period_end = Some(trial_end);
                self.creation(&living);
                self.tell(&first, InvoiceStatus::Open);
                self.tell_paid(&mut first);
            }
            1 => {
                living.is.status = Status::Active;
                self.creation(&living);
                self.soon();
                self.tell(&first, InvoiceStatus::Open);
                self.tell_paid(&mut first);
            }
            _ => {
                self.creation(&living);
                self.tell(&first, InvoiceStatus::Open);
                self.first_payment(&mut living, &mut first);
            }
        }
        if self.random.percent(60) {
            self.attach_card();
        }
        living
    }

    fn first_payment(&mut self, living: &mut Living, first: &mut Billed) {
        while self.random.percent(30) {
            self.soon();
            first.attempts += 1;
            self.tell_of(first, InvoiceCause::PaymentFailed, InvoiceStatus::Open);
            if self.random.percent(50) {
                self.tell_of(first, InvoiceCause::PaymentActionRequired, InvoiceStatus::Open);
            }
        }
        if self.random.percent(15) {
            self.later(DAY);
            self.change(living, |is| is.status = Status::IncompleteExpired);
            self.soon();
            self.tell(first, InvoiceStatus::Void);
            return;
        }
        self.soon();
        self.is_paid(living, first);
    }

    /// Things between two renewals.
    fn something_happens(&mut self, living: &mut Living) {
        self.later(2 * DAY);
        match self.random.below(10) {
            0 => self.attach_card(),
            1 => self.change(living, |is| is.items[0].quantity = Some(2)),
            2 => {
                // To and fro within a second.
                self.change(living, |is| is.items[0].quantity = Some(7));
                self.soon();
                self.change(living, |is| is.items[0].quantity = Some(1));
            }
            3 => {
                self.change(living, |is| is.pause_collection = Some("void".to_owned()));
                self.soon();
                self.change(living, |is| is.pause_collection = None);
            }
            4 if living.is.status == Status::Trialing => {
                self.change(living, |is| {
                    is.trial_end = is.trial_end.map(|end| end.plus_secs(7 * DAY));
                    is.period_end = is.trial_end;
                });
            }
            5 => {
                let now = self.now;
                self.change(living, |is| {
                    is.cancel_at_period_end = true;
                    is.canceled_at = Some(at(now));
                });
                if self.random.percent(50) {
                    self.soon();
                    self.change(living, |is| {
                        is.cancel_at_period_end = false;
                        is.canceled_at = None;
                    });
                }
            }
            6 => self.bill_one_off(),
            7 => self.end(living),
            8 => {
                // Ends by itself, though not with this period: renewals go on until then.
                let end = at(living.period_end() + 45 * DAY);
                self.change(living, |is| is.cancel_at = Some(end));
            }
            _ => {}
        }
    }

    fn period_passes(&mut self, living: &mut Living) {
        let end = living.period_end();
        if !living.ends_with_this_period() && self.random.percent(70) {
            self.until(end - 7 * DAY);
            self.announce_renewal(living);
        }
        if living.is.status == Status::Trialing {
            self.until(end - 3 * DAY);
            self.note(living, Cause::TrialWillEnd);
            if self.random.percent(20) {
                // In the very second of the announcement.
                self.change(living, |is| is.items[0].quantity = Some(3));
            }
        }
        if living.ends_with_this_period() {
            self.until(living.is.cancel_at.map_or(end, UnixSeconds::as_secs));
            self.end(living);
            return;
        }
        self.until(end);
        if living.is.status == Status::Trialing && self.random.percent(20) {
            self.pause(living);
        } else {
            self.renew(living);
        }
    }

    fn pause(&mut self, living: &mut Living) {
        self.change(living, |is| is.status = Status::Paused);
        self.note(living, Cause::Note);
        self.later(5 * DAY);
        if self.random.percent(50) {
            self.renew(living);
            self.note(living, Cause::Note);
        }
    }

    fn renew(&mut self, living: &mut Living) {
        let mut bill = self.bill(living, "subscription_cycle");
        let start = self.now;
        let drafted_first = self.random.percent(50);
        if drafted_first {
            self.tell(&bill, InvoiceStatus::Draft);
        }
        self.change(living, |is| {
            is.period_start = Some(at(start));
            is.period_end = Some(at(start + PERIOD));
            is.latest_invoice = Some(bill.id.clone());
            if matches!(is.status, Status::Trialing | Status::Paused) {
                is.status = Status::Active;
            }
        });
        if !drafted_first {
            self.tell(&bill, InvoiceStatus::Draft);
        }
        if living.is.status == Status::Unpaid {
            return;
        }
        self.later(3600);
        self.tell(&bill, InvoiceStatus::Open);
        self.soon();
        if self.random.percent(45) {
            self.chase(living, &mut bill);
        } else {
            self.is_paid(living, &mut bill);
        }
    }

    /// A payment fails, is tried again, and comes to some end.
    fn chase(&mut self, living: &mut Living, bill: &mut Billed) {
        for attempt in 1..=ATTEMPTS {
            self.fails(living, bill);
            if self.random.percent(35) {
                if self.random.percent(50) {
                    self.attach_card();
                }
                self.soon();
                self.is_paid(living, bill);
                return;
            }
            if attempt < ATTEMPTS && self.random.percent(10) {
                // Nothing more is heard until after the next renewal.
                self.until(living.period_end());
                self.renew(living);
                if !living.has_ended() && self.random.percent(60) {
                    self.soon();
                    self.is_paid(living, bill);
                }
                return;
            }
            if attempt < ATTEMPTS {
                self.later(3 * DAY);
            }
        }
        self.is_given_up(living, bill);
    }

    fn fails(&mut self, living: &mut Living, bill: &mut Billed) {
        bill.attempts += 1;
        let subscription_first = self.random.percent(40);
        if subscription_first {
            self.falls_past_due(living, bill);
            self.soon();
        }
        if self.random.percent(25) {
            self.tell_of(bill, InvoiceCause::PaymentActionRequired, InvoiceStatus::Open);
        }
        self.tell_of(bill, InvoiceCause::PaymentFailed, InvoiceStatus::Open);
        if self.random.percent(30) {
            self.tell(bill, InvoiceStatus::Open);
        }
        if !subscription_first {
            self.soon();
            self.falls_past_due(living, bill);
        }
    }

    fn falls_past_due(&mut self, living: &mut Living, bill: &Billed) {
        if living.is.status == Status::Active && living.is.latest_invoice.as_ref() == Some(&bill.id) {
            self.change(living, |is| is.status = Status::PastDue);
        }
    }

    fn is_given_up(&mut self, living: &mut Living, bill: &mut Billed) {
        if self.random.percent(50) {
            self.soon();
        }
        match self.random.below(4) {
            0 => self.change(living, |is| is.status = Status::Unpaid),
            1 => {
                self.tell(bill, InvoiceStatus::Uncollectible);
                self.end(living);
                if self.random.percent(60) {
                    self.later(10 * 3600);
                    self.is_paid(living, bill);
                }
            }
            2 => {
                self.tell(bill, InvoiceStatus::Void);
                self.change(living, |is| is.status = Status::Active);
            }
            _ => {
                self.end(living);
                if self.random.percent(50) {
                    self.later(3 * DAY);
                    self.is_paid(living, bill);
                } else {
                    self.tell(bill, InvoiceStatus::Void);
                }
            }
        }
    }

    /// The invoice is paid; the subscription speaks before or after it, if it has something to say.
    fn is_paid(&mut self, living: &mut Living, bill: &mut Billed) {
        let subscription_first = self.random.percent(40);
        if subscription_first {
            self.heals(living, bill);
            self.soon();
        }
        self.tell_paid(bill);
        if !subscription_first {
            self.soon();
            self.heals(living, bill);
        }
    }

    fn heals(&mut self, living: &mut Living, bill: &Billed) {
        if !living.has_ended() && living.is.latest_invoice.as_ref() == Some(&bill.id) {
            self.change(living, |is| is.status = Status::Active);
        }
    }

    fn end(&mut self, living: &mut Living) {
        living.is.status = Status::Canceled;
        living.is.canceled_at = Some(at(self.now));
        self.say(living, Cause::Deleted, Before::Unknown);
        if self.random.percent(30) {
            // The customer says why: an update of an ended subscription.
            self.soon();
            self.say(living, Cause::Updated, Before::Known(Box::new(living.is.clone())));
        }
        self.soon();
    }

    fn bill(&mut self, living: &Living, reason: &'static str) -> Billed {
        Billed {
            id: InvoiceId::new(self.name("in")),
            subscription: Some(living.id.clone()),
            made: self.now,
            reason,
            attempts: 0,
            paid_at: None,
        }
    }

    fn bill_one_off(&mut self) {
        let mut one_off = Billed {
            id: InvoiceId::new(self.name("in")),
            subscription: None,
            made: self.now,
            reason: "manual",
            attempts: 1,
            paid_at: None,
        };
        self.tell_of(&one_off, InvoiceCause::PaymentFailed, InvoiceStatus::Open);
        if self.random.percent(50) {
            self.tell_paid(&mut one_off);
        }
    }

    fn creation(&mut self, living: &Living) {
        self.say(living, Cause::Created, Before::Nothing);
        self.soon();
    }

    fn change(&mut self, living: &mut Living, change: impl FnOnce(&mut Snapshot)) {
        let before = living.is.clone();
        change(&mut living.is);
        if living.is != before {
            self.say(living, Cause::Updated, Before::Known(Box::new(before)));
        }
    }

    fn note(&mut self, living: &Living, cause: Cause) {
        self.say(living, cause, Before::Unknown);
    }

    fn say(&mut self, living: &Living, cause: Cause, before: Before) {
        self.ends.insert(living.id.clone(), living.is.clone());
        let fact = SubscriptionFact::Change(Change {
            event: self.event(),
            created: at(self.now),
            cause,
            before,
            after: living.is.clone(),
            details: Details {
                created: Some(at(living.made)),
                recurring_amount: Some(4900),
                currency: Some("eur".to_owned()),
                ..Details::default()
            },
        });
        self.facts.push(Fact::Subscription {
            id: living.id.clone(),
            fact,
        });
    }

    fn announce_renewal(&mut self, living: &Living) {
        let fact = SubscriptionFact::Renewal(Renewal {
            due_at: at(living.period_end()),
            announced_at: at(self.now),
            event: self.event(),
            amount: Money::new(4900, "eur"),
        });
        self.facts.push(Fact::Subscription {
            id: living.id.clone(),
            fact,
        });
    }

    fn tell(&mut self, bill: &Billed, status: InvoiceStatus) {
        self.tell_of(bill, InvoiceCause::Other, status);
    }

    /// `invoice.paid`, `invoice.payment_succeeded` and sometimes an update after the fact.
    fn tell_paid(&mut self, bill: &mut Billed) {
        bill.attempts = bill.attempts.max(1);
        bill.paid_at = Some(self.now);
        self.tell(bill, InvoiceStatus::Paid);
        self.tell(bill, InvoiceStatus::Paid);
        if self.random.percent(20) {
            self.soon();
            self.tell(bill, InvoiceStatus::Paid);
        }
    }

    fn tell_of(&mut self, bill: &Billed, cause: InvoiceCause, status: InvoiceStatus) {
        let fact = InvoiceFact {
            event: self.event(),
            told_at: at(self.now),
            cause,
            status,
            subscription: bill.subscription.clone(),
            created: at(bill.made),
            attempt_count: bill.attempts,
            paid_at: bill.paid_at.map(at),
            billing_reason: Some(bill.reason.to_owned()),
            collection_method: Some("charge_automatically".to_owned()),
            next_payment_attempt: None,
            amount_due: Money::new(4900, "eur"),
            hosted_invoice_url: None,
            number: None,
        };
        self.facts.push(Fact::Invoice {
            id: bill.id.clone(),
            fact,
        });
    }

    fn attach_card(&mut self) {
        let id = PaymentMethodId::new(self.name("pm"));
        let attached_at = self.now;
        for attached_at in [Some(at(attached_at)), None] {
            let shown = CardShown {
                told_at: at(self.now),
                event: self.event(),
                brand: "visa".to_owned(),
                last4: Some("4242".to_owned()),
                exp_month: Some(12),
                exp_year: Some(2031),
            };
            self.facts.push(Fact::Card {
                id: id.clone(),
                card: Card { attached_at, shown },
            });
            self.soon();
        }
    }

    fn event(&mut self) -> EventId {
        EventId::new(format!("evt_{:016x}", self.random.next()))
    }

    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}_{:04x}{}", self.random.below(0x10000), self.names)
    }

    /// Often nothing, often a few seconds.
    fn soon(&mut self) {
        if self.random.percent(45) {
            self.now += i64::try_from(self.random.below(3)).unwrap() + 1;
        }
    }

    fn later(&mut self, secs: i64) {
        self.now += secs;
    }

    fn until(&mut self, moment: i64) {
        self.now = self.now.max(moment);
    }
}
