//! The record of Stripe's side: every event, and every version of every object, in order.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use stripe_event::{Event, EventKind, Object};

use super::clock::Place;

/// All events and objects.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) events: BTreeMap<Place, Arc<Event<'static>>>,
    places: HashMap<String, Place>,
    pub(super) subscriptions: Shelf,
    pub(super) invoices: Shelf,
    pub(super) customers: Shelf,
    told: u64,
}

impl Books {
    /// Adds the next event in true order. An event that was added before is ignored.
    pub(super) fn enter(&mut self, event: Event<'static>) {
        if self.places.contains_key(event.id.as_ref()) {
            return;
        }
        self.told += 1;
        let place = Place {
            second: event.created,
            nth: self.told,
        };
        let event = Arc::new(event);
        self.places.insert(event.id.to_string(), place);
        self.events.insert(place, Arc::clone(&event));
        let (shelf, created) = match &event.object {
            Object::Subscription { now, .. } => (&mut self.subscriptions, now.created),
            Object::Invoice { now, .. } if event.kind != EventKind::InvoiceUpcoming => (&mut self.invoices, now.created),
            Object::Customer { .. } => (&mut self.customers, event.created),
            _ => return,
        };
        shelf.put(created, place, &event);
    }

    /// Returns true if there ever was an event or an object with this id.
    pub(super) fn knows(&self, id: &str) -> bool {
        let shelves = [&self.subscriptions, &self.invoices, &self.customers];
        self.places.contains_key(id) || shelves.iter().any(|shelf| shelf.age_of(id).is_some())
    }

    pub(super) fn place_of(&self, event: &str) -> Option<Place> {
        self.places.get(event).copied()
    }
}

/// The creation time of an object, and its id: the order of lists.
pub(super) type Age = (i64, String);

/// All objects of one kind.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    by_age: BTreeMap<Age, History>,
    ages: HashMap<String, i64>,
}

/// All versions of one object.
#[derive(Debug, Default)]
struct History(BTreeMap<Place, Arc<Event<'static>>>);

/// One object as of a point in time.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) id: String,
    /// The creation time of the object.
    pub(super) created: i64,
    /// The last event that showed the object.
    pub(super) shown_by: Arc<Event<'static>>,
    /// A payment attempt waits for its cardholder.
    pub(super) waits_for_cardholder: bool,
}

impl Shelf {
    fn put(&mut self, created: i64, place: Place, event: &Arc<Event<'static>>) {
        let Some(id) = event.object_id() else { return };
        let created = *self.ages.entry(id.to_owned()).or_insert(created);
        let history = self.by_age.entry((created, id.to_owned())).or_default();
        history.0.insert(place, Arc::clone(event));
    }

    /// Returns the object as of this point, or `None` if it did not exist yet.
    pub(super) fn at(&self, id: &str, moment: Place) -> Option<Version> {
        let age = self.age_of(id)?;
        self.by_age.get(&age)?.at(&age, moment)
    }

    pub(super) fn age_of(&self, id: &str) -> Option<Age> {
        Some((*self.ages.get(id)?, id.to_owned()))
    }

    /// Returns all objects of these ages as of this point, from the oldest.
    pub(super) fn all_at(&self, ages: Range<Age>, moment: Place) -> impl DoubleEndedIterator<Item = Version> + '_ {
        self.by_age
            .range(ages)
            .filter_map(move |(age, history)| history.at(age, moment))
    }
}

impl History {
    fn at(&self, (created, id): &Age, moment: Place) -> Option<Version> {
        let (_, shown_by) = self.0.range(..=moment).next_back()?;
        Some(Version {
            id: id.clone(),
            created: *created,
            shown_by: Arc::clone(shown_by),
            waits_for_cardholder: self.waits_for_cardholder(shown_by, moment),
        })
    }

    /// Returns true if the latest attempt up to this point asked for the cardholder and has had no result since.
    fn waits_for_cardholder(&self, shown_by: &Event<'_>, moment: Place) -> bool {
        let Object::Invoice { now, .. } = &shown_by.object else {
            return false;
        };
        let mut asked = self.0.range(..=moment).filter_map(|(_, event)| match &event.object {
            Object::Invoice { now: then, .. } if event.kind == EventKind::InvoicePaymentActionRequired => Some(then.attempt_count),
            _ => None,
        });
        now.amount_remaining > 0 && asked.any(|attempt| attempt == now.attempt_count)
    }
}

impl Version {
    pub(super) fn customer(&self) -> Option<&str> {
        self.shown_by.customer()
    }

    /// Returns true for a deleted customer or a deleted draft.
    pub(super) fn is_deleted(&self) -> bool {
        matches!(self.shown_by.kind, EventKind::InvoiceDeleted | EventKind::CustomerDeleted)
    }
}
