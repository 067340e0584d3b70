//! The evaluation of an API read before it becomes a fact.
//!
//! An event says what a change led to. A read only says what was true at some instant within a few seconds. But if
//! nothing known can be younger, a read is worth more: it answers for everything before it, lost events included.
use crate::UnixSeconds;

/// The value of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Reading {
    /// It says something new, or settles a doubt or a gap. It should be added.
    Tells,
    /// It agrees with everything known, and nothing is in doubt or missing. There is nothing to add.
    Agrees,
    /// Something known may be younger than it. Such a read is worthless but never wrong; the caller reads again a
    /// moment later.
    Inconclusive {
        /// The second of the youngest fact known. A read that begins after it is conclusive.
        told_at: UnixSeconds,
    },
}
