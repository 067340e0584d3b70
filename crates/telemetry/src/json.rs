//! Causes in JSON lines. The library's format only tells what an error itself says.

use std::error::Error;
use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use wording::causes;

/// A format of one JSON object a line. Beside each field that is an error it adds `FIELD.sources`, the texts of the
/// causes.
pub(crate) struct WithCauses<F>(pub(crate) F);

/// The most causes of one error that are logged.
const MAX_CAUSES: usize = 8;
/// The most bytes of each cause.
const MAX_CAUSE_BYTES: usize = 512;

impl<S, N, F> FormatEvent<S, N> for WithCauses<F>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut sources = Sources::default();
        event.record(&mut sources);
        if sources.members.is_empty() {
            return self.0.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        match line.strip_suffix("}\n") {
            Some(object) => writeln!(writer, "{object}{}}}", sources.members),
            None => writer.write_str(&line),
        }
    }
}

/// Members of a JSON object, each with a comma before it.
#[derive(Default)]
struct Sources {
    members: String,
}

impl Visit for Sources {
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        let sources = causes(error).into_iter().skip(1).take(MAX_CAUSES).map(shortened);
        let sources: serde_json::Value = sources.collect();
        if sources != serde_json::json!([]) {
            let name = serde_json::json!(format!("{}.sources", field.name()));
            self.members.extend([",", &name.to_string(), ":", &sources.to_string()]);
        }
    }
}

fn shortened(mut text: String) -> String {
    if text.len() > MAX_CAUSE_BYTES {
        text.truncate(text.floor_char_boundary(MAX_CAUSE_BYTES));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{says}")]
    struct Told {
        says: String,
        #[source]
        because: Option<Box<Told>>,
    }

    fn told(says: impl Into<String>, because: Option<Told>) -> Told {
        let (says, because) = (says.into(), because.map(Box::new));
        Told { says, because }
    }

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn logged(error: &Told) -> Value {
        let kept = Kept::default();
        let builder = tracing_subscriber::fmt().with_writer(kept.clone()).json().flatten_event(true);
        tracing::subscriber::with_default(builder.map_event_format(WithCauses).finish(), || {
            tracing::error!(error = error as &dyn Error, tries = 2, "it failed");
        });
        let line = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(line.lines().count(), 1, "{line}");
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn an_error_is_logged_with_its_causes() {
        let full = told("disk \"full\"", Some(told("of ballast\n", None)));
        let line = logged(&told("cannot commit", Some(full)));
        assert_eq!(line["error"], "cannot commit");
        assert_eq!(line["error.sources"], json!(["disk \"full\"", "of ballast\n"]));
        assert_eq!((&line["message"], &line["tries"]), (&json!("it failed"), &json!(2)));
    }

    #[test]
    fn an_error_without_causes_is_logged_as_it_was() {
        assert_eq!(logged(&told("it is full", None)).get("error.sources"), None);
    }

    #[test]
    fn many_and_long_causes_are_cut() {
        let long = (0..20).fold(told("é".repeat(4096), None), |cause, n| {
            told(format!("{n}{}", "ü".repeat(4096)), Some(cause))
        });
        let line = logged(&told("cannot commit", Some(long)));
        let sources = line["error.sources"].as_array().unwrap();
        assert_eq!(sources.len(), MAX_CAUSES);
        let lengths = sources.iter().map(|cause| cause.as_str().unwrap().len());
        assert!(lengths.max().unwrap() <= MAX_CAUSE_BYTES + '…'.len_utf8());
    }
}
