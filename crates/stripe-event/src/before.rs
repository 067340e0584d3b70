//! The previous version of an object.

/// The object right before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before<T> {
    /// The event has no `previous_attributes`. Only updates have them.
    NotGiven,
    /// The object with `previous_attributes` applied. It equals the present object if the change is in a field that we
    /// do not read.
    Was(T),
}
