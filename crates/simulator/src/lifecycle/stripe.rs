//! Stripe from one customer's view: a clock, new ids, and all events so far.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use stripe_event::{
    Before, Card, CheckoutSession, Customer, Event, EventKind, Invoice, Object, PaymentMethod, Request, Subscription,
};

use super::{Features, Lifecycle};
use crate::payload::{ENDIVE, VERSIONS};

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 86_400;
pub(super) const PERIOD: i64 = 30 * DAY;

/// 2026-01-01, the earliest day on which customers come, in Unix seconds.
const BEGINNING: i64 = 1_767_225_600;

/// Stripe from one customer's view.
pub(super) struct Stripe {
    pub(super) random: ChaCha8Rng,
    pub(super) now: i64,
    pub(super) customer: String,
    pub(super) features: Features,
    /// The API versions that events may have.
    versions: &'static [&'static str],
    /// The API version of the endpoint, or `None` if it changes all the time.
    version: Option<&'static str>,
    /// Each invoice as last reported, by its id.
    told: BTreeMap<String, Invoice<'static>>,
    /// Each payment method as last reported, by its id.
    pub(super) payment_methods: BTreeMap<String, PaymentMethod<'static>>,
    /// The events are those of a second line, beside a subscription that was played before.
    pub(super) is_beside: bool,
    /// The payment methods that were the customer's default at some time.
    pub(super) were_default: BTreeSet<String>,
    events: Vec<Event<'static>>,
}

impl Stripe {
    pub(super) fn new(seed: u64, features: Features) -> Self {
        let versions: &[_] = if features.newest_versions { &VERSIONS } else { &VERSIONS[..2] };
        let mut stripe = Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            now: BEGINNING,
            customer: String::new(),
            features,
            versions,
            version: None,
            told: BTreeMap::new(),
            payment_methods: BTreeMap::new(),
            is_beside: false,
            were_default: BTreeSet::new(),
            events: Vec::new(),
        };
        stripe.customer = stripe.name("cus_", 14);
        stripe.now += stripe.random.random_range(0..365 * DAY);
        stripe.version = match stripe.random.random_range(0..=versions.len()) {
            0 => None,
            n => versions.get(n - 1).copied(),
        };
        stripe
    }

    /// Merges parallel lines into one history, ordered by time.
    pub(super) fn into_lifecycle(mut self) -> Lifecycle {
        self.events.sort_by_key(|event| event.created);
        if self.features.cards {
            self.chain_customers();
        }
        Lifecycle {
            customer: self.customer,
            events: self.events,
        }
    }

    /// Gives each update of the customer its previous attributes, whichever line it came from.
    fn chain_customers(&mut self) {
        let mut last = None;
        for event in &mut self.events {
            if let Object::Customer { now, before } = &mut event.object {
                let was = last.replace(now.clone());
                if let (EventKind::CustomerUpdated, Some(was)) = (&event.kind, was) {
                    *before = Before::Was(was);
                }
            }
        }
    }

    /// Returns true if every event of this life has a version with the reason of a pause.
    pub(super) fn says_why_paused(&self) -> bool {
        self.version.is_some_and(|version| version >= ENDIVE)
    }

    pub(super) fn say(&mut self, kind: EventKind<'static>, object: Object<'static>) {
        let version = match self.version {
            Some(version) => version,
            None => self.versions[self.random.random_range(0..self.versions.len())],
        };
        let id = self.name("evt_1", 23).into();
        self.events.push(Event {
            id,
            kind,
            created: self.now,
            livemode: false,
            account: None,
            api_version: Some(version.into()),
            request: Some(Request::default()),
            object,
        });
    }

    pub(super) fn say_subscription(
        &mut self,
        kind: EventKind<'static>,
        now: &Subscription<'static>,
        before: Option<Subscription<'static>>,
    ) {
        let object = Object::Subscription {
            now: now.clone(),
            before: before.map_or(Before::NotGiven, Before::Was),
        };
        self.say(kind, object);
    }

    pub(super) fn say_invoice(&mut self, kind: EventKind<'static>, invoice: &Invoice<'static>) {
        let id = invoice.id.as_deref().unwrap_or_default();
        let was = self.told.insert(id.to_owned(), invoice.clone());
        let says_before = self.features.invoice_befores && kind == EventKind::InvoiceUpdated;
        let object = Object::Invoice {
            now: invoice.clone(),
            before: was.filter(|_| says_before).map_or(Before::NotGiven, Before::Was),
        };
        self.say(kind, object);
    }

    pub(super) fn say_customer(&mut self, kind: EventKind<'static>, default_payment_method: Option<String>) {
        let customer = Customer {
            id: self.customer.clone().into(),
            email: Some("someone@example.com".into()),
            name: Some("Some One".into()),
            default_payment_method: default_payment_method.map(Into::into),
            metadata: BTreeMap::new(),
        };
        self.say(
            kind,
            Object::Customer {
                now: customer,
                before: Before::NotGiven,
            },
        );
    }

    pub(super) fn say_checkout(&mut self, subscription: &Subscription<'static>) {
        let session = CheckoutSession {
            id: self.name("cs_test_", 40).into(),
            customer: Some(self.customer.clone().into()),
            subscription: Some(subscription.id.clone()),
            client_reference_id: Some("somewhere".into()),
            mode: Some("subscription".into()),
            metadata: BTreeMap::new(),
        };
        self.say(EventKind::CheckoutSessionCompleted, Object::CheckoutSession(session));
    }

    pub(super) fn say_payment_method(&mut self, kind: EventKind<'static>, method: &PaymentMethod<'static>) {
        let is_detached = kind == EventKind::PaymentMethodDetached;
        let object = Object::PaymentMethod {
            now: method.clone(),
            was_of: is_detached.then(|| self.customer.clone().into()),
        };
        self.say(kind, object);
    }

    /// Adds a card. Now and then the network renews it later.
    pub(super) fn attach_card(&mut self) -> String {
        let id = self.name("pm_1", 23);
        let mut card = PaymentMethod {
            id: id.clone().into(),
            customer: Some(self.customer.clone().into()),
            kind: "card".into(),
            card: Some(Card {
                brand: "visa".into(),
                last4: format!("{:04}", self.random.random_range(0..10_000)).into(),
                exp_month: self.random.random_range(1..=12),
                exp_year: self.random.random_range(2027..2034),
            }),
            created: self.now,
        };
        self.say_payment_method(EventKind::PaymentMethodAttached, &card);
        self.soon();
        if self.random.random_bool(0.15) {
            if let Some(card) = &mut card.card {
                card.exp_year += 3;
            }
            self.say_payment_method(EventKind::PaymentMethodAutomaticallyUpdated, &card);
        }
        self.payment_methods.insert(id.clone(), card);
        id
    }

    /// Makes a new id: the prefix and this many random letters. It carries no time.
    pub(super) fn name(&mut self, prefix: &str, letters: usize) -> String {
        let letters = (&mut self.random).sample_iter(rand::distr::Alphanumeric).take(letters);
        prefix.chars().chain(letters.map(char::from)).collect()
    }

    pub(super) fn chance(&mut self, of_one: f64) -> bool {
        self.random.random_bool(of_one)
    }

    /// Advances the clock: often not at all, often by a few seconds.
    pub(super) fn soon(&mut self) {
        if self.chance(0.45) {
            self.now += self.random.random_range(1..=3);
        }
    }

    pub(super) fn later(&mut self, secs: i64) {
        self.now += secs;
    }

    pub(super) fn until(&mut self, moment: i64) {
        self.now = self.now.max(moment);
    }
}
