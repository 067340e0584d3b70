//! The doctor's findings, as callers see them.

use doctor::{Finding, Report, Severity};
use serde::Serialize;
use utoipa::ToSchema;

use super::at_micros;

/// The findings of the doctor.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// The severity of the worst finding.
    severity: SeverityView,
    /// The time of the examination.
    examined_at: String,
    findings: Vec<FindingView>,
}

impl ReportView {
    /// Makes the view of a report.
    pub fn of(report: &Report) -> Self {
        Self {
            severity: SeverityView::of(report.severity()),
            examined_at: at_micros(report.at),
            findings: report.findings.iter().map(FindingView::of).collect(),
        }
    }
}

/// The severity of a finding.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Severity)]
enum SeverityView {
    /// As it should be.
    Ok,
    /// Worth knowing; or the check could not be made.
    Info,
    /// Something is lost under some conditions.
    Warning,
    /// Something is being lost.
    Error,
}

impl SeverityView {
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Ok => Self::Ok,
            Severity::Info => Self::Info,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
        }
    }
}

/// The result of one check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
struct FindingView {
    /// The check's id, for programs.
    id: &'static str,
    /// The severity.
    severity: SeverityView,
    /// The finding, in one sentence.
    says: String,
    /// The correction, in one sentence.
    fix: Option<String>,
}

impl FindingView {
    fn of(finding: &Finding) -> Self {
        Self {
            id: finding.id,
            severity: SeverityView::of(finding.severity),
            says: finding.says.clone(),
            fix: finding.fix.clone(),
        }
    }
}
