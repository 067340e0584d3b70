//! Drift of a customer: the differences that asking Stripe brings to light.

use std::collections::{BTreeMap, BTreeSet};

use subscription::facts::{Fact, InvoiceStatus};
use subscription::state::{CustomerState, Difference, SubscriptionState};
use subscription::{InvoiceId, SubscriptionId};

use super::{CustomerRecord, Told};
use crate::{CustomerKey, DriftEntry, DriftKind, UnixMicros};

/// The known state of some objects, before new facts about them are learned.
pub(super) struct Unaware {
    subscriptions: BTreeMap<SubscriptionId, Option<SubscriptionState>>,
    invoices: BTreeMap<InvoiceId, Option<InvoiceStatus>>,
}

/// The differences that are no drift: a drift names its object itself, and doubt is Dunlin's own.
const NOT_DRIFT: [&str; 2] = ["stripe_subscription_id", "uncertain_since"];

impl CustomerRecord {
    /// Returns the known state of the objects of these facts.
    pub(super) fn what_is_known_of(&self, facts: &[Fact]) -> Unaware {
        let mut invoices = BTreeMap::new();
        let mut subscriptions = BTreeSet::new();
        for fact in facts {
            match fact {
                Fact::Subscription { id, .. } => drop(subscriptions.insert(id.clone())),
                Fact::Invoice { id, fact } => {
                    let known = self.customer().invoices().get(id);
                    invoices.insert(id.clone(), known.map(|invoice| invoice.status()));
                    subscriptions.extend(fact.subscription.clone());
                }
                Fact::Card { .. } | Fact::Profile(_) | Fact::Schedule { .. } | Fact::Dispute { .. } => {}
            }
        }
        let state = |id: &SubscriptionId| self.standing().subscriptions.get(id).map(|state| state.as_ref().clone());
        Unaware {
            subscriptions: subscriptions.into_iter().map(|id| (id.clone(), state(&id))).collect(),
            invoices,
        }
    }

    /// Records the differences that the facts brought to light. If an event changed nothing, it records that the event
    /// had never been delivered.
    pub(super) fn record_drift(&mut self, key: &CustomerKey, unaware: &Unaware, told: &Told<'_>, now: UnixMicros) {
        let Some(since) = told.facts.iter().map(Fact::since).max() else {
            return;
        };
        let mut drifted = self.drifted_from(unaware);
        if drifted.is_empty()
            && let Some(event) = told.event
        {
            drifted.push(Drifted {
                kind: DriftKind::Event,
                object_id: event.object_id.clone().unwrap_or_default(),
                what: event.kind.clone(),
                from: None,
                to: None,
            });
        }
        let tenant = self.tenant().map(|tenant| tenant.id.clone());
        self.drift.extend(drifted.into_iter().map(|drifted| DriftEntry {
            found_at: now,
            source: told.source,
            customer: key.clone(),
            tenant: tenant.clone(),
            event: told.event.map(|event| event.key.id.clone()),
            kind: drifted.kind,
            object_id: drifted.object_id,
            what: drifted.what,
            from: drifted.from,
            to: drifted.to,
            since,
        }));
    }

    fn drifted_from(&self, unaware: &Unaware) -> Vec<Drifted> {
        let mut drifted = Vec::new();
        for (id, before) in &unaware.subscriptions {
            let after = self.standing().subscriptions.get(id).map(Box::as_ref);
            drifted.extend(differences(before.as_ref(), after).map(|difference| Drifted {
                kind: DriftKind::Subscription,
                object_id: id.to_string(),
                what: difference.what.to_owned(),
                from: difference.from,
                to: difference.to,
            }));
        }
        for (id, before) in &unaware.invoices {
            let after = self.customer().invoices().get(id).map(|invoice| invoice.status());
            if *before != after {
                let word = |status: InvoiceStatus| status.as_str().to_owned();
                drifted.push(Drifted {
                    kind: DriftKind::Invoice,
                    object_id: id.to_string(),
                    what: "invoice_status".to_owned(),
                    from: before.map(word),
                    to: after.map(word),
                });
            }
        }
        drifted
    }
}

/// Returns the differences of a subscription. For a new one that is only its status.
fn differences(before: Option<&SubscriptionState>, after: Option<&SubscriptionState>) -> impl Iterator<Item = Difference> {
    let alone = |state: Option<&SubscriptionState>| CustomerState {
        subscription: state.cloned(),
        ..CustomerState::default()
    };
    let is_new = before.is_none();
    let all = alone(after).differences_from(&alone(before));
    all.into_iter().filter(move |difference| {
        let is_drift = !NOT_DRIFT.contains(&difference.what);
        is_drift && (!is_new || difference.what == "subscription_status")
    })
}

struct Drifted {
    kind: DriftKind,
    object_id: String,
    what: String,
    from: Option<String>,
    to: Option<String>,
}
