//! The doctor's findings, as callers see them.

use serde::Serialize;
use utoipa::ToSchema;

use super::at_micros;
use crate::doctor::{Finding, Report, Severity};

/// The findings of the doctor.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// The severity of the worst finding.
    severity: Severity,
    /// The time of the examination.
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
