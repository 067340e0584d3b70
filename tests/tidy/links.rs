//! Links: each relative link of the docs leads to a file or a folder.
//!
//! Anchors are not looked at, and neither are links in code.

use std::path::{Path, PathBuf};

use super::metadata;

/// The pages that are neither in `docs` nor a crate's README.
const PAGES: [&str; 5] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "migration/README.md",
];
/// The beginnings of links that lead elsewhere.
const ELSEWHERE: [&str; 3] = ["http://", "https://", "mailto:"];

/// Returns the paths in a folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Returns all Markdown files below a folder.
fn pages_below(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            pages.extend(pages_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    pages
}

/// Returns a page without its blocks of code.
fn without_blocks(page: &str) -> String {
    let mut kept = String::new();
    let mut is_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Returns the paths that a page links, relative to its folder.
fn linked(page: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for paragraph in without_blocks(page).split("\n\n") {
        // Every second part between backquotes is code.
        let prose: String = paragraph.split('`').step_by(2).collect();
        for rest in prose.split("](").skip(1) {
            let target = rest.split([')', ' ', '\n']).next().unwrap_or_default();
            let path = target.split('#').next().unwrap_or_default();
            let is_elsewhere = ELSEWHERE.iter().any(|beginning| target.starts_with(beginning));
            if !path.is_empty() && !is_elsewhere {
                paths.push(path.to_owned());
            }
        }
    }
    paths
}

/// Returns those of a page's links that lead nowhere from this folder.
fn dead(folder: &Path, page: &str) -> Vec<String> {
    let paths = linked(page).into_iter();
    paths.filter(|path| !folder.join(path).exists()).collect()
}

#[test]
fn every_relative_link_of_the_docs_leads_somewhere() {
    let metadata = metadata();
    let root = metadata.workspace_root.as_std_path();
    let mut pages: Vec<PathBuf> = PAGES.iter().map(|page| root.join(page)).collect();
    pages.extend(pages_below(&root.join("docs")));
    let readmes = entries(&root.join("crates"))
        .into_iter()
        .map(|folder| folder.join("README.md"));
    pages.extend(readmes.filter(|readme| readme.exists()));
    pages.sort();
    let (mut links, mut found) = (0, Vec::new());
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        links += linked(&text).len();
        let dead = dead(page.parent().unwrap(), &text);
        found.extend(dead.iter().map(|path| format!("{}: {path}", page.display())));
    }
    assert!(links > 300, "{links} links are found in {} pages", pages.len());
    assert!(found.is_empty(), "these links lead nowhere: {found:#?}");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in [
        "[a file](tidy.rs), [`code`](tidy/links.rs#top), ![a folder](tidy \"with a title\")\n",
        "[a heading](#here), [a site](https://a.example/b), [an address](mailto:a@b.example)\n",
        "`[code](nowhere.md)`\n\n```md\n[a block](nowhere.md)\n```\n",
    ] {
        assert_eq!(dead(folder, page), [] as [&str; 0], "{page}");
    }
    let page = "A [long\nlink](nowhere.md#here), `code`, and [`more`](tidy/nowhere.rs).\n\n| [a row](../nowhere) |\n";
    assert_eq!(dead(folder, page), ["nowhere.md", "tidy/nowhere.rs", "../nowhere"]);
}
