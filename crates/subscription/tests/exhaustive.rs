//! Every small history, not a sample of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]
#![allow(clippy::print_stdout, reason = "the number of histories is part of the result")]

use std::thread;

use subscription::Status::{Active, PastDue, Paused, Trialing, Unpaid};
use subscription::facts::{Before, Cause, Change, Details, Facts, Read, Snapshot, SubscriptionFact, fold};
use subscription::testing::at;
use subscription::{EventId, Status};

/// Four statuses, each reachable from each. A terminal one would absorb and hide the changes before it.
const STATUSES: [Status; 4] = [Trialing, Active, PastDue, Unpaid];

/// The scheme for event ids. An id must not decide anything that the facts decide.
#[derive(Clone, Copy, Debug)]
enum Naming {
    InOrder,
    Reversed,
    Rotated,
}

impl Naming {
    fn event(self, nth: i64) -> EventId {
        let n = match self {
            Self::InOrder => nth,
            Self::Reversed => 9 - nth,
            Self::Rotated => (nth * 3 + 5) % 10,
        };
        EventId::new(format!("evt_{n}"))
    }
}

fn change(naming: Naming, nth: i64, second: i64, before: Option<&Status>, after: &Status) -> Change {
    Change {
        event: naming.event(nth),
        created: at(second),
        cause: if before.is_none() { Cause::Created } else { Cause::Updated },
        before: match before {
            Some(status) => Before::Known(Box::new(Snapshot::of_status(status.clone()))),
            None => Before::Nothing,
        },
        after: Snapshot::of_status(after.clone()),
        details: Details::default(),
        details_before: None,
    }
}

fn facts<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Facts {
    let mut facts = Facts::default();
    for change in changes {
        facts.insert(SubscriptionFact::Change(change.clone()));
    }
    facts
}

/// Checks a history and every longer one that begins with it; returns their number. The history ends in `status` in
/// `second`. Each next change leads to any of the states, in the same second or in a later one.
fn check_from(naming: Naming, known: &Facts, (status, second): (&Status, i64), changes: i64, deepest: i64) -> u64 {
    let folded = fold(known).unwrap();
    assert!(
        folded.snapshot.status == *status && folded.is_certain() && !folded.gap,
        "{naming:?} {known:#?} gave {folded:#?}"
    );
    if changes == deepest {
        return 1;
    }
    let mut count = 1;
    for to in &STATUSES {
        for later in [0, 1] {
            let next = change(naming, changes + 1, second + later, Some(status), to);
            let mut told = known.clone();
            told.insert(SubscriptionFact::Change(next));
            count += check_from(naming, &told, (to, second + later), changes + 1, deepest);
        }
    }
    count
}

fn check_all(naming: Naming, deepest: i64) -> u64 {
    let from_state = |first: &Status| {
        let known = facts([&change(naming, 0, 10, None, first)]);
        check_from(naming, &known, (first, 10), 0, deepest)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = STATUSES.iter().map(|first| scope.spawn(move || from_state(first))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    })
}

#[test]
fn every_history_of_up_to_six_changes_ends_where_it_ended() {
    // A creation in one of 4 states and k changes, each into any of 4 states and either in the last change's second or
    // after it, give 4 · 8ᵏ histories, for k from 0 to 6.
    let count = check_all(Naming::Reversed, 6);
    println!("{count} histories");
    assert_eq!(count, 4 * (8_u64.pow(7) - 1) / 7);
    assert_eq!(count, 1_198_372);
}

#[test]
fn the_names_of_events_decide_nothing() {
    for naming in [Naming::InOrder, Naming::Rotated] {
        let count = check_all(naming, 4);
        println!("{count} histories {naming:?}");
        assert_eq!(count, 18_724);
    }
}

#[test]
fn facts_told_in_another_order_are_the_same_facts() {
    let states = [Trialing, Active, PastDue, Active, Unpaid, Active, PastDue];
    for cut in 0..64_i64 {
        let mut second = 10;
        let mut history: Vec<Change> = Vec::new();
        for (nth, to) in (0..).zip(&states) {
            second += (cut >> nth) & 1;
            let before = history.last().map(|change: &Change| change.after.status.clone());
            history.push(change(Naming::InOrder, nth, second, before.as_ref(), to));
        }
        let known = facts(&history);
        assert_eq!(facts(history.iter().rev()), known);
        for by in 1..history.len() {
            history.rotate_left(by);
            assert_eq!(facts(&history), known);
            assert_eq!(fold(&facts(&history)).unwrap().snapshot.status, PastDue);
            history.rotate_right(by);
        }
    }
}

/// The number of right and of doubtful answers for histories with a read in the middle.
#[derive(Debug, Default)]
struct Verdicts {
    right: u64,
    in_doubt: u64,
}

impl Verdicts {
    /// Counts an answer. It may be wrong only if it says that it is in doubt.
    fn judge(&mut self, known: &Facts, truth: &Status, why: &dyn Fn() -> String) {
        let folded = fold(known).unwrap();
        if folded.is_certain() {
            assert_eq!(folded.snapshot.status, *truth, "{}", why());
            self.right += 1;
        } else {
            self.in_doubt += 1;
        }
    }
}

/// Returns the histories of this many changes over three states, each change 0, 1 or 2 seconds after the one before.
fn spread_histories(changes: u32) -> Vec<Vec<Change>> {
    let mut found: Vec<Vec<Change>> = [Trialing, Active, PastDue]
        .iter()
        .map(|first| vec![change(Naming::Reversed, 0, 10, None, first)])
        .collect();
    for nth in 1..=i64::from(changes) {
        let longer = found.iter().flat_map(|history| {
            let last = history.last().unwrap();
            let (from, second) = (last.after.status.clone(), last.created.as_secs());
            let nexts = [Trialing, Active, PastDue]
                .into_iter()
                .filter(move |to| *to != last.after.status);
            nexts.flat_map(move |to| {
                let from = from.clone();
                (0..3).map(move |later| {
                    let next = change(Naming::Reversed, nth, second + later, Some(&from), &to);
                    history.iter().cloned().chain([next]).collect()
                })
            })
        });
        found = longer.collect();
    }
    found
}

/// Returns every possible true answer to a read in this window: one per version that existed in it.
fn true_reads(history: &[Change], (not_before, not_after): (i64, i64)) -> Vec<Read> {
    let lived = history.iter().enumerate().filter(|(nth, version)| {
        let next = history.get(nth + 1).map(|change| change.created);
        version.created <= at(not_after) && next.is_none_or(|next| next >= at(not_before))
    });
    lived
        .map(|(_, version)| Read {
            not_before: at(not_before),
            not_after: at(not_after),
            snapshot: version.after.clone(),
            details: Details::default(),
        })
        .collect()
}

/// Returns the windows of all reads of a history in these seconds. A real window is never narrower than its two seconds
/// of uncertainty, but the rule must not depend on it.
fn windows(from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> {
    (from..=to).flat_map(|not_before| (0..=3).map(move |width| (not_before, not_before + width)))
}

#[test]
fn a_read_amid_the_changes_is_never_wrong_and_certain() {
    let mut verdicts = Verdicts::default();
    for history in (0..=3).flat_map(spread_histories) {
        let last = history.last().unwrap();
        let truth = &last.after.status;
        for window in windows(9, last.created.as_secs() + 1) {
            for read in true_reads(&history, window) {
                // These facts were known when the read was accepted. The rest arrives later.
                let earlier = facts(history.iter().filter(|change| change.created < read.not_before));
                assert!(earlier.accepts(&read));
                let mut known = facts(&history);
                known.insert(SubscriptionFact::Read(read.clone()));
                verdicts.judge(&known, truth, &|| format!("{history:#?} read as {read:?}"));
                // If the read's own seconds leave no doubt, later facts leave none either, and nothing is missing.
                let mut until_read = facts(history.iter().filter(|change| change.created <= read.not_after));
                until_read.insert(SubscriptionFact::Read(read.clone()));
                if fold(&until_read).unwrap().is_certain() {
                    let folded = fold(&known).unwrap();
                    assert!(folded.is_certain() && !folded.gap, "{history:#?} read as {read:?}");
                }
            }
        }
    }
    println!("{verdicts:?}");
    assert!(verdicts.right > 3 * verdicts.in_doubt, "{verdicts:?}");
}

#[test]
fn a_second_read_overrules_the_first_and_is_never_wrong_and_certain() {
    let mut verdicts = Verdicts::default();
    for history in (0..=2).flat_map(spread_histories) {
        let last = history.last().unwrap();
        let truth = &last.after.status;
        let end = last.created.as_secs();
        for first_window in windows(9, end) {
            for first in true_reads(&history, first_window) {
                for second_window in windows(first_window.1 + 1, end + 1) {
                    for second in true_reads(&history, second_window) {
                        let mut known = facts(&history);
                        known.insert(SubscriptionFact::Read(first.clone()));
                        known.insert(SubscriptionFact::Read(second.clone()));
                        verdicts.judge(&known, truth, &|| format!("{history:#?} read as {first:?}, {second:?}"));
                    }
                }
            }
        }
    }
    println!("{verdicts:?}");
    assert!(verdicts.right > 10 * verdicts.in_doubt, "{verdicts:?}");
}

#[test]
fn a_read_after_the_last_change_makes_up_for_every_loss() {
    let mut count = 0_u64;
    for history in (0..=3).flat_map(spread_histories) {
        let end = history.last().unwrap().created.as_secs();
        let truth = history.last().unwrap().after.clone();
        for delivered in 0..1_u32 << history.len() {
            let survivors = history.iter().enumerate().filter(|(nth, _)| delivered >> nth & 1 == 1);
            let mut known = facts(survivors.map(|(_, change)| change));
            known.insert(SubscriptionFact::Read(Read {
                not_before: at(end + 1),
                not_after: at(end + 4),
                snapshot: truth.clone(),
                details: Details::default(),
            }));
            let folded = fold(&known).unwrap();
            assert!(
                folded.snapshot == truth && folded.is_certain() && !folded.gap,
                "{known:#?} gave {folded:#?}"
            );
            count += 1;
        }
    }
    println!("{count} lossy histories");
}

#[test]
fn reads_that_find_nothing_new_do_not_make_a_status_younger() {
    let read = |not_before: i64, status: &Status| {
        SubscriptionFact::Read(Read {
            not_before: at(not_before),
            not_after: at(not_before + 3),
            snapshot: Snapshot::of_status(status.clone()),
            details: Details::default(),
        })
    };
    let mut known = facts(&[
        change(Naming::InOrder, 0, 10, None, &Active),
        change(Naming::InOrder, 1, 20, Some(&Active), &PastDue),
    ]);
    let since = |known: &Facts| fold(known).unwrap().status_since;
    assert_eq!(since(&known), at(20));
    known.insert(read(100, &PastDue));
    known.insert(read(200, &PastDue));
    assert_eq!(since(&known), at(20));
    // Without an event, the status is as old as the first read that shows it.
    known.insert(read(300, &Unpaid));
    known.insert(read(400, &Unpaid));
    assert_eq!(since(&known), at(300));
    // A change that arrives after the read gives the status its true age.
    known.insert(SubscriptionFact::Change(change(
        Naming::InOrder,
        2,
        290,
        Some(&PastDue),
        &Unpaid,
    )));
    assert_eq!(since(&known), at(290));
}

#[test]
fn a_second_of_skew_may_mislead_but_never_unnoticed() {
    let (mut misled, mut count) = (0_u64, 0_u64);
    for history in (1..=3).flat_map(spread_histories) {
        for skewed in 0..history.len() {
            for by in [-1, 1] {
                let mut told = history.clone();
                told[skewed].created = told[skewed].created.plus_secs(by);
                let folded = fold(&facts(&told)).unwrap();
                let is_right = folded.snapshot == history.last().unwrap().after;
                assert!(is_right || folded.gap || !folded.is_certain(), "{told:#?} gave {folded:#?}");
                misled += u64::from(!is_right);
                count += 1;
            }
        }
    }
    println!("{misled} of {count} skewed histories misled");
    assert!(misled > 0);
}

#[test]
fn a_loss_that_shows_within_one_second_is_told() {
    // Of →trialing, →unpaid, →trialing the middle one is lost. The second still ends in a trial, but does not join up.
    let lossy = [
        change(Naming::InOrder, 0, 10, None, &Active),
        change(Naming::InOrder, 1, 20, Some(&Active), &Trialing),
        change(Naming::InOrder, 3, 20, Some(&Unpaid), &Trialing),
    ];
    let folded = fold(&facts(&lossy)).unwrap();
    assert_eq!(folded.snapshot.status, Trialing);
    assert!(folded.is_certain() && folded.gap);

    // A change in the seconds of a read neither leads to nor starts from the state read.
    let mut known = facts(&lossy[..1]);
    known.insert(SubscriptionFact::Change(change(
        Naming::InOrder,
        1,
        21,
        Some(&Unpaid),
        &Trialing,
    )));
    known.insert(SubscriptionFact::Read(Read {
        not_before: at(20),
        not_after: at(23),
        snapshot: Snapshot::of_status(PastDue),
        details: Details::default(),
    }));
    let folded = fold(&known).unwrap();
    assert_eq!(folded.snapshot.status, PastDue);
    assert_eq!(folded.doubt.map(|doubt| doubt.since), Some(at(23)));
}

#[test]
fn a_terminal_status_absorbs_wherever_it_is_in_a_history() {
    for history in (0..=3).flat_map(spread_histories) {
        let from = &history.last().unwrap().after.status;
        for terminal in [Status::Canceled, Status::IncompleteExpired] {
            for second in 8..=history.last().unwrap().created.as_secs() + 1 {
                let mut known = facts(&history);
                known.insert(SubscriptionFact::Change(change(
                    Naming::Reversed,
                    9,
                    second,
                    Some(from),
                    &terminal,
                )));
                let folded = fold(&known).unwrap();
                assert_eq!(folded.snapshot.status, terminal);
                assert!(folded.is_certain() && !folded.gap);
            }
        }
    }
}

#[test]
fn without_any_fact_there_is_no_state() {
    assert_eq!(fold(&Facts::default()), None);
    // An unknown status folds like any other.
    let odd = change(Naming::InOrder, 1, 10, Some(&Paused), &Status::from("on_sabbatical"));
    assert_eq!(fold(&facts([&odd])).unwrap().snapshot.status.as_str(), "on_sabbatical");
}
