//! What an object was before a change.

/// The object as it was before this very change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before<T> {
    /// The event has no `previous_attributes`: only updates do.
    NotGiven,
    /// The object overlaid with `previous_attributes`. Equal to the object now when the change was to something we don't
    /// read.
    Was(T),
}
