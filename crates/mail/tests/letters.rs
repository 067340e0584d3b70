//! Letters: every sample in every language, and the mistakes that none of them may have.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what is wrong by failing")]

use std::path::Path;

use mail::{Addressee, Background, Brand, Letter, Letters, Page, Recipient, Sender, Url, preview, samples};
use subscription::notices::{FailedPayment, Notice};
use subscription::{InvoiceId, Money, UnixSeconds};

fn brand() -> Brand {
    Brand {
        product_name: "Acme".to_owned(),
        billing_url: Some(Url::parse("https://app.acme.example/billing").unwrap()),
        support_email: Some("help@acme.example".to_owned()),
        data_retention_days: Some(90),
        public_url: Some(Url::parse("https://pay.acme.example").unwrap()),
        link_origins: Vec::new(),
    }
}

fn letters() -> Letters {
    Letters::try_new(brand(), None).unwrap()
}

/// Writes the letter of a failed payment to a tenant of this name.
fn failed(letters: &Letters, name: &str, locale: &str, timezone: &str, amount: Money, pay_url: &str) -> Letter {
    let notice = Notice::PaymentFailed(FailedPayment {
        invoice: InvoiceId::new("in_1"),
        attempt: 1,
        // 2026-11-27T10:30:00Z
        next_attempt: Some(UnixSeconds::new(1_795_775_400)),
        amount,
        pay_url: Some(pay_url.to_owned()),
        ends_at: None,
    });
    let to = Addressee {
        tenant_id: "t1",
        tenant_name: name,
        locale,
        timezone,
    };
    letters.write(&notice.into(), &to, &Background::default()).unwrap()
}

fn eur() -> Money {
    Money::new(4900, "eur")
}

const PAY_URL: &str = "https://invoice.stripe.com/i/acct_1/test_1?s=ap";

const LANGUAGES: [&str; 4] = ["da", "de", "en", "en-GB"];

#[test]
fn british_english_is_english_with_dates_and_dollars_of_its_own() {
    let letters = letters();
    let all: Vec<&str> = letters.locales().collect();
    assert_eq!(all, ["da", "de", "en", "en-GB"]);
    for (asked, nearest) in [("en-GB", "en-GB"), ("en-US", "en"), ("da-DK", "da"), ("sv-SE", "en")] {
        assert_eq!(letters.nearest_locale(asked), nearest);
    }
    let sample = samples()
        .into_iter()
        .find(|sample| sample.name == "renewal_upcoming")
        .unwrap();
    let letter = sample.write(&letters, "en-GB").unwrap();
    assert_eq!(letter.subject, "Your subscription renews on Tuesday 1 December 2026");
    assert!(letter.html.contains("<html lang=\"en-GB\""));
    let american = sample.write(&letters, "en").unwrap();
    let dated = american.text.replace("Tuesday, December 1, 2026", "Tuesday 1 December 2026");
    assert_eq!(letter.text, dated, "otherwise it is the same");
}

#[test]
fn every_letter_reads_well_in_every_language() {
    let letters = letters();
    for sample in samples() {
        let texts: Vec<String> = LANGUAGES
            .iter()
            .map(|locale| {
                let letter = sample.write(&letters, locale).unwrap();
                format!("[{locale}] {}\n\n{}", letter.subject, letter.text)
            })
            .collect();
        insta::assert_snapshot!(sample.name, texts.join("\n\n======\n\n"));
    }
}

#[test]
fn a_letter_s_html_is_whole_and_loads_nothing() {
    let letters = letters();
    let html = samples()[0].write(&letters, "en").unwrap().html;
    insta::assert_snapshot!("payment_failed_first.html", html);
    for sample in samples() {
        for locale in letters.locales() {
            let html = sample.write(&letters, locale).unwrap().html;
            assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
            for remote in ["src=", "http://", "url(", "@import", "<link", "<script"] {
                assert!(!html.contains(remote), "{} in {locale} has {remote}", sample.name);
            }
            let hrefs = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
            for href in hrefs {
                let is_allowed = ["https://invoice.stripe.com/", "https://app.acme.example/"]
                    .iter()
                    .any(|root| {
                        let unescaped = href.replace("&#x2f;", "/");
                        unescaped.starts_with(root)
                    });
                assert!(is_allowed, "{} in {locale} links to {href}", sample.name);
            }
            assert!(!html.contains("none") || !html.contains(">none<"), "{}", sample.name);
        }
    }
}

#[test]
fn a_letter_leads_to_our_own_link_where_there_is_one_and_else_to_stripe_s() {
    let letters = letters();
    let written = |pay_link: &str| {
        let notice = Notice::PaymentFailed(FailedPayment {
            invoice: InvoiceId::new("in_1"),
            attempt: 1,
            next_attempt: None,
            amount: eur(),
            pay_url: Some(PAY_URL.to_owned()),
            ends_at: None,
        });
        let to = Addressee {
            tenant_id: "t1",
            tenant_name: "Rowing Club",
            locale: "en",
            timezone: "UTC",
        };
        let background = Background {
            pay_link: Some(Url::parse(pay_link).unwrap()),
            ..Background::default()
        };
        letters.write(&notice.into(), &to, &background).unwrap()
    };
    let own = written("https://pay.acme.example/l/AQ_x-y");
    assert!(own.text.contains("https://pay.acme.example/l/AQ_x-y") && !own.text.contains("stripe.com"));
    assert!(!own.html.contains("stripe.com"));
    let elsewhere = written("https://pay.evil.example/l/AQ_x-y");
    assert!(elsewhere.text.contains(PAY_URL) && !elsewhere.text.contains("evil"));
}

#[test]
fn a_page_is_whole_loads_nothing_and_tells_nothing() {
    let letters = letters();
    for page in Page::ALL {
        for locale in letters.locales() {
            let html = letters.page(page, locale).unwrap();
            assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
            for remote in ["src=", "http://", "url(", "@import", "<link", "<script", "<form"] {
                assert!(!html.contains(remote), "{page:?} in {locale} has {remote}");
            }
        }
    }
    let titles = |locale: &str| {
        let title = |page| {
            let html = letters.page(page, locale).unwrap();
            let title = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
            title.unwrap().to_owned()
        };
        Page::ALL.map(title)
    };
    assert_eq!(
        titles("en"),
        [
            "Already paid, thank you",
            "Please try again in a few minutes",
            "This link isn&#x27;t valid"
        ]
    );
    assert_eq!(titles("da-DK")[0], "Allerede betalt, tak");
    assert_eq!(titles("de")[0], "Bereits bezahlt, vielen Dank");
    let gone = letters.page(Page::Gone, "en").unwrap();
    assert!(!gone.contains("acme") && !gone.contains("Acme"), "{gone}");
}

#[test]
fn nothing_is_missing_in_any_language() {
    assert_eq!(letters().check(), [""; 0]);
    assert_eq!(
        Letters::try_new(Brand::default(), None).unwrap().check(),
        [""; 0],
        "with nothing configured"
    );
    let messages = |locale: &str| -> Vec<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("locales/{locale}.ftl"));
        let text = std::fs::read_to_string(path).unwrap();
        let ids = text
            .lines()
            .filter_map(|line| line.split_once(" =").map(|(id, _)| id.to_owned()));
        // Each language decides for itself which symbols are unambiguous and which time zones have a name.
        let is_own = |id: &String| id.starts_with("symbol-") || id.starts_with("zone-");
        let mut ids: Vec<String> = ids.filter(|id| !id.starts_with(' ') && !is_own(id)).collect();
        ids.sort();
        ids
    };
    let english = messages("en");
    assert!(english.len() > 80);
    for locale in ["da", "de"] {
        assert_eq!(messages(locale), english, "{locale}");
    }
}

#[test]
fn money_is_written_by_stripe_s_exponents_and_the_language_s_rules() {
    let letters = letters();
    for (locale, amount, currency, written) in [
        ("en", 4900, "eur", "€49.00"),
        ("en", 123_456, "usd", "$1,234.56"),
        ("en", 4900, "jpy", "¥4,900"),
        ("en", 4900, "isk", "ISK\u{a0}49.00"),
        ("en", 4900, "kwd", "KWD\u{a0}4.900"),
        ("en", 4900, "chf", "CHF\u{a0}49.00"),
        ("en", 4900, "xyz", "XYZ\u{a0}49.00"),
        ("en", 5, "eur", "€0.05"),
        ("da", 123_456, "dkk", "1.234,56\u{a0}kr."),
        ("da-DK", 4900, "eur", "49,00\u{a0}€"),
        ("de", 123_456, "eur", "1.234,56\u{a0}€"),
        ("de", 4900, "dkk", "49,00\u{a0}DKK"),
        ("sv", 4900, "eur", "€49.00"),
        ("en-GB", 123_456, "usd", "US$1,234.56"),
        ("en-GB", 4900, "gbp", "£49.00"),
        ("de-CH", 123_456, "chf", "1'234.56\u{a0}CHF"),
    ] {
        let letter = failed(&letters, "Acme", locale, "UTC", Money::new(amount, currency), PAY_URL);
        assert!(
            letter.subject.contains(written),
            "{locale}: {:?} in {}",
            written,
            letter.subject
        );
    }
}

#[test]
fn dates_are_the_tenant_s() {
    let letters = letters();
    for (locale, timezone, written) in [
        ("en", "UTC", "Friday, November 27, 2026 at 10:30 AM UTC"),
        ("en-GB", "Europe/London", "Friday 27 November 2026 at 10:30 GMT"),
        ("en-AU", "Australia/Sydney", "Friday 27 November 2026 at 9:30 pm AEDT"),
        ("en", "Pacific/Auckland", "Friday, November 27, 2026 at 11:30 PM"),
        ("en", "Pacific/Kiritimati", "Saturday, November 28, 2026 at 12:30 AM"),
        (
            "da",
            "Europe/Copenhagen",
            "fredag den 27. november 2026 kl. 11.30 (dansk tid)",
        ),
        (
            "de",
            "Europe/Berlin",
            "am Freitag, dem 27. November 2026, um 11:30 Uhr (MEZ).",
        ),
        ("de", "Asia/Kolkata", "am Freitag, dem 27. November 2026, um 16:00 Uhr (IST)."),
        (
            "de",
            "Asia/Dubai",
            "am Freitag, dem 27. November 2026, um 14:30 Uhr (UTC+04).",
        ),
        ("en", "Nowhere/At_All", "Friday, November 27, 2026 at 10:30 AM"),
    ] {
        let letter = failed(&letters, "Acme", locale, timezone, eur(), PAY_URL);
        let text = letter.text.replace(['\u{202f}', '\u{a0}'], " ");
        assert!(text.contains(written), "{timezone}: {text}");
    }
}

#[test]
fn what_others_wrote_does_no_harm() {
    let letters = letters();
    let long = "x".repeat(10_000);
    for name in [
        "<img src=x onerror=alert(1)>",
        "a\r\nBcc: victim@example.com",
        "nul\0nul",
        "\u{202e}gnp.exe",
        "{{7*7}}",
        "{% raw %}",
        &long,
    ] {
        let letter = failed(&letters, name, "en", "UTC", eur(), PAY_URL);
        assert!(!letter.html.contains("<img") && !letter.html.contains('\u{202e}'), "{name:?}");
        assert!(!letter.subject.contains(['\r', '\n', '\0']) && letter.subject.chars().count() <= 200);
        assert!(letter.text.len() < 5_000 && !letter.text.contains('\0'));
        assert!(name != "{{7*7}}" || letter.text.contains("{{7*7}}"));
        let sender = Sender::try_new("Acme <billing@acme.example>".parse().unwrap(), None, None).unwrap();
        let to = Recipient::parse("bo@example.com", name).unwrap();
        let message = sender
            .compose(&letter, &[to], &sender.message_id("key"), UnixSeconds::new(0))
            .unwrap();
        let message = String::from_utf8(message).unwrap();
        let head = message.split("\r\n\r\n").next().unwrap();
        assert!(!head.contains("\r\nBcc") && head.contains("Message-ID: <"), "{head}");
    }
}

#[test]
fn a_link_that_is_not_ours_or_stripe_s_gives_way_to_our_own() {
    let letter = failed(&letters(), "Acme", "en", "UTC", eur(), "https://evil.example/pay");
    assert!(!letter.html.contains("evil") && !letter.text.contains("evil"));
    assert!(letter.text.contains("https://app.acme.example/billing"));
    let unbranded = Letters::try_new(Brand::default(), None).unwrap();
    let letter = failed(&unbranded, "Acme", "en", "UTC", eur(), "javascript:alert(1)");
    assert!(!letter.html.contains("href"), "{}", letter.html);
}

#[test]
fn an_operator_s_files_replace_ours_and_what_is_wrong_with_them_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("payment_failed.subject.txt", "Money, please: {{ amount }}");
    write("da.ftl", "payment-failed-title = Av");
    write(
        "nb.ftl",
        &std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("locales/da.ftl")).unwrap(),
    );
    let load = || Letters::try_new(brand(), Some(folder.path()));
    let letters = load().unwrap();
    let letter = failed(&letters, "Acme", "da", "UTC", eur(), PAY_URL);
    assert_eq!(letter.subject, "Money, please: 49,00\u{a0}€");
    assert!(letter.html.contains("Av"));
    assert_eq!(letters.check(), [""; 0]);
    assert!(
        letters.locales().any(|locale| locale == "nb"),
        "a language of the operator's own"
    );
    // The first file is mistyped, the second incomplete.
    write("payment_fialed.txt", "?");
    write("sv.ftl", "greeting = Hej");
    let faults = load().unwrap().check().join("\n");
    assert!(
        faults.contains("payment_fialed.txt") && faults.contains("sv.ftl has no message"),
        "{faults}"
    );
    write("payment_failed.txt", "{{ amuont }}");
    let faults = load().unwrap().check().join("\n");
    assert!(
        faults.contains("payment_failed.txt") && faults.contains("undefined"),
        "{faults}"
    );
    write("payment_failed.txt", "{% if %}");
    let broken = load().unwrap_err();
    assert!(broken.to_string().contains("payment_failed.txt"), "{broken}");
    std::fs::remove_file(folder.path().join("payment_failed.txt")).unwrap();
    write("de.ftl", "no message at all");
    assert!(load().unwrap_err().to_string().contains("de.ftl"));
}

#[test]
fn the_preview_is_a_folder_to_look_at() {
    let folder = tempfile::tempdir().unwrap();
    preview(&letters(), folder.path()).unwrap();
    let index = std::fs::read_to_string(folder.path().join("index.html")).unwrap();
    let pages = index.matches(".html\"").count();
    assert_eq!(pages, samples().len() * 4);
    assert!(folder.path().join("payment_failed_first.da.html").is_file());
    assert!(folder.path().join("digest.de.txt").is_file());
}

#[test]
fn a_mail_has_the_same_id_whenever_it_is_sent_and_a_provider_is_told_it() {
    let letter = failed(&letters(), "Acme", "en", "UTC", eur(), PAY_URL);
    let header = Some("Resend-Idempotency-Key".to_owned());
    let sender = Sender::try_new("Acme <billing@acme.example>".parse().unwrap(), None, header).unwrap();
    let id = sender.message_id("live::acme:payment_failed:in_1:1");
    assert_eq!(id, sender.message_id("live::acme:payment_failed:in_1:1"));
    assert_ne!(id, sender.message_id("live::acme:payment_failed:in_1:2"));
    let to = Recipient::parse("bo@example.com", "Bo").unwrap();
    let message = sender.compose(&letter, &[to], &id, UnixSeconds::new(1_795_525_200)).unwrap();
    let message = String::from_utf8(message).unwrap();
    let key = id.trim_matches(['<', '>']);
    for line in [
        format!("Message-ID: {id}\r\n"),
        format!("Resend-Idempotency-Key: {key}\r\n"),
        "Date: Tue, 24 Nov 2026 13:00:00 +0000\r\n".to_owned(),
        "To: Bo <bo@example.com>\r\n".to_owned(),
    ] {
        assert!(message.contains(&line), "{line} in {message}");
    }
    let no_header = Sender::try_new("a@b.example".parse().unwrap(), None, Some("not a header:".to_owned()));
    assert!(no_header.unwrap_err().to_string().contains("not a header"));
}
