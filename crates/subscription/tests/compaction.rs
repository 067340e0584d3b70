//! Compaction: facts up to a horizon are folded into one, and every answer stays the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod support;

use proptest::prelude::*;
use subscription::facts::{Fact, Facts, SubscriptionFact, fold};
use subscription::notices::Notice;
use subscription::testing::{SubscriptionBuilder, at, invoice, sub, told, trialing_until};
use subscription::{Customer, Status, SubscriptionId, UnixSeconds};
use support::{anything, facts_of, owed_along};

const A: SubscriptionBuilder = sub("A");

/// Returns `true` if a fact is only about seconds after the horizon, or is not about a subscription.
fn is_newer(fact: &Fact, horizon: UnixSeconds) -> bool {
    match fact {
        Fact::Subscription { fact, .. } => match fact {
            SubscriptionFact::Read(read) => read.not_before > horizon,
            SubscriptionFact::Change(_) | SubscriptionFact::Renewal(_) | SubscriptionFact::Baseline(_) => fact.told_at() > horizon,
        },
        Fact::Invoice { .. } | Fact::Card { .. } | Fact::Profile(_) | Fact::Schedule { .. } | Fact::Dispute { .. } => true,
    }
}

fn facts_in(customer: &Customer) -> Vec<SubscriptionFact> {
    let facts = ["sub_1", "sub_2", "A"].map(|id| customer.facts(&SubscriptionId::new(id)).cloned());
    facts.iter().flatten().flat_map(Facts::iter).collect()
}

/// Returns `true` if the customer knows a change with this event id. Of two shapes of one event, the first one stays.
fn is_known_by_id(customer: &Customer, fact: &SubscriptionFact) -> bool {
    let SubscriptionFact::Change(change) = fact else {
        return false;
    };
    facts_in(customer)
        .iter()
        .any(|known| matches!(known, SubscriptionFact::Change(known) if known.event == change.event))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_told_compacting_it_changes_no_answer(facts in anything::facts(), horizon in 9..20_i64) {
        let customer = told(&facts);
        let compacted = customer.compacted(at(horizon));
        prop_assert_eq!(compacted.standing(), customer.standing());
        prop_assert!(facts_in(&compacted).len() <= facts_in(&customer).len());
        for (id, state) in customer.standing().subscriptions {
            prop_assert_eq!(compacted.facts(&id).and_then(fold), customer.facts(&id).and_then(fold), "{:?}", state);
        }
    }

    #[test]
    fn compacting_twice_is_compacting_once(facts in anything::facts(), horizons in (9..20_i64, 9..20_i64)) {
        let (earlier, later) = (horizons.0.min(horizons.1), horizons.0.max(horizons.1));
        let once = told(&facts).compacted(at(later));
        prop_assert_eq!(&once.compacted(at(later)), &once);
        prop_assert_eq!(&once.compacted(at(earlier)), &once, "an earlier horizon has nothing to add");
        prop_assert_eq!(&told(&facts).compacted(at(earlier)).compacted(at(later)), &once);
    }

    #[test]
    fn what_is_told_after_a_compaction_comes_to_what_it_would_have((facts, redelivered) in anything::facts_and_their_redelivery()) {
        let (mut never, mut often) = (Customer::default(), Customer::default());
        let mut owed: [Vec<Notice>; 2] = Default::default();
        let mut behind = at(9);
        // All facts about older seconds arrive before these are compacted. Newer ones may arrive early.
        for horizon in [11, 12, 14, i64::MAX] {
            let is_old = |fact: &&Fact| horizon == i64::MAX || !is_newer(fact, at(horizon));
            let old = redelivered.iter().filter(is_old);
            let early = redelivered.iter().filter(|fact| !is_old(fact)).step_by(2);
            for fact in old.chain(early).filter(|fact| is_newer(fact, behind)) {
                let before = (never.standing(), often.standing());
                never.learn(fact.clone());
                often.learn(fact.clone());
                let after = (never.standing(), often.standing());
                prop_assert_eq!(&after.0, &after.1);
                owed[0].extend(after.0.owed_since(&before.0));
                owed[1].extend(after.1.owed_since(&before.1));
            }
            behind = at(horizon);
            often = often.compacted(behind);
            prop_assert_eq!(often.standing(), never.standing());
        }
        let [expected, found] = owed;
        prop_assert_eq!(found, expected);
        prop_assert_eq!(never.standing(), told(&facts).standing());
    }

    #[test]
    fn what_comes_too_late_changes_nothing_unless_it_is_the_end(facts in anything::facts(), late in anything::facts()) {
        let compacted = told(&facts).compacted(at(14));
        for fact in late {
            let Fact::Subscription { id, fact } = fact else { continue };
            let Some(baseline) = compacted.facts(&id).and_then(Facts::baseline).cloned() else { continue };
            let snapshot = match &fact {
                SubscriptionFact::Change(change) => change.after.clone(),
                SubscriptionFact::Read(read) => read.snapshot.clone(),
                SubscriptionFact::Renewal(_) | SubscriptionFact::Baseline(_) => continue,
            };
            if fact.told_at() > baseline.through || is_known_by_id(&compacted, &fact) {
                continue;
            }
            let mut again = compacted.clone();
            again.learn(Fact::Subscription { id: id.clone(), fact });
            if snapshot.status.is_terminal() {
                prop_assert!(again.standing().subscriptions[&id].status.is_terminal());
            }
            if baseline.has_ended() || !snapshot.status.is_terminal() {
                prop_assert_eq!(&again, &compacted);
            }
            prop_assert_eq!(again.compacted(at(14)).standing(), again.standing());
        }
    }

    #[test]
    fn a_baseline_is_stored_and_read_back_in_any_order(facts in anything::facts(), horizon in 9..20_i64) {
        let compacted = told(&facts).compacted(at(horizon));
        for id in ["sub_1", "sub_2"].map(SubscriptionId::new) {
            let Some(known) = compacted.facts(&id) else { continue };
            let stored: Vec<String> = known.iter().map(|fact| serde_json::to_string(&fact).unwrap()).collect();
            let read = |json: &String| serde_json::from_str::<SubscriptionFact>(json).unwrap();
            prop_assert_eq!(&stored.iter().map(read).collect::<Facts>(), known);
            prop_assert_eq!(&stored.iter().rev().map(read).collect::<Facts>(), known);
            // The facts that it sums up may still be stored beside it.
            let all = told(&facts).facts(&id).cloned().unwrap_or_default();
            prop_assert_eq!(&known.iter().chain(all.iter()).collect::<Facts>(), known);
            prop_assert_eq!(&all.iter().chain(known.iter()).collect::<Facts>(), known);
        }
    }
}

#[test]
fn a_long_life_becomes_one_fact_and_what_is_newer() {
    let mut life = vec![A.created(10, Status::Active)];
    for month in 1..50 {
        life.push(A.updated(month * 100, Status::Active, Status::PastDue));
        life.push(A.updated(month * 100, Status::PastDue, Status::Active));
        life.push(A.upcoming(month * 100 + 50, month * 100 + 100));
    }
    let customer = told(&life);
    let compacted = customer.compacted(at(4800));
    // The baseline, two changes of the last month, and the announced renewal.
    assert_eq!(facts_in(&compacted).len(), 4);
    assert_eq!(compacted.standing(), customer.standing());
    let json = serde_json::to_string(&facts_in(&compacted)[0]).unwrap();
    assert!(json.starts_with(r#"{"kind":"baseline","through":4800,"#), "{json}");
    assert!(json.len() < 1000, "{json}");
}

#[test]
fn a_lone_fact_is_left_as_it_is() {
    let facts = facts_of(A, &[A.created(10, Status::Active), A.upcoming(11, 90), A.deleted(50)]);
    assert_eq!(facts.compacted(at(49)), facts);
    assert_ne!(facts.compacted(at(50)), facts);
}

#[test]
fn a_late_end_ends_what_was_compacted() {
    let life = [A.created(10, Status::Active), A.updated(20, Status::Active, Status::PastDue)];
    let mut customer = told(&life).compacted(at(30));
    let before = customer.standing();
    customer.learn(A.updated(15, Status::Active, Status::Unpaid));
    assert_eq!(
        customer.standing(),
        before,
        "an update of a second that is folded in is past every retry"
    );
    customer.learn(A.deleted(15));
    let ended = customer.standing();
    assert_eq!(ended.state.status(), Some(&Status::Canceled));
    let owed: Vec<_> = ended.owed_since(&before).iter().map(Notice::kind).collect();
    assert_eq!(owed, ["churn_alert", "subscription_canceled"]);
    let again = customer.compacted(at(30));
    assert_eq!(again.standing(), ended);
    assert_eq!(facts_in(&again).len(), 1);
}

#[test]
fn a_doubt_and_a_gap_stay_until_something_newer_answers_them() {
    // Two changes lead different ways in one second, and nothing tells which was last.
    let torn = [
        A.created(10, Status::Trialing),
        A.updated(20, Status::Trialing, Status::Active),
        A.updated(20, Status::Trialing, Status::Paused),
    ];
    let mut customer = told(&torn).compacted(at(30));
    let state = &customer.standing().subscriptions[&A.id()];
    let doubt = state.doubt.as_ref().expect("it is in doubt");
    assert_eq!((doubt.since, doubt.last_certain.as_ref()), (at(20), Some(&Status::Trialing)));
    assert!(state.gap);
    customer.learn(A.read((40, 42), Status::Active));
    let state = &customer.standing().subscriptions[&A.id()];
    assert!(state.doubt.is_none() && !state.gap && state.status == Status::Active);
}

#[test]
fn a_created_that_is_skewed_shows_across_the_horizon() {
    // The last two changes are stamped in the wrong order. Only the sum over all changes shows it.
    let life = [
        A.created(10, Status::Trialing),
        A.updated(20, Status::Trialing, Status::Active),
        A.updated(40, Status::PastDue, Status::Unpaid),
        A.updated(41, Status::Active, Status::PastDue),
    ];
    let never = told(&life);
    assert!(never.standing().subscriptions[&A.id()].gap);
    let mut compacted = told(&life[..2]).compacted(at(30));
    life[2..].iter().for_each(|fact| compacted.learn(fact.clone()));
    assert_eq!(compacted.standing(), never.standing());
}

#[test]
fn what_was_announced_or_answered_behind_the_horizon_is_not_told_again() {
    let trial = trialing_until(900);
    let announced = [A.created(10, trial.clone()), A.trial_will_end(20, trial.clone())];
    let mut customer = told(&announced).compacted(at(30));
    let before = customer.standing();
    customer.learn(A.trial_will_end(40, trial));
    assert!(customer.standing().owed_since(&before).is_empty());

    // It was past due because of the failure, and is active in spite of it.
    let bill = invoice("in_1").of("A").made(19);
    let answered = [
        A.created(10, Status::Active),
        A.updated(20, Status::Active, Status::PastDue),
        A.updated(20, Status::PastDue, Status::Active),
        bill.failed(20, 1),
    ];
    assert_eq!(told(&answered).compacted(at(30)).state().status(), Some(&Status::Active));
    let unanswered = [A.created(10, Status::Active), A.noted(20, Status::Active), bill.failed(20, 1)];
    assert_eq!(told(&unanswered).compacted(at(30)).state().status(), Some(&Status::PastDue));
    assert_eq!(owed_along(&answered).concat().len(), 2, "a failure, and its alert");
}

#[test]
fn a_read_astride_the_horizon_keeps_what_was_told_since_it_began() {
    let life = [
        A.created(10, Status::Trialing),
        A.updated(20, Status::Trialing, Status::Active),
        A.updated(31, Status::Active, Status::PastDue),
        A.read((30, 34), Status::PastDue),
    ];
    let facts = facts_of(A, &life);
    for horizon in 30..34 {
        let compacted = facts.compacted(at(horizon));
        assert_eq!(compacted.baseline().map(|baseline| baseline.through), Some(at(20)));
        assert_eq!((compacted.changes().count(), compacted.reads().count()), (1, 1));
    }
    let compacted = facts.compacted(at(34));
    assert_eq!(compacted.iter().count(), 1);
    assert_eq!(fold(&compacted), fold(&facts));
}
