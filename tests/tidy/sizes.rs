//! How large things may become: crates, files, comments.

use std::collections::BTreeMap;

use super::metadata;
use super::sources::{self, Source};

/// The most percent of all lines that one crate may have.
const MAX_SHARE: usize = 22;
/// The most lines that the binary's own crate may have. It is to stay thin.
const SERVER_LINES: usize = 4_000;
/// The most lines of a file, without its tests.
const FILE_LINES: usize = 400;
/// The most characters in a line of a comment. rustfmt sees to the lines of code.
const COMMENT_WIDTH: usize = 120;

/// Returns the files in `src` of every crate, by the crate's name.
fn crates() -> BTreeMap<String, Vec<Source>> {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let sources = packages.iter().map(|package| {
        let folder = package.manifest_path.parent().unwrap().join("src");
        (package.name.to_string(), sources::below(folder.as_std_path()))
    });
    sources.collect()
}

#[test]
fn no_crate_is_most_of_the_code_and_the_binary_is_thin() {
    let count = |sources: &Vec<Source>| sources.iter().map(|source| source.text.lines().count()).sum::<usize>();
    let lines: BTreeMap<String, usize> = crates()
        .iter()
        .map(|(name, sources)| (name.clone(), count(sources)))
        .collect();
    let all: usize = lines.values().sum();
    for (name, count) in &lines {
        let (share, most) = (count * 100 / all, all * MAX_SHARE / 100);
        assert!(
            *count <= most,
            "{name} has {count} of all {all} lines, {share} %: a crate has at most {MAX_SHARE} %, {most} lines; take a part out of it"
        );
    }
    let server = lines["server"];
    assert!(
        server <= SERVER_LINES,
        "server has {server} lines: at most {SERVER_LINES}, for it is only the command line and the wiring"
    );
}

/// The modules of the binary's crate may not be public: nobody else uses them.
#[test]
fn the_binary_shows_nothing_but_its_command_line() {
    for source in &crates()["server"] {
        for line in source.text.lines() {
            let is_shown = line.trim_start().starts_with("pub mod ");
            assert!(!is_shown, "{}: {line}: a module of server is private", source.path.display());
        }
    }
}

#[test]
fn a_file_is_about_one_thing_and_not_long() {
    let crates = crates();
    let sources = crates.values().flat_map(|sources| sources::without_test_files(sources));
    let long: Vec<String> = sources
        .map(|source| (source.path.display(), source.without_tests().lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(
        long.is_empty(),
        "a file has at most {FILE_LINES} lines without its tests; split it by what it is about: {long:#?}"
    );
}

#[test]
fn a_comment_is_not_wide() {
    let mut wide = Vec::new();
    for source in crates().values().flatten() {
        for (n, line) in source.text.lines().enumerate() {
            let width = line.chars().count();
            if line.trim_start().starts_with("//") && width > COMMENT_WIDTH {
                wide.push(format!("{}:{}: {width} characters", source.path.display(), n + 1));
            }
        }
    }
    assert!(
        wide.is_empty(),
        "a line of a comment has at most {COMMENT_WIDTH} characters; wrap it: {wide:#?}"
    );
}
