//! Proof 7 of `docs/convergence.md`: the conclusions about real lives are right. An oracle weighs access, and every
//! claim of every mail. It concludes from Stripe's side, in code of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use simulator::{Expected, Features, Oracle, Word};
use stripe_event::Object;
use subscription::access::{Policy, access};
use subscription::notices::{Audience, Notice, Standing};
use subscription::{Customer, UnixSeconds};

use crate::claims::claims;
use crate::history::{History, NETWORKS};
use crate::rules::Broken;
use crate::shrink::Counterexample;
use crate::size::{count, first_seed, over_seeds};

const DAY_SECS: i64 = 86_400;

fn broken(rule: &'static str, how: String) -> Result<(), Broken> {
    Err(Broken { rule, how })
}

/// Returns the code's decision about this state at a moment, in the oracle's words.
fn said(standing: &Standing, at: i64) -> Expected {
    let found = access(&standing.state, &Policy::default(), UnixSeconds::new(at));
    let word = |allowed, code| Word { allowed, code };
    let then = found.valid_until.zip(found.then);
    Expected {
        now: word(found.allowed, found.reason.code()),
        then: then.map(|(until, then)| (until.as_secs(), word(then.allowed, then.reason.code()))),
    }
}

/// Returns the moments worth asking about, if nothing new comes: now, and around every turn by time alone.
fn moments(oracle: &Oracle) -> Vec<i64> {
    let now = oracle.last_at();
    let turns = oracle.turns_after(now).into_iter();
    let around = turns.flat_map(|at| [at - 1, at, at + 1]);
    [now, now + 1].into_iter().chain(around).filter(|&at| at >= now).collect()
}

/// Checks that access agrees with the oracle at every moment from the last event on, and that the announced next
/// decision comes true.
fn access_is_right(oracle: &Oracle, standing: &Standing) -> Result<(), Broken> {
    for at in moments(oracle) {
        let (found, expected) = (said(standing, at), oracle.access_at(at));
        if found != expected {
            let after = at - oracle.last_at();
            return broken("access", format!("{after} s later it is {expected:?}, not {found:?}"));
        }
        if let Some((until, then)) = found.then
            && said(standing, until).now != then
        {
            return broken("then", format!("at {until} it is {:?}, not {then:?}", said(standing, until)));
        }
        if oracle.is_paid_up_at(at) && !found.now.allowed {
            return broken("who_pays_is_served", format!("{found:?}"));
        }
    }
    Ok(())
}

/// Checks that no mail that is still to be sent at this moment makes a false claim. Notes the kinds it meets.
fn mails_are_true(oracle: &Oracle, standing: &Standing, owed: &[Notice], at: i64, met: &mut Tally) -> Result<(), Broken> {
    for notice in owed {
        let Ok(told) = standing.still_owes(notice, UnixSeconds::new(at)) else {
            continue;
        };
        *met.entry(told.kind()).or_default() += 1;
        if let Some(claim) = claims(&told).into_iter().find(|claim| !oracle.is_so(claim, at)) {
            let instead = oracle.instead_of(&claim, at);
            return broken(told.kind(), format!("at {at}, {claim:?} is not so, but {instead}: {told:?}"));
        }
    }
    Ok(())
}

type Tally = BTreeMap<&'static str, u64>;

/// Returns true if a history is possible. Shrinking may leave an invoice of an unknown subscription, or a subscription
/// without the invoice that caused its state. Only the last event's invoice may be missing, because it may follow.
fn could_be(history: &History) -> bool {
    let mut invoices = BTreeSet::new();
    for event in &history.events {
        if let Object::Invoice { now, .. } = &event.object {
            invoices.extend(now.id.clone());
        }
    }
    let mut known = BTreeSet::new();
    let last = history.events.last().map(|event| &event.id);
    history.events.iter().all(|event| match &event.object {
        Object::Subscription { now, .. } => {
            known.insert(now.id.clone());
            now.latest_invoice.as_ref().is_none_or(|id| invoices.contains(id)) || last == Some(&event.id)
        }
        Object::Invoice { now, .. } => now.subscription.as_ref().is_none_or(|id| known.contains(id)),
        _ => true,
    })
}

/// Checks that the conclusions are right, now and later, once all events were delivered in this order.
fn right_in_the_end(history: &History, order: &[usize]) -> Result<(), Broken> {
    if could_be(history) {
        ends_right(history, order, &mut Tally::new())
    } else {
        Ok(())
    }
}

fn ends_right(history: &History, order: &[usize], met: &mut Tally) -> Result<(), Broken> {
    let oracle = Oracle::after(&history.events);
    let mut customer = Customer::default();
    let mut standing = customer.standing();
    let mut owed = Vec::new();
    for &nth in order {
        for fact in &history.facts[nth] {
            customer.learn(fact.clone());
        }
        let before = std::mem::replace(&mut standing, customer.standing());
        owed.extend(standing.owed_since(&before));
    }
    access_is_right(&oracle, &standing)?;
    mails_are_true(&oracle, &standing, &owed, oracle.last_at(), met)?;
    falls_due_rightly(&oracle, &standing, met)
}

/// Checks what falls due by time, if nothing new comes.
fn falls_due_rightly(oracle: &Oracle, standing: &Standing, met: &mut Tally) -> Result<(), Broken> {
    let mut since = UnixSeconds::new(oracle.last_at());
    while let Some(at) = standing.next_due_from(since) {
        let due = standing.due_between(at, at);
        mails_are_true(oracle, standing, &due, at.as_secs(), met)?;
        since = at.plus_secs(1);
    }
    Ok(())
}

/// Delivers each event as it happens. Checks that the conclusions are right after every event, and so is every mail
/// sent on the way.
fn right_on_the_way(history: &History, _: &[usize]) -> Result<(), Broken> {
    if could_be(history) {
        goes_right(history, &mut Tally::new())
    } else {
        Ok(())
    }
}

fn goes_right(history: &History, met: &mut Tally) -> Result<(), Broken> {
    let mut oracle = Oracle::default();
    let mut customer = Customer::default();
    let mut standing = customer.standing();
    let mut owed: Vec<(i64, Notice)> = Vec::new();
    let mut told = BTreeSet::new();
    for (event, facts) in history.events.iter().zip(&history.facts) {
        let now = UnixSeconds::new(event.created);
        let since = UnixSeconds::new(oracle.last_at() + 1);
        let due = standing.due_between(since, now);
        oracle.enter(event);
        for fact in facts {
            customer.learn(fact.clone());
        }
        let before = std::mem::replace(&mut standing, customer.standing());
        let late = standing.overdue_since(&before, now).into_iter().map(|due| due.notice);
        let new = standing.owed_since(&before).into_iter().chain(due).chain(late);
        let is_told = new.filter(|notice| told.insert(notice.key()));
        owed.retain(|(at, _)| *at > event.created - DAY_SECS);
        owed.extend(is_told.map(|notice| (event.created, notice)).collect::<Vec<_>>());
        access_is_right(&oracle, &standing)?;
        let to_send: Vec<Notice> = owed.iter().map(|(_, notice)| notice.clone()).collect();
        mails_are_true(&oracle, &standing, &to_send, event.created, met)?;
        falls_due_rightly(&oracle, &standing, met)?;
        let is_last_of_its_second = history.events.iter().rfind(|other| other.created == event.created);
        if is_last_of_its_second.is_some_and(|last| last.id == event.id) {
            somebody_is_told(&oracle, &told, event.created)?;
        }
    }
    Ok(())
}

/// Checks that every matter for a person was reported to somebody on the merchant's side.
fn somebody_is_told(oracle: &Oracle, told: &BTreeSet<String>, at: i64) -> Result<(), Broken> {
    let alerts: Vec<&String> = told.iter().filter(|key| is_for_merchant(key)).collect();
    for need in oracle.needs_at(at) {
        if !alerts.iter().any(|key| key.contains(need.about())) {
            return broken("somebody_is_told", format!("{need:?}, of {told:?}"));
        }
    }
    Ok(())
}

/// Decides by the key, which begins with the notice's kind.
fn is_for_merchant(key: &str) -> bool {
    key.split(':').next().is_some_and(|kind| kind.ends_with("_alert"))
}

#[derive(Default)]
struct Met {
    events: u64,
    features: Tally,
    mails: Tally,
    /// For each broken rule, the number of lives that broke it, and the smallest of the first few.
    broken: BTreeMap<&'static str, (u64, usize, String)>,
}

impl Met {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        for (name, times) in other.features {
            *self.features.entry(name).or_default() += times;
        }
        for (name, times) in other.mails {
            *self.mails.entry(name).or_default() += times;
        }
        for (rule, (lives, len, report)) in other.broken {
            self.note(rule, lives, || (len, report));
        }
    }

    fn note(&mut self, rule: &'static str, lives: u64, shrunk: impl FnOnce() -> (usize, String)) {
        let known = self.broken.entry(rule).or_insert((0, usize::MAX, String::new()));
        known.0 += lives;
        if known.0 <= SHRUNK || lives > 1 {
            let (len, report) = shrunk();
            if len < known.1 {
                (known.1, known.2) = (len, report);
            }
        }
    }

    /// Notes a counterexample, and shrinks it if it is one of the first of its rule.
    fn caught(&mut self, seed: u64, how: &str, found: Counterexample, check: impl Fn(&History, &[usize]) -> Result<(), Broken>) {
        self.note(found.broken.rule, 1, || {
            let shrunk = found.shrunk(check);
            (shrunk.history.events.len(), shrunk.report(seed, how))
        });
    }

    fn report(&self, what: &str, lives: u64, began: Instant) {
        let secs = began.elapsed().as_secs_f64();
        println!(
            "{what}: seeds {}.., {lives} lives, {} events, {secs:.0} s",
            first_seed(),
            self.events
        );
        println!("{what}: lives with each feature: {:?}", self.features);
        println!("{what}: mails weighed: {:?}", self.mails);
        for (rule, (lives, _, report)) in &self.broken {
            println!("\n{what}: rule `{rule}` broke in {lives} lives, the smallest:\n{report}");
        }
        assert!(self.broken.is_empty(), "{what}: {:?}", self.broken.keys());
    }
}

/// The number of counterexamples of a rule that each core shrinks.
const SHRUNK: u64 = 5;

fn note_features(history: &History, met: &mut Met) {
    met.events += history.events.len() as u64;
    for (name, is_there) in Features::of(&history.events).named() {
        *met.features.entry(name).or_default() += u64::from(is_there);
    }
}

#[test]
fn what_is_concluded_once_all_has_arrived_is_so() {
    let lives = count(20_000, 200_000);
    let began = Instant::now();
    let met = over_seeds(
        lives,
        |seed, met: &mut Met| {
            let history = History::of_real_life(seed);
            note_features(&history, met);
            let (how, network) = &NETWORKS[usize::try_from(seed % 2).unwrap()];
            let order = history.delivered(network, seed);
            if let Err(broken) = ends_right(&history, &order, &mut met.mails) {
                met.caught(seed, how, Counterexample { history, order, broken }, right_in_the_end);
            }
        },
        Met::add,
    );
    met.report("conclusions, in the end", lives, began);
}

#[test]
fn what_is_concluded_on_the_way_is_so() {
    let lives = count(20_000, 200_000);
    let began = Instant::now();
    let met = over_seeds(
        lives,
        |seed, met: &mut Met| {
            let history = History::of_real_life(seed);
            note_features(&history, met);
            if let Err(broken) = goes_right(&history, &mut met.mails) {
                let order = (0..history.events.len()).collect();
                met.caught(
                    seed,
                    "in true order",
                    Counterexample { history, order, broken },
                    right_on_the_way,
                );
            }
        },
        Met::add,
    );
    met.report("conclusions, on the way", lives, began);
}

#[test]
fn an_audience_on_the_merchant_s_side_is_known_by_its_kind() {
    // This is the assumption of `is_for_merchant`.
    let history = History::of_real_life(first_seed());
    let order: Vec<usize> = (0..history.events.len()).collect();
    let mut customer = Customer::default();
    for nth in order {
        for fact in &history.facts[nth] {
            customer.learn(fact.clone());
        }
        for notice in customer.standing().owed_since(&Customer::default().standing()) {
            let is_ours = notice.audience() != Audience::Customer;
            assert_eq!(is_for_merchant(&notice.key()), is_ours, "{}", notice.key());
        }
    }
}
