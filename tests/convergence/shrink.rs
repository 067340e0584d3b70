//! Shrinking: from a history that breaks a rule to a small one that breaks the same rule.

use std::collections::BTreeSet;

use crate::history::History;
use crate::rules::Broken;

/// A history and an order of delivery that break a rule.
#[derive(Clone)]
pub(crate) struct Counterexample {
    pub(crate) history: History,
    pub(crate) order: Vec<usize>,
    pub(crate) broken: Broken,
}

impl Counterexample {
    /// Returns a smaller counterexample of the same rule: an earlier end, fewer objects, fewer copies, less disorder.
    ///
    /// Each step leaves a history that Stripe might have made, as far as the rule can tell: its end is another truth,
    /// and an unknown object says nothing about the others.
    pub(crate) fn shrunk(mut self, check: impl Fn(&History, &[usize]) -> Result<(), Broken>) -> Self {
        while let Some(smaller) = self.candidates().into_iter().find_map(|(history, order)| {
            let broken = check(&history, &order).err()?;
            (broken.rule == self.broken.rule).then_some(Self { history, order, broken })
        }) {
            self = smaller;
        }
        self
    }

    fn candidates(&self) -> Vec<(History, Vec<usize>)> {
        let len = self.history.events.len();
        let mut found = Vec::new();
        for end in [len / 2, len * 3 / 4, len.saturating_sub(1)] {
            found.push(self.keeping(|nth| nth < end));
        }
        let objects: BTreeSet<&str> = self.history.events.iter().filter_map(|event| event.object_id()).collect();
        for object in objects {
            found.push(self.keeping(|nth| self.history.events[nth].object_id() != Some(object)));
        }
        found.push(self.keeping(|nth| self.history.events[nth].object_id().is_some()));
        for at in 0..self.order.len() {
            let is_copy = self.order[..at].contains(&self.order[at]);
            if is_copy {
                let mut order = self.order.clone();
                order.remove(at);
                found.push((self.history.clone(), order));
            }
        }
        for at in 1..self.order.len() {
            if self.order[at - 1] > self.order[at] {
                let mut order = self.order.clone();
                order.swap(at - 1, at);
                found.push((self.history.clone(), order));
            }
        }
        found.retain(|(history, order)| {
            let smaller = history.events.len() < len || order.len() < self.order.len();
            smaller || order != &self.order
        });
        found
    }

    /// Keeps only these of its events.
    fn keeping(&self, keep: impl Fn(usize) -> bool) -> (History, Vec<usize>) {
        let kept: Vec<usize> = (0..self.history.events.len()).filter(|&nth| keep(nth)).collect();
        let order = self.order.iter().filter_map(|nth| kept.binary_search(nth).ok()).collect();
        (self.history.only(|nth, _| keep(nth)), order)
    }

    /// Reports the events, the deliveries and the violation.
    pub(crate) fn report(&self, seed: u64, how: &str) -> String {
        let lines = |order: &[usize]| {
            let described: Vec<String> = order.iter().map(|&nth| format!("  {}", self.history.describe(nth))).collect();
            described.join("\n")
        };
        let happened: Vec<usize> = (0..self.history.events.len()).collect();
        format!(
            "seed {seed}, {how}: rule `{}` is broken: {}\nwhat happened:\n{}\nwhat was delivered:\n{}\n",
            self.broken.rule,
            self.broken.how,
            lines(&happened),
            lines(&self.order)
        )
    }
}
