//! Letters as messages, as mail servers and mail programs read them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what is wrong by failing")]

use mail::{Letter, Recipient, Sender};
use mail_parser::{Address, MessageParser};
use subscription::UnixSeconds;

fn letter() -> Letter {
    Letter {
        subject: "Your payment of €49.00 did not go through ".repeat(4),
        text: "A line that goes on and on. ".repeat(100),
        html: format!("<p>{}</p>", "Jeres betaling gik ikke igennem. ".repeat(100)),
    }
}

fn sender(from: &str, reply_to: Option<&str>) -> Sender {
    let reply_to = reply_to.map(|text| text.parse().unwrap());
    Sender::try_new(from.parse().unwrap(), reply_to, None).unwrap()
}

fn composed(sender: &Sender, to: &[Recipient]) -> String {
    let message_id = sender.message_id("key");
    let message = sender.compose(&letter(), to, &message_id, UnixSeconds::new(1_795_525_200));
    String::from_utf8(message.unwrap()).unwrap()
}

/// Returns the names and addresses in a header, as a mail program reads them.
fn read(addresses: &Address<'_>) -> Vec<(String, String)> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    addresses.iter().map(|one| (text(one.name()), text(one.address()))).collect()
}

const NAMES: [&str; 8] = [
    "",
    "Bo",
    "Bo Holm, treasurer",
    "Søren Kierkegård Blåbærgrød",
    "山田 太郎",
    "A treasurer whose title and whose name leave no room for anything else on the line",
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft",
    "\"The\" <boss> \\ (really)",
];

#[test]
fn any_number_of_recipients_is_read_back_and_no_line_is_too_long() {
    let sender = sender("Acme <billing@acme.example>", Some("Acme support <help@acme.example>"));
    for count in [1, 20, 200] {
        let to: Vec<Recipient> = (0..count)
            .map(|number| {
                let email = format!("somebody.with.a.rather.long.address.{number}@accounts.department.example");
                Recipient::parse(&email, NAMES[number % NAMES.len()]).unwrap()
            })
            .collect();
        let message = composed(&sender, &to);
        for line in message.split("\r\n") {
            assert!(line.len() <= 998 && !line.contains('\n'), "{} octets: {line}", line.len());
        }
        let head = message.split("\r\n\r\n").next().unwrap();
        let long = head
            .split("\r\n")
            .find(|line| line.len() > 78 && line.trim_start().contains(' '));
        assert_eq!(long, None, "it could be folded");
        let parsed = MessageParser::default().parse(message.as_bytes()).unwrap();
        let sent: Vec<_> = to.iter().map(|to| (to.name.clone(), to.address.to_string())).collect();
        assert_eq!(read(parsed.to().unwrap()), sent);
        assert_eq!(
            read(parsed.from().unwrap()),
            [("Acme".to_owned(), "billing@acme.example".to_owned())]
        );
        let reply_to = [("Acme support".to_owned(), "help@acme.example".to_owned())];
        assert_eq!(read(parsed.reply_to().unwrap()), reply_to);
    }
}

#[test]
fn a_sender_s_endless_name_is_cut() {
    let sender = sender(&format!("{} <billing@acme.example>", "x".repeat(3000)), None);
    let message = composed(&sender, &[Recipient::parse("bo@example.com", "Bo").unwrap()]);
    assert!(message.split("\r\n").all(|line| line.len() <= 998), "{message}");
}

#[test]
fn postmark_is_told_the_message_id_and_nobody_else_is() {
    let to = [Recipient::parse("bo@example.com", "Bo").unwrap()];
    let told = |from: &str, by_postmark: bool| {
        let sender = sender(from, None).by_postmark(by_postmark);
        let message = composed(&sender, &to);
        let header = message
            .lines()
            .find_map(|line| line.strip_prefix("X-PM-Metadata-message-id: "));
        (header.map(str::to_owned), sender.message_id("key"))
    };
    let (header, id) = told("billing@acme.example", true);
    assert_eq!(header.as_deref(), Some(id.trim_matches(['<', '>'])));
    assert_eq!(told("billing@acme.example", false).0, None);
    let long = format!("billing@{}.example", "a".repeat(60));
    assert_eq!(told(&long, true).0, None, "Postmark refuses a value that is longer than 80");
}

#[test]
fn a_letter_to_nobody_is_refused() {
    let sender = sender("Acme <billing@acme.example>", None);
    let composed = sender.compose(&letter(), &[], "<id@acme.example>", UnixSeconds::new(0));
    assert_eq!(composed.unwrap_err().to_string(), "the message cannot be composed");
}

#[test]
fn domains_beyond_ascii_go_out_in_ascii_and_are_known_as_they_were_written() {
    let sender = sender("Smørrebrød <regning@smørrebrød.test>", Some("hjælp@smørrebrød.test"));
    let to = [
        Recipient::parse("bo@blåbærgrød.test", "Bo").unwrap(),
        Recipient::parse_mailbox("Åse <åse@blåbærgrød.test>").unwrap(),
    ];
    let message = composed(&sender, &to);
    let parsed = MessageParser::default().parse(message.as_bytes()).unwrap();
    let pair = |name: &str, email: &str| (name.to_owned(), email.to_owned());
    assert_eq!(
        read(parsed.from().unwrap()),
        [pair("Smørrebrød", "regning@xn--smrrebrd-64af.test")]
    );
    assert_eq!(read(parsed.reply_to().unwrap()), [pair("", "hjælp@xn--smrrebrd-64af.test")]);
    assert_eq!(
        read(parsed.to().unwrap()),
        [
            pair("Bo", "bo@xn--blbrgrd-fxak7p.test"),
            pair("Åse", "åse@xn--blbrgrd-fxak7p.test")
        ]
    );
    assert!(parsed.message_id().unwrap().ends_with("@xn--smrrebrd-64af.test"));
    assert_eq!(to[0].address.to_string(), "bo@xn--blbrgrd-fxak7p.test");
    assert_eq!(to[0].email(), "bo@blåbærgrød.test");
    assert_eq!(to[1].email(), "åse@blåbærgrød.test");
}

#[test]
fn a_sender_whose_domain_cannot_be_ascii_is_refused() {
    let refused = mail::parse_mailbox("Acme <billing@-ø.example>");
    assert!(refused.is_err(), "{refused:?}");
    let refused = Recipient::parse("bo@-ø.example", "Bo").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "\"-ø.example\" is not a valid internationalized domain name"
    );
}
