//! The rules by which the facts of a customer are folded.

/// The version of the current rules. It grows with every version that concludes something else from the same facts.
pub(crate) const RULES: i64 = 1;
