//! Nothing is public that nobody uses: what a crate shows is named outside of it, or by something else that it shows.
//!
//! It only looks at texts. A file uses a name if it has the name and the name of its crate. Fields and methods are not
//! looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::metadata;
use super::sources::{self, Source};

/// Crates that others than Dunlin are to use. They show what belongs to their subject, used here or not.
const LIBRARIES: [(&str, &str); 4] = [
    ("stripe-signature", "signs and verifies for anybody"),
    ("stripe-event", "reads every event, also what Dunlin makes nothing of"),
    ("stripe-facts", "turns events into facts for anybody"),
    ("subscription", "decides what a tenant may do for anybody"),
];

/// The kinds of items that are shown by name.
const KINDS: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "const", "static"];
/// Those that something else may need that is shown: they may be in its signature.
const TYPES: [&str; 4] = ["struct", "enum", "trait", "type"];

/// Returns the kind and the name of the item that a line begins to define, if everybody may see it.
fn item(line: &str) -> Option<(&str, &str)> {
    let mut words = line.strip_prefix("pub ")?.split_whitespace().peekable();
    loop {
        let word = words.next()?;
        if KINDS.contains(&word) && words.peek() != Some(&"fn") {
            return Some((word, words.next()?.split(|c| !is_of_name(c)).next()?));
        }
        if !["const", "async", "unsafe"].contains(&word) {
            return None;
        }
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_of_name(c)).filter(|word| !word.is_empty())
}

/// Returns the names that the tree of an import makes, like `b` and `d` for `a::{b, c as d}`.
fn imported(tree: &str) -> impl Iterator<Item = &str> {
    let paths = tree.split([',', '{', '}']).map(str::trim);
    let paths = paths.filter(|path| !path.is_empty() && !path.ends_with("::") && *path != "self");
    paths.filter_map(|path| path.rsplit("::").next()?.rsplit(" as ").next())
}

/// Returns the names that a module shows: those of its items, of what it re-exports, and of its public modules.
fn shown<'a>(module: &Path, files: &BTreeMap<&Path, &'a str>) -> BTreeSet<&'a str> {
    let file = [module.with_extension("rs"), module.join("mod.rs"), module.join("lib.rs")];
    let Some(text) = file.iter().find_map(|file| files.get(file.as_path())) else {
        return BTreeSet::new();
    };
    let mut names: BTreeSet<&str> = text.lines().filter_map(item).map(|(_, name)| name).collect();
    for tree in text.split("\npub use ").skip(1) {
        names.extend(imported(tree.split(';').next().unwrap_or_default()));
    }
    for below in text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
    {
        names.extend(shown(&module.join(below), files));
    }
    names
}

fn is_field(code: &str) -> bool {
    code.starts_with("pub ") && !code.starts_with("pub use ") && !code.starts_with("pub mod ")
}

/// Returns the words of all that a file shows: signatures, fields, variants, and the functions of traits.
fn signatures(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    // The line, or the beginning of one, at which the definition that is being read ends.
    let mut end: Option<&[&str]> = None;
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let code = line.trim_start();
        let mut rest = line;
        if end.is_none() {
            match item(code) {
                Some((kind, name)) => {
                    rest = code.split_once(name).map_or("", |(_, after)| after);
                    end = Some(match kind {
                        "enum" | "trait" => &["\n}", "{}"],
                        "struct" | "fn" => &["{", ";", "{}"],
                        _ => &[";"],
                    });
                }
                // A field, or the type that belongs to the implementation of a trait.
                None if is_field(code) || (code != line && code.starts_with("type ")) => end = Some(&[",", ";"]),
                None => continue,
            }
        }
        found.extend(words(rest));
        let is_end = |end: &&str| match end.strip_prefix('\n') {
            Some(whole) => line == whole,
            None => line.ends_with(end),
        };
        if end.is_some_and(|ends| ends.iter().any(is_end)) {
            end = None;
        }
    }
    found
}

/// Returns what a crate shows and nobody names: neither one of `users` nor anything else that it shows.
fn unused<'a>(library: &str, src: &'a [Source], folder: &Path, users: &[&str]) -> Vec<&'a str> {
    let files: BTreeMap<&Path, &str> = src
        .iter()
        .map(|source| (source.path.as_path(), source.without_tests()))
        .collect();
    let texts = || files.values().copied();
    let items: Vec<(&str, &str)> = texts().flat_map(|text| text.lines().filter_map(item)).collect();
    let types: BTreeSet<&str> = items
        .iter()
        .filter(|(kind, _)| TYPES.contains(kind))
        .map(|(_, name)| *name)
        .collect();
    let signatures: BTreeSet<&str> = texts().flat_map(signatures).collect();
    let users = users.iter().map(|user| words(user).collect::<BTreeSet<&str>>());
    let users: Vec<BTreeSet<&str>> = users.filter(|words| words.contains(library)).collect();
    let is_used =
        |name: &str| users.iter().any(|words| words.contains(name)) || (types.contains(name) && signatures.contains(name));
    shown(folder, &files).into_iter().filter(|name| !is_used(name)).collect()
}

#[test]
fn nothing_is_public_that_nobody_uses() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let folder = |package: &cargo_metadata::Package| package.manifest_path.parent().unwrap().as_std_path().to_owned();
    let sources: Vec<Source> = packages.iter().flat_map(|package| sources::below(&folder(package))).collect();
    let readmes = packages.iter().map(|package| folder(package).join("README.md"));
    let readmes = readmes.chain([metadata.workspace_root.as_std_path().join("README.md")]);
    let readmes: Vec<String> = readmes.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let mut found = Vec::new();
    for package in &packages {
        let Some(library) = package.targets.iter().find(|target| target.is_lib()) else {
            continue;
        };
        if LIBRARIES.iter().any(|(name, _)| **package.name == **name) {
            continue;
        }
        let src = folder(package).join("src");
        let own = sources::below(&src);
        // A binary of the same package is outside of its library.
        let is_outside = |source: &&Source| !source.path.starts_with(&src) || source.path == src.join("main.rs");
        let users = sources.iter().filter(is_outside).map(|source| source.text.as_str());
        let users: Vec<&str> = users.chain(readmes.iter().map(String::as_str)).collect();
        let names = unused(&library.name, &own, &src, &users);
        found.extend(names.iter().map(|name| format!("{}: {name}", package.name)));
    }
    assert!(
        found.is_empty(),
        "these are public, and no other crate, test, bench, example or README names them; make them `pub(crate)`, or remove them: {found:#?}"
    );
}

#[test]
fn what_is_shown_is_found_with_what_needs_it() {
    let source = |path: &str, text: &str| Source {
        path: Path::new("src").join(path),
        text: text.to_owned(),
    };
    let src = [
        source(
            "lib.rs",
            "mod a;\npub mod b;\n\npub use a::{\n    Given, Taken as Had, left as late,\n};\npub fn idle() {}\n",
        ),
        source(
            "a.rs",
            "pub struct Given {\n    pub inner: Vec<Inner>,\n}\npub struct Taken(Hidden);\npub(crate) fn own() {}\n",
        ),
        source(
            "b.rs",
            "/// Returns `Told`.\npub const fn asks(\n    asked: Asked,\n) -> Option<u8> {\n    Had\n}\npub enum Inner {\n    One,\n}\npub struct Asked;\npub trait Told {}\npub const LIMIT: u8 = 1;\n",
        ),
    ];
    let nobody = ["Given Had late idle asks Inner Told LIMIT", "the library, but none of them"];
    let shown = ["Asked", "Given", "Had", "Inner", "LIMIT", "Told", "asks", "idle", "late"];
    let needed = |name: &&str| !["Asked", "Inner"].contains(name);
    let folder = Path::new("src");
    assert_eq!(
        unused("library", &src, folder, &nobody),
        shown.into_iter().filter(needed).collect::<Vec<_>>()
    );
    let somebody = ["use library::{Given, Had, late, idle, asks, LIMIT};", "library: Told"];
    assert_eq!(unused("library", &src, folder, &somebody), [] as [&str; 0]);
    assert_eq!(
        unused("library", &src, folder, &["library Given Had late idle Told asks"]),
        ["LIMIT"]
    );
}
