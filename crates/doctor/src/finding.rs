//! The findings of the doctor.

use persistence::UnixMicros;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Makes the finding that all is well.
    pub fn ok(id: &'static str, says: impl Into<String>) -> Self {
        Self {
            id,
            severity: Severity::Ok,
            says: says.into(),
            fix: None,
        }
    }

    /// Makes a finding with its correction.
    pub fn of(severity: Severity, id: &'static str, says: impl Into<String>, fix: impl Into<String>) -> Self {
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

    /// Returns the findings to correct that the last report did not have.
    pub fn news_since(&self, last: Option<&Self>) -> Vec<&Finding> {
        let said = last.map_or(&[][..], |report| &report.findings);
        let bad = self.findings.iter().filter(|finding| finding.severity >= Severity::Warning);
        bad.filter(|finding| {
            !said
                .iter()
                .any(|said| (said.id, said.severity) == (finding.id, finding.severity))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_wrong_is_said_once_and_what_gets_worse_again() {
        let report = |severity| Report {
            at: UnixMicros::new(0),
            findings: vec![
                Finding::ok("well", "well"),
                Finding::of(severity, "clock_skew", "off", "set it"),
            ],
        };
        let said = |before: Option<Severity>, now| report(now).news_since(before.map(report).as_ref()).len();
        assert_eq!(said(None, Severity::Warning), 1);
        assert_eq!(said(Some(Severity::Warning), Severity::Warning), 0);
        assert_eq!(said(Some(Severity::Warning), Severity::Error), 1);
        assert_eq!(said(Some(Severity::Error), Severity::Info), 0);
    }
}
