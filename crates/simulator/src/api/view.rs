//! The answers: the record as of one point in time.

use std::collections::BTreeSet;

use serde_json::Value;
use stripe_event::{Event, Object, Subscription};

use super::asked::Asked;
use super::books::{Books, Shelf, Version};
use super::clock::Place;
use super::expand::expand;
use super::list::{PARAMS, Window, envelope};
use super::object;
use super::refusal::Refusal;
use super::{DAY_SECS, Endpoint};

/// The age up to which events can be listed, in seconds.
const EVENTS_KEPT_SECS: i64 = 30 * DAY_SECS;

/// The record as of one point in time.
pub(super) struct View<'a> {
    pub(super) books: &'a Books,
    pub(super) moment: Place,
    pub(super) livemode: bool,
    /// The API version of objects and events.
    pub(super) shape: &'a str,
    /// The seconds within which an event reaches the list.
    pub(super) list_lag_secs: i64,
    /// The events that were delivered.
    pub(super) delivered: &'a BTreeSet<String>,
}

impl View<'_> {
    /// Answers a request about events and objects.
    pub(super) fn answer(&self, endpoint: Endpoint, id: &str, asked: &Asked) -> Result<Value, Refusal> {
        match endpoint {
            Endpoint::Subscription => self.retrieve("subscription", &self.books.subscriptions, id, asked),
            Endpoint::Invoice => self.retrieve("invoice", &self.books.invoices, id, asked),
            Endpoint::Customer => self.retrieve("customer", &self.books.customers, id, asked),
            Endpoint::Event => self.event(id, asked),
            Endpoint::Subscriptions => {
                let filters = ["customer", "status", "collection_method"];
                self.list("subscription", &self.books.subscriptions, &filters, asked)
            }
            Endpoint::Invoices => {
                let filters = ["customer", "status", "collection_method", "subscription"];
                self.list("invoice", &self.books.invoices, &filters, asked)
            }
            Endpoint::PaymentIntents => self.payment_intents(asked),
            Endpoint::Customers => self.list("customer", &self.books.customers, &["email"], asked),
            Endpoint::Events => self.events(asked),
            // These are not about events or objects, so they are answered elsewhere.
            Endpoint::WebhookEndpoints | Endpoint::PortalSessions => Err(Refusal::no_such_url(&asked.method, &asked.path)),
        }
    }

    fn retrieve(&self, noun: &str, shelf: &Shelf, id: &str, asked: &Asked) -> Result<Value, Refusal> {
        asked.only_has(&["expand[]"])?;
        let missing = || Refusal::missing(noun, id, "id");
        let version = shelf.at(id, self.moment).ok_or_else(missing)?;
        // A deleted customer is still shown as deleted; a deleted draft leaves nothing.
        if noun == "invoice" && version.is_deleted() {
            return Err(missing());
        }
        let mut shown = self.show(&version, asked, "payments").ok_or_else(missing)?;
        self.expand_all(&mut shown, asked)?;
        Ok(shown)
    }

    fn list(&self, noun: &str, shelf: &Shelf, filters: &[&str], asked: &Asked) -> Result<Value, Refusal> {
        asked.only_has(&[&PARAMS[..], filters].concat())?;
        let window = Window::of(asked, noun, |id| shelf.age_of(id))?;
        let (versions, has_more) = window.page(|ages| {
            let all = shelf.all_at(ages, self.moment);
            all.filter(|version| !version.is_deleted() && passes(version, asked))
        });
        let shown = versions
            .iter()
            .filter_map(|version| self.show(version, asked, "data.payments"));
        let mut page = envelope(&asked.path, shown, has_more);
        self.expand_all(&mut page, asked)?;
        Ok(page)
    }

    /// Lists the payment intents of the invoices: nothing else is paid here.
    fn payment_intents(&self, asked: &Asked) -> Result<Value, Refusal> {
        asked.only_has(&[&PARAMS[..], &["customer"]].concat())?;
        let invoices = &self.books.invoices;
        let age_of = |id: &str| invoices.age_of(&object::invoice_of(id)?);
        let (shown, has_more) = Window::of(asked, "payment_intent", age_of)?.page(|ages| {
            let all = invoices.all_at(ages, self.moment);
            let kept = all.filter(|version| !version.is_deleted() && passes(version, asked));
            kept.filter_map(|version| object::payment_intent(&version, self.livemode))
        });
        Ok(envelope(&asked.path, shown.into_iter(), has_more))
    }

    fn show(&self, version: &Version, asked: &Asked, payments: &str) -> Option<Value> {
        let mut shown = object::object(version, self.shape, self.livemode)?;
        let wants_payments = asked.all("expand[]").any(|path| path.starts_with(payments));
        if wants_payments && matches!(version.shown_by.object, Object::Invoice { .. }) {
            shown["payments"] = object::payments(version, self.livemode);
        }
        Some(shown)
    }

    fn expand_all(&self, shown: &mut Value, asked: &Asked) -> Result<(), Refusal> {
        let find = |id: &str| self.find(id);
        // Expansion in an empty list cannot be checked.
        let is_empty = shown["data"].as_array().is_some_and(Vec::is_empty);
        let mut paths = asked.all("expand[]").filter(|path| !is_empty && !is_includable(path));
        paths.try_for_each(|path| expand(shown, path, &find))
    }

    /// Returns the object with this id.
    fn find(&self, id: &str) -> Option<Value> {
        if let Some(invoice) = object::invoice_of(id) {
            let version = self.books.invoices.at(&invoice, self.moment)?;
            return object::payment_intent(&version, self.livemode);
        }
        let shelves = [&self.books.subscriptions, &self.books.invoices, &self.books.customers];
        let version = shelves.iter().find_map(|shelf| shelf.at(id, self.moment))?;
        object::object(&version, self.shape, self.livemode)
    }

    fn event(&self, id: &str, asked: &Asked) -> Result<Value, Refusal> {
        asked.only_has(&["expand[]"])?;
        let found = self.books.place_of(id).and_then(|place| {
            let event = self.books.events.get(&place)?;
            self.is_listed(place, event).then(|| self.show_event(event)).flatten()
        });
        found.ok_or_else(|| Refusal::missing("event", id, "id"))
    }

    fn events(&self, asked: &Asked) -> Result<Value, Refusal> {
        asked.only_has(&[&PARAMS[..], &["type", "types[]", "delivery_success"]].concat())?;
        let is_success = asked.boolean("delivery_success")?;
        let window = Window::of(asked, "event", |id| self.books.place_of(id))?;
        let window = window.since(self.moment.second.saturating_sub(EVENTS_KEPT_SECS));
        let (events, has_more) = window.page(|places| {
            let listed = self.books.events.range(places).filter(|(place, event)| {
                self.is_listed(**place, event)
                    && is_of_type(event, asked)
                    && is_success.is_none_or(|wanted| self.delivered.contains(event.id.as_ref()) == wanted)
            });
            listed.map(|(_, event)| event)
        });
        let shown = events.into_iter().filter_map(|event| self.show_event(event));
        Ok(envelope(&asked.path, shown, has_more))
    }

    /// Returns true if the event has happened, has reached the list, and is not too old for it.
    fn is_listed(&self, place: Place, event: &Event<'_>) -> bool {
        let age_secs = self.moment.second.saturating_sub(place.second);
        place <= self.moment && age_secs >= self.lag_secs(&event.id) && age_secs <= EVENTS_KEPT_SECS
    }

    /// Returns the seconds that this event takes to reach the list: anything up to the longest, and always the same.
    fn lag_secs(&self, id: &str) -> i64 {
        let sum = id.bytes().fold(0_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 1_000_003);
        sum % self.list_lag_secs.saturating_add(1).max(1)
    }

    fn show_event(&self, event: &Event<'_>) -> Option<Value> {
        object::event(event, self.shape, self.delivered.contains(event.id.as_ref()))
    }
}

/// Returns true for `payments`, a list that is left out unless it is asked for. It needs no expansion beyond showing
/// it.
fn is_includable(path: &str) -> bool {
    matches!(path, "payments" | "data.payments")
}

fn is_of_type(event: &Event<'_>, asked: &Asked) -> bool {
    let kind = event.kind.as_str();
    let matches = |wanted: &str| match wanted.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => kind == wanted,
    };
    let mut types = asked.all("types[]").peekable();
    asked.param("type").is_none_or(matches) && (types.peek().is_none() || types.any(matches))
}

fn passes(version: &Version, asked: &Asked) -> bool {
    let is = |name: &str, found: Option<&str>| asked.param(name).is_none_or(|wanted| found == Some(wanted));
    match &version.shown_by.object {
        Object::Subscription { now, .. } => {
            is("customer", Some(&now.customer))
                && is("collection_method", now.collection_method.as_deref())
                && has_status(now, asked.param("status"))
        }
        Object::Invoice { now: invoice, .. } => {
            is("customer", version.customer())
                && is("subscription", invoice.subscription.as_deref())
                && is("collection_method", invoice.collection_method.as_deref())
                && is("status", invoice.status.as_ref().map(stripe_event::InvoiceStatus::as_str))
        }
        Object::Customer { now: customer, .. } => is("email", customer.email.as_deref()),
        _ => false,
    }
}

/// Filters by status. Without a filter, canceled subscriptions are not listed.
fn has_status(subscription: &Subscription<'_>, wanted: Option<&str>) -> bool {
    let status = subscription.status.as_str();
    let has_ended = matches!(status, "canceled" | "incomplete_expired");
    match wanted {
        None => status != "canceled",
        Some("all") => true,
        Some("ended") => has_ended,
        Some(wanted) => status == wanted,
    }
}
