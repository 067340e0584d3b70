//! What can be wrong with a body, and with the object inside it.

use std::fmt;

/// Why a body is not an [`Event`](crate::Event).
///
/// The text names positions and field names but never repeats what the body said, so it is safe to log.
/// None of these gets better by being delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The bytes are not UTF-8.
    #[error("the body is not UTF-8 from byte {position} on")]
    NotUtf8 {
        /// How many leading bytes are valid.
        position: usize,
    },
    /// The body starts with U+FEFF, which no JSON text may.
    #[error("the body starts with a byte order mark")]
    ByteOrderMark,
    /// Not one JSON text: a syntax error, a lone surrogate, a number out of range, an early end or trailing text.
    #[error("the body is not JSON (line {line}, column {column})")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1; 0 when the body is empty.
        column: usize,
    },
    /// Arrays and objects are nested more than [`MAX_DEPTH`](crate::MAX_DEPTH) deep.
    #[error("the body is nested more than {} deep", crate::MAX_DEPTH)]
    TooDeep,
    /// Some object, at whatever level, has one key twice: readers would disagree on what it means.
    #[error("an object in the body has the same key twice")]
    DuplicateKey,
    /// JSON, but an array or a bare value.
    #[error("the body is JSON, but not an object")]
    NotAnObject,
    /// A field of the event itself (not of the object it carries) cannot be used.
    #[error("the event's `{field}` is {problem}")]
    Envelope {
        /// The field's name in Stripe's JSON.
        field: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },
}

impl EventError {
    pub(crate) fn not_json(error: &serde_json::Error) -> Self {
        Self::NotJson {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// Why the object inside a sound event cannot be read.
///
/// The text names the field but never repeats its value, so it is safe to show to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is {problem}")]
pub struct ObjectError {
    /// Object and field, such as `subscription.customer`.
    pub path: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Absent or null, and needed.
    Missing,
    /// Not of the type or form that Stripe documents.
    Malformed,
    /// The empty string.
    Empty,
    /// Longer than [`MAX_ID_BYTES`](crate::MAX_ID_BYTES).
    TooLong,
    /// Text with a control character such as NUL or a line feed in it.
    ControlCharacter,
    /// A time before 1970 or after the year 9999.
    OutOfRange,
    /// An object of another kind than the event's type announces.
    OtherKind,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Malformed => "not of the type or form that Stripe documents",
            Self::Empty => "empty",
            Self::TooLong => "too long",
            Self::ControlCharacter => "text with a control character in it",
            Self::OutOfRange => "out of range",
            Self::OtherKind => "of another kind than the event's type announces",
        })
    }
}

/// One unusable field, before it is known whether it belongs to the envelope or to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) field: &'static str,
    pub(crate) problem: Problem,
}

impl From<Flaw> for EventError {
    fn from(Flaw { field, problem }: Flaw) -> Self {
        Self::Envelope { field, problem }
    }
}

impl From<Flaw> for ObjectError {
    fn from(Flaw { field, problem }: Flaw) -> Self {
        Self { path: field, problem }
    }
}
