//! The workspace's Rust files, as texts.

use std::path::{Path, PathBuf};

/// A Rust file.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// The beginning of a test module at the end of its file.
const INLINE_TESTS: &str = "#[cfg(test)]\nmod tests {";

impl Source {
    /// Returns the text without the test module at its end.
    pub(super) fn without_tests(&self) -> &str {
        self.text.split(INLINE_TESTS).next().unwrap_or_default()
    }

    /// Returns the names of the files' modules that are only compiled for tests.
    fn test_modules(&self) -> impl Iterator<Item = &str> {
        self.text.split("#[cfg(test)]\n").skip(1).filter_map(|after| {
            // Other attributes may come before the module.
            let mut rest = after.trim_start();
            while rest.starts_with("#[") {
                rest = rest.split_once("]\n")?.1.trim_start();
            }
            let (name, _) = rest.strip_prefix("mod ")?.split_once(';')?;
            name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
        })
    }

    /// Returns the path without `.rs`, which is the folder of the file's modules too.
    fn module(&self) -> PathBuf {
        match self.path.file_stem() {
            Some(stem) if stem == "lib" || stem == "main" || stem == "mod" => self.path.with_file_name(""),
            _ => self.path.with_extension(""),
        }
    }
}

/// Returns all Rust files below a folder, in the order of their paths; none if there is no such folder.
pub(super) fn below(folder: &Path) -> Vec<Source> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut sources = Vec::new();
    for path in paths {
        if path.is_dir() {
            sources.extend(below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            sources.push(Source { path, text });
        }
    }
    sources
}

/// Returns those that are compiled without tests too.
pub(super) fn without_test_files(sources: &[Source]) -> Vec<&Source> {
    let modules = |source: &Source| {
        let folder = source.module();
        let names = source.test_modules().map(|name| folder.join(name));
        names.collect::<Vec<_>>()
    };
    let tests: Vec<PathBuf> = sources.iter().flat_map(modules).collect();
    let is_test = |source: &&Source| tests.iter().any(|test| source.path.with_extension("").starts_with(test));
    sources.iter().filter(|source| !is_test(source)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_file_that_is_only_compiled_for_tests_is_known_by_the_module_above_it() {
        let attributes = "#[cfg(test)]\n#[allow(\n    dead_code,\n    reason = \"x\"\n)]\n";
        let sources = [
            source("src/lib.rs", &format!("mod a;\n{attributes}mod proofs;\nmod b;\n")),
            source("src/a.rs", "fn a() {}\n\n#[cfg(test)]\nmod tests;\n"),
            source("src/a/tests.rs", ""),
            source("src/a/testsuite.rs", ""),
            source("src/b.rs", "#[cfg(test)]\nfn b() {}\nmod c;\n"),
            source("src/b/c.rs", ""),
            source("src/proofs.rs", ""),
            source("src/proofs/one.rs", ""),
        ];
        let kept: Vec<&Path> = without_test_files(&sources)
            .iter()
            .map(|source| source.path.as_path())
            .collect();
        let wanted = ["src/lib.rs", "src/a.rs", "src/a/testsuite.rs", "src/b.rs", "src/b/c.rs"];
        assert_eq!(kept, wanted.map(Path::new));
    }
}
