//! `dunlin dev` as a newcomer meets it: the commands that it prints work as they stand, and so does the README's walk.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{App, Dev, dunlin};

const README: &str = include_str!("../README.md");

fn shell(folder: &Path, script: &str) -> Output {
    let path = format!("{}:/usr/bin:/bin", dunlin().parent().unwrap().display());
    Command::new("sh")
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .args(["-ec", script])
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn what_dev_suggests_works_wherever_it_listens_and_keeps_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        ["--listen", "127.0.0.1:0"].as_slice(),
        &["--listen", "0.0.0.0:0", "--dir", "play ground"],
    ] {
        let dev = Dev::start(folder.path(), arguments);
        let commands = dev.commands();
        assert_eq!(commands.len(), 4, "{}", dev.greeting);
        for command in &commands[..3] {
            said(&shell(folder.path(), command));
        }
        let mails = said(&shell(folder.path(), commands[3]));
        // The admin's mail, which has no link, may be handed over first.
        let to_customer = mails.lines().find(|line| line.contains("billing@example.com"));
        let name = to_customer.and_then(|line| line.split_whitespace().next());
        let name = name.unwrap_or_else(|| panic!("no mail to the customer: {mails}"));
        let mail = said(&shell(
            folder.path(),
            &commands[3].replace("mail list", &format!("mail show {name}")),
        ));
        assert!(!mail.contains('\r'), "{mail:?}");
        assert!(
            mail.contains(&format!("{}/l/", dev.url)),
            "links lead to where it listens: {mail}"
        );
    }
}

#[test]
fn where_dev_is_told_to_listen_is_kept_and_the_next_commands_need_no_address() {
    let folder = tempfile::tempdir().unwrap();
    let address = test_support::ports::lasting_address().to_string();
    let dev = Dev::start(folder.path(), &["--listen", &address]);
    let kept = std::fs::read_to_string(folder.path().join(".dunlin/dev.toml")).unwrap();
    assert!(kept.contains(&format!("listen = \"{address}\"")), "{kept}");
    assert!(kept.contains(&format!("public_url = \"http://{address}\"")), "{kept}");
    assert!(
        !dev.greeting.contains("--url") && !dev.greeting.contains("--config"),
        "{}",
        dev.greeting
    );
    assert!(said(&shell(folder.path(), "dunlin tenant list")).contains("cus_demo"));
    drop(dev);
    let again = Dev::start(folder.path(), &[]);
    assert_eq!(again.url, format!("http://{address}"));
    let log = std::fs::read_to_string(&again.log).unwrap();
    for library in ["sea_orm_migration", "apalis_core", "actix_server"] {
        assert!(!log.contains(library), "{log}");
    }
}

/// Returns the first block of commands in the README after this heading.
fn block(heading: &str, first: &str) -> String {
    let (_, section) = README.split_once(heading).unwrap();
    let blocks = section.split("```sh\n").skip(1);
    let mut blocks = blocks.filter_map(|block| block.split_once("```").map(|(block, _)| block));
    blocks.find(|block| block.contains(first)).unwrap().to_owned()
}

#[test]
fn the_walk_of_the_readme_pasted_at_once_gives_what_the_readme_says() {
    let folder = tempfile::tempdir().unwrap();
    let address = test_support::ports::lasting_address().to_string();
    let _dev = Dev::start(folder.path(), &["--listen", &address]);
    let walk = block("## Start", "dunlin trigger customer.subscription.created");
    let told = said(&shell(folder.path(), &walk));
    let notices: Vec<Value> = serde_json::from_str(&said(&shell(folder.path(), "dunlin notice list --json"))).unwrap();
    let shown = notices.iter().map(|notice| {
        let [kind, state] = ["kind", "state"].map(|field| notice[field].as_str().unwrap());
        format!("{kind}  {state}")
    });
    let shown: Vec<String> = shown.collect();
    assert_eq!(shown.len(), 10, "{told}");
    for (nth, of_one) in shown.iter().enumerate() {
        let (kind, state) = of_one.split_once("  ").unwrap();
        let in_readme = README.lines().find(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.first() == Some(&(nth + 1).to_string().as_str()) && words.get(2) == Some(&kind) && words.contains(&state)
        });
        assert!(in_readme.is_some(), "{nth}: {of_one} is not in the README");
    }
    let mails: Vec<Value> = serde_json::from_str(&said(&shell(folder.path(), "dunlin mail list --json"))).unwrap();
    assert_eq!(mails.len(), 9, "{mails:?}");
    assert!(
        told.contains("1 customer, 7 events: 0 differences") && README.contains("1 customer, 7 events: 0 differences"),
        "{told}"
    );
}

#[test]
fn every_list_is_json_for_programs_and_a_server_may_be_named_by_its_api() {
    let app = App::spawn();
    app.bind("acme", "cus_acme");
    let folder = tempfile::tempdir().unwrap();
    let lists = [
        "tenant list",
        "tenant proposals",
        "notice list",
        "mail suppressed",
        "mail list",
    ];
    let list = |list: &str, url: &str| {
        let output = Command::new(dunlin())
            .current_dir(folder.path())
            .env_clear()
            .env("DUNLIN_URL", url)
            .env("DUNLIN_API_KEY", crate::support::API_KEY)
            .env("DUNLIN_SMTP_URL", "file:mails")
            .args(list.split(' '))
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
        )
    };
    let root = format!("http://{}", app.address);
    for name in lists {
        let (is_shown, text) = list(&format!("{name} --json"), &root);
        let items: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
        assert!(is_shown && items.is_array(), "{name}: {text}");
    }
    for suffix in ["", "/", "/api/v1", "/api/v1/", "/api/v1/stripe/webhook"] {
        let (is_shown, text) = list("tenant show acme", &format!("{root}{suffix}"));
        assert!(is_shown && text.contains("cus_acme"), "{suffix}: {text}");
    }
    let (is_shown, text) = list("tenant show acme", &app.address.to_string());
    assert!(!is_shown && text.contains("is a URL, like http://127.0.0.1:8000"), "{text}");
    let (is_shown, text) = list("tenant show nobody", &root);
    assert!(!is_shown && text.contains("there is no tenant nobody"), "{text}");
}
