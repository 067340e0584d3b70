//! The HTML of the letters in mail programs with little support for it: Outlook for Windows, and Gmail without a style
//! sheet.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what is wrong by failing")]

use mail::{Brand, Letters, Url, samples};

/// An inline property that Gmail and Outlook for Windows support: the elements and values that work, and the source.
struct Supported {
    property: &'static str,
    is_used_well: fn(&str, &str) -> bool,
    #[expect(dead_code, reason = "for those who read the table")]
    source: &'static str,
}

const SUPPORTED: [Supported; 13] = [
    Supported {
        property: "background-color",
        is_used_well: |_, _| true,
        source: "https://www.caniemail.com/features/css-background-color/",
    },
    Supported {
        property: "border-top",
        // A border of more than 8px, or of a paragraph, is not drawn correctly.
        is_used_well: |tag, value| tag == "td" && value.starts_with("1px solid "),
        source: "https://www.caniemail.com/features/css-border/",
    },
    Supported {
        property: "color",
        is_used_well: |_, _| true,
        source: "no page: every mail program supports it",
    },
    Supported {
        property: "display",
        // Tables within do not inherit it.
        is_used_well: |tag, value| (tag, value) == ("div", "none"),
        source: "https://www.caniemail.com/features/css-display-none/",
    },
    Supported {
        property: "font-family",
        is_used_well: |tag, _| tag == "td",
        source: "https://www.caniemail.com/features/css-font/",
    },
    Supported {
        property: "font-size",
        is_used_well: |_, value| value.ends_with("px"),
        source: "https://www.caniemail.com/features/css-font-size/",
    },
    Supported {
        property: "font-weight",
        is_used_well: |_, value| value == "bold",
        source: "https://www.caniemail.com/features/css-font-weight/",
    },
    Supported {
        property: "line-height",
        is_used_well: |_, value| value.ends_with("px"),
        source: "https://www.caniemail.com/features/css-line-height/",
    },
    Supported {
        property: "margin",
        // No negative value, and no auto. A zero on the body is harmless where it is ignored.
        is_used_well: |tag, value| (tag == "p" || value == "0") && !value.contains(['-', 'a']),
        source: "https://www.caniemail.com/features/css-margin/",
    },
    Supported {
        property: "max-width",
        is_used_well: |tag, _| tag == "table",
        source: "https://www.caniemail.com/features/css-max-width/",
    },
    Supported {
        property: "padding",
        is_used_well: |tag, _| tag == "td",
        source: "https://www.caniemail.com/features/css-padding/",
    },
    Supported {
        property: "text-decoration",
        is_used_well: |_, value| value == "none",
        source: "https://www.caniemail.com/features/css-text-decoration/",
    },
    Supported {
        property: "width",
        is_used_well: |tag, _| tag == "table",
        source: "https://www.caniemail.com/features/css-width/",
    },
];

/// Returns every letter in a language with long words, by the name of its sample.
fn letters() -> Vec<(&'static str, String)> {
    let brand = Brand {
        product_name: "Acme".to_owned(),
        billing_url: Some(Url::parse("https://app.acme.example/billing").unwrap()),
        ..Brand::default()
    };
    let letters = Letters::try_new(brand, None).unwrap();
    let html = |sample: mail::Sample| (sample.name, sample.write(&letters, "de").unwrap().html);
    samples().into_iter().map(html).collect()
}

/// Removes the style sheets from a document.
fn without_style(html: &str) -> String {
    let parts = html.split("<style>");
    parts.map(|part| part.split("</style>").last().unwrap()).collect()
}

/// Returns the tags of this name, each from after the name to its end.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!("<{name} ");
    let rests = html.split(opening.as_str()).skip(1);
    rests.map(|rest| rest.split('>').next().unwrap()).collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let opening = format!("{name}=\"");
    let (_, rest) = format!(" {tag}").find(&format!(" {opening}")).map(|at| tag.split_at(at))?;
    rest.strip_prefix(opening.as_str())?.split('"').next()
}

/// Returns each inline property with its element and its value.
fn inline(html: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for part in html.split('<').skip(1) {
        let name = part.split([' ', '>']).next().unwrap();
        let tag = part.split('>').next().unwrap().trim_start_matches(name).trim_start();
        for declaration in attribute(tag, "style").unwrap_or_default().split_terminator(';') {
            let (property, value) = declaration.split_once(':').unwrap();
            found.push((name.to_owned(), property.to_owned(), value.to_owned()));
        }
    }
    found
}

#[test]
fn inline_properties_are_those_that_outlook_and_gmail_support() {
    for (name, html) in letters() {
        let found = inline(&html);
        assert!(found.len() > 20, "{name}");
        for (tag, property, value) in found {
            let supported = SUPPORTED.iter().find(|supported| supported.property == property);
            let is_fine = property.starts_with("mso-") || supported.is_some_and(|supported| (supported.is_used_well)(&tag, &value));
            assert!(is_fine, "{name}: <{tag}> has {property}:{value}");
        }
    }
}

#[test]
fn the_layout_stands_without_a_style_sheet() {
    for (name, html) in letters() {
        let bare = without_style(&html);
        assert!(!bare.contains("@media") && bare.contains("</html>"), "{name}");
        let tables = tags(&bare, "table");
        assert!(
            tables.iter().all(|table| attribute(table, "role") == Some("presentation")),
            "{name}"
        );
        let sheet = tables
            .iter()
            .find(|table| attribute(table, "class") == Some("sheet"))
            .unwrap();
        let style = attribute(sheet, "style").unwrap();
        assert!(
            style.contains("width:100%;max-width:600px;") && style.contains("background-color:#ffffff;"),
            "{name}"
        );
        assert!(
            bare.contains("<!--[if mso]><table role=\"presentation\" width=\"600\""),
            "{name}"
        );
        assert!(
            !tags(&bare, "a").iter().any(|link| attribute(link, "style").is_none()),
            "{name}"
        );
    }
}

#[test]
fn a_button_stands_without_a_style_sheet() {
    let mut buttons = 0;
    for (name, html) in letters() {
        let bare = without_style(&html);
        for cell in bare.split("<td class=\"button\"").skip(1) {
            let (cell, link) = cell.split_once("<a ").unwrap();
            let style = attribute(cell.trim(), "style").unwrap();
            assert!(cell.contains("bgcolor=\"#1f6fa8\""), "{name}: {cell}");
            assert!(
                style.contains("padding:14px 28px;") && style.contains("background-color:#1f6fa8;"),
                "{name}: {style}"
            );
            let style = attribute(link, "style").unwrap();
            assert!(
                style.contains("color:#ffffff;") && style.contains("text-decoration:none;"),
                "{name}: {style}"
            );
            buttons += 1;
        }
        assert_eq!(
            bare.matches("class=\"button\"").count(),
            tags(&bare, "a").len(),
            "{name}: a link that is no button"
        );
    }
    assert!(buttons > 20, "{buttons}");
}

#[test]
fn the_style_sheet_only_adds_to_what_is_inline() {
    for (name, html) in letters() {
        let sheets: Vec<&str> = html
            .split("<style>")
            .skip(1)
            .map(|rest| rest.split("</style>").next().unwrap())
            .collect();
        assert_eq!(sheets.len(), 2, "{name}");
        for sheet in sheets {
            // Top-level rules only.
            let outer = sheet
                .lines()
                .filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.contains('{'));
            for rule in outer {
                assert!(
                    rule.starts_with("  @media ") || rule.starts_with("  :root "),
                    "{name}: {rule}"
                );
            }
        }
    }
}
