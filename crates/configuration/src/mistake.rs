//! Settings that hold something else.

/// A setting that holds something else. It names the variable and shows nothing of the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{says}; {fix}")]
pub struct Mistake {
    /// The variable.
    pub setting: &'static str,
    /// The mistake.
    pub says: String,
    /// The correction.
    pub fix: String,
    /// True if nothing can work with it. Otherwise it only looks wrong.
    pub is_fatal: bool,
}
