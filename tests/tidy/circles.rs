//! Import circles: source files of one crate that import one another.
//!
//! A file and the files in the folder of its name are one module in several files. They may name one another, and count
//! as one file for everything outside the folder. A name that such a folder re-exports leads to the file that defines
//! it. A name that `lib.rs` re-exports is the crate's public face. Every file may use it, so the import does not
//! count. Calls of methods and tests are not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module as the names from the root of its crate. `lib.rs` has none.
type Module = Vec<String>;

/// The source files of a crate.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<Module, File>);

/// The paths that a file names.
#[derive(Debug, Default)]
struct File {
    /// The names that the file imports, with their paths.
    imported: BTreeMap<String, Vec<String>>,
    /// All paths, those of the imports too.
    named: Vec<Vec<String>>,
}

impl Sources {
    /// Reads all files of a crate's source folder.
    pub(super) fn read(folder: &Path) -> Self {
        let mut sources = Self::default();
        sources.read_folder(folder, &Module::new());
        sources
    }

    fn read_folder(&mut self, folder: &Path, module: &Module) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                self.read_folder(&path, &child(module, &name));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                self.add(&child(module, &name), &std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// Adds the file of this path, such as `["record", "load"]`.
    fn add(&mut self, path: &[String], text: &str) {
        let (name, folder) = path.split_last().unwrap();
        // Nothing can import what the root of a binary defines.
        if name == "main" && folder.is_empty() {
            return;
        }
        let is_root_of_folder = name == "mod" || (name == "lib" && folder.is_empty());
        let module = if is_root_of_folder { folder } else { path };
        self.0.insert(module.to_vec(), File::parse(text));
    }

    /// Returns the circles, each as the sorted names of its modules.
    pub(super) fn circles(&self) -> BTreeSet<Vec<String>> {
        let imports = self.imports();
        let reachable: BTreeMap<&Module, BTreeSet<&Module>> = imports.keys().map(|from| (from, reach(from, &imports))).collect();
        let circle_of = |module: &Module| -> Vec<String> {
            let mine = &reachable[module];
            let both_ways = mine
                .iter()
                .filter(|other| reachable.get(*other).is_some_and(|theirs| theirs.contains(module)));
            both_ways.map(|module| module.join("/")).collect()
        };
        imports.keys().map(circle_of).filter(|circle| !circle.is_empty()).collect()
    }

    /// Returns the imports between modules of the same folder.
    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut imports = BTreeMap::<Module, BTreeSet<Module>>::new();
        for (from, file) in &self.0 {
            let targets = file.named.iter().filter_map(|path| self.find(from, path, 0));
            for (from, to) in targets.filter_map(|to| apart(from, &to)) {
                imports.entry(from).or_default().insert(to);
            }
        }
        imports
    }

    /// Returns the module that defines what `path` names in the file `from`, or `None` if that is `lib.rs` or another
    /// crate.
    fn find(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        // A name may be re-exported a few times, but not without end.
        if depth > 8 {
            return None;
        }
        let (first, rest) = path.split_first()?;
        let (start, rest) = match first.as_str() {
            "crate" => (Module::new(), rest),
            "self" => (from.clone(), rest),
            "super" => (parent(from), rest),
            name if self.0.contains_key(&child(from, name)) || self.imported(from, name).is_some() => (from.clone(), path),
            _ => return None,
        };
        let mut at = start;
        for name in rest {
            let below = child(&at, name);
            if name == "super" {
                at = parent(&at);
            } else if self.0.contains_key(&below) {
                at = below;
            } else if at.is_empty() {
                return None;
            } else {
                let defined = self.imported(&at, name).and_then(|path| self.find(&at, path, depth + 1));
                return Some(defined.unwrap_or(at));
            }
        }
        Some(at)
    }

    fn imported(&self, module: &Module, name: &str) -> Option<&Vec<String>> {
        self.0.get(module)?.imported.get(name)
    }
}

fn child(module: &[String], name: &str) -> Module {
    let mut child = module.to_vec();
    child.push(name.to_owned());
    child
}

fn parent(module: &Module) -> Module {
    module.split_last().map(|(_, parent)| parent.to_vec()).unwrap_or_default()
}

/// Returns the modules of one folder in which the two files are, or `None` if one file is in the folder of the other.
fn apart(from: &Module, to: &Module) -> Option<(Module, Module)> {
    let common = from.iter().zip(to).take_while(|(one, other)| one == other).count();
    let is_apart = common < from.len() && common < to.len();
    is_apart.then(|| (from[..=common].to_vec(), to[..=common].to_vec()))
}

fn reach<'a>(from: &'a Module, imports: &'a BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<&'a Module> {
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
    while let Some(module) = waiting.pop() {
        waiting.extend(imports.get(module).into_iter().flatten().filter(|next| seen.insert(*next)));
    }
    seen
}

impl File {
    fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let tokens = tokens(text);
        let mut rest = tokens.as_slice();
        while let Some((token, after)) = rest.split_first() {
            rest = match token.as_str() {
                "use" => file.parse_use(after, &[]),
                "crate" | "self" | "super" if after.first().is_some_and(|next| next == "::") => file.parse_path(rest),
                _ => after,
            };
        }
        file
    }

    /// Reads a path within other code, and returns the tokens after it.
    fn parse_path<'a>(&mut self, mut rest: &'a [String]) -> &'a [String] {
        let mut path = Vec::new();
        while let [name, after @ ..] = rest
            && is_name(name)
        {
            path.push(name.clone());
            rest = match after {
                [colons, next @ ..] if colons == "::" && next.first().is_some_and(|next| is_name(next)) => next,
                _ => {
                    self.named.push(path);
                    return after;
                }
            };
        }
        rest
    }

    /// Reads one tree of an import, and returns the tokens after it.
    fn parse_use<'a>(&mut self, mut rest: &'a [String], prefix: &[String]) -> &'a [String] {
        let mut path = prefix.to_vec();
        loop {
            match rest {
                [colons, after @ ..] if colons == "::" => rest = after,
                [brace, after @ ..] if brace == "{" => return self.parse_group(after, &path),
                [star, after @ ..] if star == "*" => {
                    self.named.push(path);
                    return after;
                }
                [r#as, alias, after @ ..] if r#as == "as" => {
                    self.import(alias, path);
                    return after;
                }
                [name, after @ ..] if is_name(name) => {
                    // `x::{self}` names `x`.
                    if name != "self" || path.is_empty() {
                        path.push(name.clone());
                    }
                    rest = after;
                }
                _ => {
                    if let Some(name) = path.last().cloned() {
                        self.import(&name, path);
                    }
                    return rest;
                }
            }
        }
    }

    fn parse_group<'a>(&mut self, mut rest: &'a [String], prefix: &[String]) -> &'a [String] {
        loop {
            match rest {
                [] => return rest,
                [end, after @ ..] if end == "}" => return after,
                [comma, after @ ..] if comma == "," => rest = after,
                _ => rest = self.parse_use(rest, prefix),
            }
        }
    }

    fn import(&mut self, name: &str, path: Vec<String>) {
        self.imported.insert(name.to_owned(), path.clone());
        self.named.push(path);
    }
}

/// Splits a file into names, `::` and single characters, without comments and tests.
fn tokens(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut tokens = Vec::new();
    for line in code.lines() {
        let mut rest = line.split("//").next().unwrap_or_default().trim_start();
        while let Some(first) = rest.chars().next() {
            let name = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
            let length = match name {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                length => length,
            };
            let (token, after) = rest.split_at(length);
            tokens.push(token.to_owned());
            rest = after.trim_start();
        }
    }
    tokens
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_name(token: &str) -> bool {
    token.starts_with(is_of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let mut sources = Sources::default();
        for (path, text) in files {
            let path: Vec<String> = path.split('/').map(str::to_owned).collect();
            sources.add(&path, text);
        }
        sources.circles().iter().map(|circle| circle.join(" ")).collect()
    }

    #[test]
    fn files_that_import_one_another_are_a_circle() {
        let lib = ("lib", "mod a; mod b; mod c; mod d;\npub use a::Public;");
        let a = ("a", "use crate::b::{self, B};");
        let b = ("b", "use crate::{\n    c,\n};\nfn f(_: c::C) {}");
        let d = ("d", "use super::{a::A, c};");
        for c in [
            "fn f(_: &crate::a::A) {}",
            "use super::a::*;",
            "use crate::{missing, a as other};",
        ] {
            assert_eq!(circles(&[lib, a, b, ("c", c), d]), ["a b c"], "{c}");
        }
        for c in [
            "use crate::Public;",
            "// crate::a::A",
            "use std::a::A;",
            "#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}",
            "pub(crate) struct A;",
        ] {
            assert_eq!(circles(&[lib, a, b, ("c", c), d]), [] as [&str; 0], "{c}");
        }
    }

    #[test]
    fn a_module_and_its_folder_are_one_from_outside() {
        let cache = ("cache", "use crate::record::Record;");
        let record = ("record", "mod load; mod save;\npub(crate) use load::load;");
        let load = ("record/load", "use super::Record; use crate::cache::Cache;");
        assert_eq!(circles(&[cache, record, load]), ["cache record"]);
        let load = ("record/load", "use super::Record;");
        assert_eq!(circles(&[cache, record, load]), [] as [&str; 0]);
    }

    #[test]
    fn files_in_a_folder_can_be_a_circle_of_their_own() {
        let files = [
            ("x/mod", "mod y; mod z;\nuse z::Z;"),
            ("x/y", "use super::Z;"),
            ("x/z", "use crate::x::y::Y;"),
        ];
        assert_eq!(circles(&files), ["x/y x/z"]);
    }
}
