//! Errors in a body, and in the object inside it.

use std::fmt;

/// The reason why a body is not an [`Event`](crate::Event).
///
/// The text names positions and field names but never repeats the body, so it is safe to log. Another delivery of the
/// same body fails in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The bytes are not UTF-8.
    #[error("the body is not UTF-8 from byte {position} on")]
    NotUtf8 {
        /// The number of leading bytes that are valid.
        position: usize,
    },
    /// The body starts with U+FEFF, which no JSON text may do.
    #[error("the body starts with a byte order mark")]
    ByteOrderMark,
    /// The body is not one JSON text: it has a syntax error, a lone surrogate, a number out of range, an early end or
    /// trailing text.
    #[error("the body is not JSON (line {line}, column {column})")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1; 0 if the body is empty.
        column: usize,
    },
    /// Arrays and objects are nested more than [`MAX_DEPTH`](crate::MAX_DEPTH) deep.
    #[error("the body is nested more than {} deep", crate::MAX_DEPTH)]
    TooDeep,
    /// An object at some level has the same key twice. Readers would disagree on its meaning.
    #[error("an object in the body has the same key twice")]
    DuplicateKey,
    /// The body is JSON, but an array or a bare value.
    #[error("the body is JSON, but not an object")]
    NotAnObject,
    /// A field of the event itself (not of the object that it carries) is unusable.
    #[error("the event's `{field}` is {problem}")]
    Envelope {
        /// The field's name in Stripe's JSON.
        field: &'static str,
        /// The problem with the field.
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

/// The reason why the object inside a sound event cannot be read.
///
/// The text names the field but never repeats its value, so it is safe to show to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is {problem}")]
pub struct ObjectError {
    /// Object and field, such as `subscription.customer`.
    pub path: &'static str,
    /// The problem with the field.
    pub problem: Problem,
}

/// The problem with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It is required, but absent or null.
    Missing,
    /// It is not of the type or form that Stripe documents.
    Malformed,
    /// It is the empty string.
    Empty,
    /// It is longer than [`MAX_ID_BYTES`](crate::MAX_ID_BYTES).
    TooLong,
    /// It is text with a control character such as NUL or a line feed.
    ControlCharacter,
    /// It is a time before 1970 or after the year 9999.
    OutOfRange,
    /// It is an object of another kind than the event's type announces.
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

/// One unusable field, before it is assigned to the envelope or the object.
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
