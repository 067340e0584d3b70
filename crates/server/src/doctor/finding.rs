//! The findings of the doctor.

use persistence::UnixMicros;
use serde::Serialize;
use utoipa::ToSchema;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing; or the check could not be made.
    Info,
    /// Something is lost under some conditions.
    Warning,
    /// Something is being lost.
    Error,
}

impl Severity {
    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// The check's id, for programs.
    pub id: &'static str,
    /// The severity.
    pub severity: Severity,
    /// The finding, in one sentence.
    pub says: String,
    /// The correction, in one sentence.
    pub fix: Option<String>,
}

impl Finding {
    pub(super) fn ok(id: &'static str, says: impl Into<String>) -> Self {
        Self {
            id,
            severity: Severity::Ok,
            says: says.into(),
            fix: None,
        }
    }

    pub(super) fn of(severity: Severity, id: &'static str, says: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            id,
            severity,
            says: says.into(),
            fix: Some(fix.into()),
        }
    }
}

/// The findings of one examination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The time of the examination.
    pub at: UnixMicros,
    /// The findings, one or several for each check.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Returns the severity of the worst finding.
    pub fn severity(&self) -> Severity {
        let severities = self.findings.iter().map(|finding| finding.severity);
        severities.max().unwrap_or(Severity::Ok)
    }

    /// Returns true if there is nothing to correct.
    pub fn is_well(&self) -> bool {
        self.severity() < Severity::Warning
    }
}
