//! Complete sample events, as Stripe would send them: one per API version and type. Every id, name and amount is made
//! up.

/// The sample of an event type in an API version, as JSON. `kind` is the event's type, with `.expanded` added where
/// related objects are given whole.
pub fn event(api_version: &str, kind: &str) -> Option<&'static str> {
    all().find_map(|(version, stem, json)| (version == api_version && stem == kind).then_some(json))
}

/// All samples, as (API version, event type, JSON).
pub fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    FIXTURES.iter().copied()
}

const FIXTURES: &[(&str, &str, &str)] = &[];
