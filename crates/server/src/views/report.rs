//! The doctor's findings, as callers see them.

use serde::Serialize;
use utoipa::ToSchema;

use super::at_micros;
use crate::doctor::{Finding, Report, Severity};

/// What the doctor found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// That of the worst finding.
    severity: Severity,
    /// When the doctor looked.
    examined_at: String,
    findings: Vec<Finding>,
}

impl ReportView {
    /// Makes the view of a report.
    pub fn of(report: &Report) -> Self {
        Self {
            severity: report.severity(),
            examined_at: at_micros(report.at),
            findings: report.findings.clone(),
        }
    }
}
