//! Text of outside origin, made harmless.

/// Reduces a text to one line of at most `max_chars` characters, without control characters, marks of writing direction
/// and invisible characters.
pub(crate) fn one_line(text: &str, max_chars: usize) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !is_unseen(*c))
        .collect();
    let line = visible
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if line.chars().count() <= max_chars {
        return line;
    }
    let kept: String = line.chars().take(max_chars.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Removes the people from a server's words: only the domain of each address is left.
pub fn without_addresses(words: &str) -> String {
    let masked = words.split(' ').map(|word| match word.rsplit_once('@') {
        Some((_, domain)) => format!("…@{domain}"),
        None => word.to_owned(),
    });
    masked.collect::<Vec<_>>().join(" ")
}

/// Returns true for marks of direction, joiners, and characters of no width (Unicode Standard, sections 23.2 to 23.5).
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_names_nobodys_address() {
        let words = "550 5.1.1 <bo@example.com>: Recipient address rejected";
        assert_eq!(
            without_addresses(words),
            "550 5.1.1 …@example.com>: Recipient address rejected"
        );
        assert_eq!(without_addresses("no answer for 30 s"), "no answer for 30 s");
    }

    #[test]
    fn what_others_wrote_is_one_bounded_line() {
        for (text, max, line) in [
            ("Acme", 100, "Acme"),
            ("a\r\nBcc: x@y.example", 100, "a Bcc: x@y.example"),
            ("nul\0nul\u{7f}\u{9b}", 100, "nul nul"),
            ("\u{202e}gnp.exe\u{2066}", 100, "gnp.exe"),
            ("zero\u{200b}width", 100, "zerowidth"),
            ("abcdef", 4, "abc…"),
            ("  ", 4, ""),
        ] {
            assert_eq!(one_line(text, max), line, "{text:?}");
        }
        assert_eq!(one_line(&"x".repeat(10_000), 100).chars().count(), 100);
    }
}
