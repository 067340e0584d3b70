//! The redaction of passwords in URLs, which errors of others may repeat.

use std::borrow::Cow;
use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

/// A writer that leaves out the user and password of URLs.
#[derive(Clone, Debug)]
pub(crate) struct Redacting<W>(pub(crate) W);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Redacting<M> {
    type Writer = Redacting<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Redacting(self.0.make_writer())
    }
}

impl<W: Write> Write for Redacting<W> {
    /// Takes whole lines, as loggers write them.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(without_users(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

const SCHEME_END: &str = "://";

/// Replaces the user and password of every URL in the text by `…`. A password may have any character but white space
/// and quotes, also those that should have been encoded.
fn without_users(text: &str) -> Cow<'_, str> {
    if !text.contains(SCHEME_END) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(SCHEME_END);
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let url_end = part
            .find(|c: char| c.is_whitespace() || "\"'`<>".contains(c))
            .unwrap_or(part.len());
        let (url, rest) = part.split_at(url_end);
        redacted.push_str(SCHEME_END);
        match url.rsplit_once('@') {
            Some((_, host)) => redacted.extend(["…@", host]),
            None => redacted.push_str(url),
        }
        redacted.push_str(rest);
    }
    Cow::Owned(redacted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_passwords_of_urls_are_left_out() {
        for (text, wanted) in [
            ("listening on 127.0.0.1:8000", "listening on 127.0.0.1:8000"),
            (
                "https://api.stripe.com/v1/events?limit=100",
                "https://api.stripe.com/v1/events?limit=100",
            ),
            (
                "cannot reach postgres://dunlin:p%40ss@db/dunlin now",
                "cannot reach postgres://…@db/dunlin now",
            ),
            (
                r#"{"url":"smtps://u:p/a#s@s@mx:465","n":1}"#,
                r#"{"url":"smtps://…@mx:465","n":1}"#,
            ),
            ("a://b:c@d e://f g://h:i@j", "a://…@d e://f g://…@j"),
        ] {
            assert_eq!(without_users(text), wanted);
        }
    }

    #[test]
    fn a_line_is_taken_as_a_whole() {
        let mut written = Redacting(Vec::new());
        written.write_all(b"postgres://dunlin:secret@db\n").unwrap();
        assert_eq!(String::from_utf8(written.0).unwrap(), "postgres://…@db\n");
    }
}
