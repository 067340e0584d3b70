//! Random histories of the outbox: mail servers that refuse at any step or send mail back later, several workers, and
//! days that pass. No address is blamed for another's fault, and mails about Dunlin's own mail stay few.
//!
//! `DUNLIN_SEED` chooses the first history, `DUNLIN_HISTORIES` their number. `tests/run` runs a thousand,
//! and `just prove` ten thousand.

mod server;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mail::{Brand, Letters, Recipient, Sender, Transport, TransportOptions};
use persistence::{
    Backoff, Bounce, BouncedMail, ClaimTerms, Claimed, Contact, Delivery, EventKey, EventRecord, NoticeFilter, NoticeState,
    OnUnknown, Outcome, OwedNotice, Role, Scope, Source, Store, TenantUpdate, UnixMicros,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use subscription::facts::{
    Before, Cause, Change, Details, Fact, InvoiceCause, InvoiceFact, InvoiceStatus, Snapshot, SubscriptionFact,
};
use subscription::notices::{NoticeContent, StaffNotice};
use subscription::{CustomerId, DAY_SECS, EventId, InvoiceId, Money, Status, SubscriptionId, TenantId, UnixSeconds};
use tokio::time::Instant;

use self::server::{Mood, Server};
use crate::claimed_notice::ClaimedNotice;
use crate::context::NotifierContext;
use crate::delivery::deliver;
use crate::{Notifier, Rules, StaffAddresses};

const MAX_ATTEMPTS: i64 = 12;

thread_local! {
    /// The current time of this thread's history, in seconds.
    static NOW: Cell<i64> = const { Cell::new(0) };
}

fn clock() -> UnixMicros {
    UnixMicros::new(NOW.get() * 1_000_000)
}

/// The true state of a history's addresses.
struct Town {
    tenants: Vec<String>,
    admins: Vec<String>,
    /// The addresses that take no mail.
    bad: BTreeSet<String>,
    /// The addresses for which the server takes mail and sends it back.
    gone: BTreeSet<String>,
}

impl Town {
    fn random(seed: u64, random: &mut StdRng) -> Self {
        let mut town = Self {
            tenants: (0..random.random_range(1..=2)).map(|n| format!("t{seed}x{n}")).collect(),
            admins: (0..random.random_range(1..=2))
                .map(|n| format!("admin{n}@of{seed}.example"))
                .collect(),
            bad: BTreeSet::new(),
            gone: BTreeSet::new(),
        };
        let customers = town
            .tenants
            .iter()
            .flat_map(|tenant| contacts(tenant).map(|(_, email)| email));
        let all: Vec<String> = customers.chain(town.admins.clone()).collect();
        let (bad, good): (Vec<String>, Vec<String>) = all.into_iter().partition(|_| random.random_range(0..4) == 0);
        town.bad = bad.into_iter().collect();
        town.gone = good.into_iter().filter(|_| random.random_range(0..4) == 0).collect();
        town
    }
}

fn contacts(tenant: &str) -> [(Role, String); 2] {
    [
        (Role::Billing, format!("bo@{tenant}.example")),
        (Role::Owner, format!("olivia@{tenant}.example")),
    ]
}

/// A history in progress.
struct History {
    store: Store,
    server: Arc<Server>,
    town: Town,
    workers: Vec<Arc<NotifierContext>>,
    random: StdRng,
    failures: u32,
    /// The last notice before this history.
    after: Option<i64>,
}

impl History {
    async fn begin(seed: u64, store: &Store, after: Option<i64>) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let town = Town::random(seed, &mut random);
        let server = Server::start(town.bad.clone()).await;
        let workers = (0..random.random_range(1..=3))
            .map(|_| worker(store, &server, &town))
            .collect();
        let mut history = Self {
            store: store.clone(),
            server,
            town,
            workers,
            random,
            failures: 0,
            after,
        };
        history.subscribe().await;
        history
    }

    async fn subscribe(&mut self) {
        for tenant in self.town.tenants.clone() {
            let contacts = contacts(&tenant).map(|(role, email)| Contact {
                role,
                email,
                name: String::new(),
            });
            let update = TenantUpdate {
                stripe_customer_id: Some(Some(CustomerId::new(tenant.as_str()))),
                contacts: Some(contacts.to_vec()),
                ..TenantUpdate::default()
            };
            let id = TenantId::parse(&tenant).unwrap();
            self.store.tenants().put(&id, &update, clock()).await.unwrap();
            let told = delivery(&tenant, &format!("evt_{tenant}"), vec![active(&tenant)]);
            self.store.post(&[told], clock()).await.unwrap();
        }
    }

    async fn go_on(&mut self) {
        match self.random.random_range(0..10) {
            0..3 => self.fail().await,
            3..5 => self.server.be(Mood::random(&mut self.random)),
            5..7 => self.pass(1, 3 * 60 * 60),
            7 => self.pass(DAY_SECS / 2, 2 * DAY_SECS),
            8 => self.bounce().await,
            _ => drop(self.work(4).await),
        }
    }

    fn pass(&mut self, least: i64, most: i64) {
        NOW.set(NOW.get() + self.random.random_range(least..=most));
    }

    /// Lets a payment fail, so that the customer and the admin are owed a notice.
    async fn fail(&mut self) {
        let nth = self.random.random_range(0..self.town.tenants.len());
        let tenant = self.town.tenants[nth].clone();
        self.failures += 1;
        let event = format!("evt_{tenant}_{}", self.failures);
        let told = delivery(&tenant, &event, vec![failed(&tenant, &event, self.failures)]);
        self.store.post(&[told], clock()).await.unwrap();
    }

    /// Returns the notices of this history.
    async fn notices(&self) -> Vec<OwedNotice> {
        let filter = NoticeFilter {
            after: self.after,
            ..NoticeFilter::default()
        };
        self.store.outbox().list(&filter, 1000).await.unwrap()
    }

    /// Sends back a mail that was taken: with the true reason for an address that is gone, with another for the rest.
    async fn bounce(&mut self) {
        let mut taken = self.notices().await;
        taken.retain(|notice| !notice.delivered_to.is_empty());
        if taken.is_empty() {
            return;
        }
        let notice = taken.swap_remove(self.random.random_range(0..taken.len()));
        let address = notice.delivered_to[self.random.random_range(0..notice.delivered_to.len())].clone();
        let is_bad_address = self.town.gone.contains(&address);
        let bounce = Bounce {
            mail: BouncedMail::Notice(notice.id),
            address,
            passed_on_by: None,
            is_bad_address,
            status: None,
            reply: "sent back".to_owned(),
        };
        let told = self.store.outbox().bounce(&bounce, clock()).await.unwrap();
        assert!(told.is_some(), "it was handed over for them: {notice:?}");
    }

    /// Lets a worker take up to this many notices. Returns false once nothing is due.
    async fn work(&mut self, notices: usize) -> bool {
        let nth = self.random.random_range(0..self.workers.len());
        let context = Arc::clone(&self.workers[nth]);
        for _ in 0..notices {
            let in_hand = context.in_hand();
            match context
                .store
                .outbox()
                .claim(&context.worker, &context.rules.claim, &in_hand, clock())
                .await
                .unwrap()
            {
                Claimed::Notice(claim) => deliver(&context, &ClaimedNotice::new(&context, claim, Instant::now())).await,
                Claimed::Settled => {}
                Claimed::Nothing { .. } => return false,
            }
        }
        true
    }

    /// Lets the server behave and time pass until nothing is in progress. Returns the notices.
    async fn end(mut self) -> Vec<OwedNotice> {
        self.server.be(Mood::Well);
        for _ in 0..2 * MAX_ATTEMPTS {
            while self.work(8).await {}
            self.pass(4 * 60 * 60, 5 * 60 * 60);
        }
        let notices = self.notices().await;
        self.judge(&notices).await;
        notices
    }

    async fn judge(&self, notices: &[OwedNotice]) {
        let suppressed = self.store.outbox().suppressed_addresses().await.unwrap();
        for address in suppressed {
            assert!(
                self.town.bad.contains(&address.email) || self.town.gone.contains(&address.email),
                "{} is a good address: {}",
                address.email,
                address.reply
            );
            self.store.outbox().allow_address(&address.email).await.unwrap();
        }
        let mut about_mail = BTreeMap::<String, usize>::new();
        for notice in notices {
            let day = notice.created_at.to_unix_seconds().as_secs().div_euclid(DAY_SECS);
            match &notice.content {
                NoticeContent::Staff(StaffNotice::AddressRejected { email, .. }) => {
                    *about_mail.entry(format!("{email} {day}")).or_default() += 1;
                }
                NoticeContent::Staff(StaffNotice::MailRefused { .. }) => *about_mail.entry(format!("{day}")).or_default() += 1,
                _ => {}
            }
            let is_explained = notice.reason.as_ref().is_some_and(|reason| !reason.is_empty());
            assert!(notice.state == NoticeState::Sent || is_explained, "{notice:?}");
            assert!(
                !matches!(notice.state, NoticeState::Claimed | NoticeState::Transmitting),
                "{notice:?}"
            );
        }
        assert!(about_mail.values().all(|&count| count <= 1), "{about_mail:?}");
    }
}

fn worker(store: &Store, server: &Server, town: &Town) -> Arc<NotifierContext> {
    let options = TransportOptions {
        ehlo_name: Some("app.acme.example".to_owned()),
        command_timeout: std::time::Duration::from_secs(5),
        ..TransportOptions::default()
    };
    let rules = Rules {
        claim: ClaimTerms {
            lease_secs: 300,
            max_attempts: MAX_ATTEMPTS,
            on_unknown: OnUnknown::Resend,
            resend_within_secs: None,
            min_interval_secs: 0,
            kinds_off: BTreeSet::new(),
        },
        backoff: Backoff {
            first_secs: 60,
            max_secs: 4 * 60 * 60,
        },
        concurrency: 1,
        shutdown_secs: 1,
        staff: StaffAddresses {
            admin: town.admins.iter().map(|email| Recipient::parse(email, "").unwrap()).collect(),
            sales: Vec::new(),
        },
        unnamed: None,
    };
    let letters = Letters::try_new(Brand::default(), None).unwrap();
    let transport = Transport::parse(&server.url(), &options).unwrap();
    let sender = Sender::try_new("billing@acme.example".parse().unwrap(), None, None).unwrap();
    Arc::new(Notifier::new(store.clone(), letters, transport, sender, rules, clock).into_context())
}

fn delivery(tenant: &str, event: &str, facts: Vec<Fact>) -> Delivery {
    Delivery {
        event: EventRecord {
            key: EventKey {
                id: EventId::new(event),
                scope: Scope {
                    account: String::new(),
                    livemode: true,
                },
            },
            kind: "test".to_owned(),
            api_version: None,
            created: NOW.get(),
            customer: Some(CustomerId::new(tenant)),
            object_id: None,
            outcome: Outcome::Applied,
            reason: None,
        },
        facts,
        claim: None,
        charge: None,
        source: Source::Webhook,
        payload: b"body".to_vec(),
    }
}

fn active(tenant: &str) -> Fact {
    Fact::Subscription {
        id: SubscriptionId::new(format!("sub_{tenant}")),
        fact: SubscriptionFact::Change(Change {
            event: EventId::new(format!("evt_{tenant}")),
            created: UnixSeconds::new(NOW.get()),
            cause: Cause::Created,
            before: Before::Nothing,
            after: Snapshot::of_status(Status::Active),
            details: Details::default(),
            details_before: None,
        }),
    }
}

fn failed(tenant: &str, event: &str, attempt: u32) -> Fact {
    Fact::Invoice {
        id: InvoiceId::new(format!("in_{tenant}")),
        fact: InvoiceFact {
            event: EventId::new(event),
            told_at: UnixSeconds::new(NOW.get()),
            cause: InvoiceCause::PaymentFailed,
            status: InvoiceStatus::Open,
            subscription: Some(SubscriptionId::new(format!("sub_{tenant}"))),
            created: UnixSeconds::new(NOW.get()),
            attempt_count: attempt,
            billing_reason: Some("subscription_cycle".to_owned()),
            amount_due: Money::new(4900, "eur"),
            ..InvoiceFact::default()
        },
    }
}

/// The outcomes of the notices of all histories: a count for each state.
type Fates = BTreeMap<&'static str, u64>;

/// Returns a folder in memory if there is one. A history proves nothing about the disk, and would spend most of its
/// time waiting for it.
fn memory_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

async fn live(seeds: impl Iterator<Item = u64>) -> Fates {
    let folder = memory_folder();
    let url = format!("sqlite://{}", folder.path().join("ledger.db").display());
    let store = Store::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    let mut fates = Fates::new();
    let mut seen = None;
    NOW.set(1_800_000_000);
    for seed in seeds {
        let mut history = History::begin(seed, &store, seen).await;
        for _ in 0..12 {
            history.go_on().await;
        }
        for notice in history.end().await {
            *fates.entry(notice.state.as_str()).or_default() += 1;
            seen = Some(notice.id);
        }
        NOW.set(NOW.get() + 2 * DAY_SECS);
    }
    fates
}

/// The number of threads: more than there are cores, because a conversation mostly waits.
const THREADS: u64 = 16;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

#[test]
fn no_good_address_is_blamed_and_mail_about_mail_stays_little() {
    let (first, count) = (setting("DUNLIN_SEED", 1), setting("DUNLIN_HISTORIES", 100));
    let fates: Vec<Fates> = std::thread::scope(|scope| {
        let spawned: Vec<_> = (0..THREADS)
            .map(|nth| {
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    let mine = (0..count).filter(|history| history % THREADS == nth);
                    runtime.block_on(live(mine.map(|history| first + history)))
                })
            })
            .collect();
        spawned.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    println!("{count} histories from {first}: {fates:?}");
    assert!(fates.iter().all(|fates| fates.get("sent").is_some_and(|&sent| sent > 0)));
}
