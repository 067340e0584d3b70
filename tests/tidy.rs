//! The direction of dependencies, and a few other rules of the workspace.

mod circles;
mod links;
mod public;
mod sizes;
mod sources;

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::semver::{Version, VersionReq};
use cargo_metadata::{DependencyKind, MetadataCommand, PackageId};

/// The crates of the workspace that each crate may depend on. Arrows never run back up.
const ALLOWED: [(&str, &[&str]); 22] = [
    ("stripe-signature", &[]),
    ("stripe-event", &[]),
    ("stripe-client", &[]),
    ("wording", &[]),
    ("test-support", &[]),
    ("telemetry", &["wording"]),
    ("subscription", &[]),
    ("stripe-facts", &["stripe-event", "subscription"]),
    ("migration", &[]),
    ("ledger", &["subscription"]),
    ("persistence", &["ledger", "migration", "subscription"]),
    (
        "intake",
        &[
            "persistence",
            "stripe-event",
            "stripe-facts",
            "stripe-signature",
            "subscription",
        ],
    ),
    ("mail", &["subscription"]),
    ("workers", &["mail", "persistence", "subscription"]),
    ("pay-link", &["persistence", "stripe-client", "stripe-event", "subscription"]),
    (
        "reconcile",
        &[
            "intake",
            "persistence",
            "stripe-client",
            "stripe-event",
            "stripe-facts",
            "subscription",
        ],
    ),
    (
        "doctor",
        &[
            "intake",
            "persistence",
            "reconcile",
            "stripe-client",
            "stripe-signature",
            "wording",
        ],
    ),
    (
        "http-api",
        &[
            "doctor",
            "intake",
            "pay-link",
            "persistence",
            "reconcile",
            "stripe-client",
            "stripe-signature",
            "subscription",
            "wording",
        ],
    ),
    (
        "configuration",
        &[
            "intake",
            "persistence",
            "stripe-facts",
            "stripe-signature",
            "subscription",
            "telemetry",
            "wording",
        ],
    ),
    ("simulator", &["stripe-event", "stripe-signature"]),
    (
        "server",
        &[
            "configuration",
            "doctor",
            "http-api",
            "intake",
            "mail",
            "pay-link",
            "persistence",
            "reconcile",
            "simulator",
            "stripe-client",
            "stripe-signature",
            "subscription",
            "telemetry",
            "wording",
            "workers",
        ],
    ),
    (
        "acceptance",
        &[
            "persistence",
            "server",
            "simulator",
            "stripe-event",
            "stripe-facts",
            "stripe-signature",
            "subscription",
        ],
    ),
];

fn metadata() -> cargo_metadata::Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).exec().unwrap()
}

#[test]
fn dependencies_among_our_crates_run_one_way() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ALLOWED
        .iter()
        .map(|(name, may)| (*name, may.iter().copied().collect()))
        .collect();
    let ours: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    assert_eq!(
        ours,
        allowed.keys().map(|name| (*name).to_owned()).collect(),
        "every crate has its line in ALLOWED"
    );
    for package in metadata.workspace_packages() {
        let may = &allowed[package.name.as_str()];
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
        {
            let name = dependency.name.as_str();
            assert!(
                !ours.contains(name) || may.contains(name),
                "{} may not depend on {name}",
                package.name
            );
        }
    }
}

#[test]
fn the_leaves_do_no_io_and_the_web_stays_out_of_the_ledger() {
    let metadata = metadata();
    let tree = tree(&metadata);
    for (of, without) in [
        (
            "subscription",
            ["tokio", "sea-orm", "sqlx", "serde_json", "actix-web"].as_slice(),
        ),
        ("ledger", &["tokio", "sea-orm", "sqlx", "serde_json", "actix-web"]),
        ("stripe-event", &["tokio", "sea-orm", "sqlx", "actix-web"]),
        ("stripe-facts", &["tokio", "sea-orm", "sqlx", "actix-web"]),
        ("stripe-signature", &["tokio", "sea-orm", "sqlx", "actix-web", "serde"]),
        ("persistence", &["actix-web", "stripe-event", "ureq", "lettre", "apalis"]),
        ("intake", &["actix-web", "apalis", "lettre", "ureq"]),
        ("mail", &["sea-orm", "sqlx", "actix-web", "apalis"]),
        ("pay-link", &["actix-web", "apalis", "lettre", "icu_datetime"]),
        ("reconcile", &["actix-web", "apalis", "lettre", "icu_datetime"]),
        ("doctor", &["actix-web", "apalis", "lettre", "icu_datetime", "utoipa"]),
        ("http-api", &["apalis", "lettre", "icu_datetime"]),
        ("workers", &["actix-web", "stripe-event"]),
        ("configuration", &["actix-web", "apalis", "lettre", "ureq"]),
        ("telemetry", &["tokio", "sea-orm", "sqlx", "actix-web"]),
        ("server", &["openssl-sys", "aws-lc-sys", "native-tls"]),
    ] {
        for name in without {
            assert!(
                !tree[of].contains(*name),
                "{of} may not depend on {name}, not even through others"
            );
        }
    }
}

#[test]
fn no_source_files_import_one_another_in_a_circle() {
    let mut found = Vec::new();
    for package in metadata().workspace_packages() {
        let folder = package.manifest_path.parent().unwrap().join("src");
        if !folder.exists() {
            continue;
        }
        let circles = circles::Sources::read(folder.as_std_path()).circles();
        found.extend(circles.iter().map(|circle| format!("{}: {}", package.name, circle.join(" "))));
    }
    assert!(found.is_empty(), "files of one crate import one another: {found:?}");
}

/// Dependencies that no source names, with the reason.
const UNNAMED: [(&str, &str); 3] = [
    (
        "icu_provider",
        "asked for with `sync`, so that data can be shared between threads",
    ),
    ("bitflags", "asked for with the features that the tests' dependencies ask for"),
    (
        "serde_core",
        "asked for with the features that the tests' dependencies ask for",
    ),
];

#[test]
fn every_dependency_is_used_by_name() {
    let metadata = metadata();
    // A package's library may have another name: async-stripe-core is stripe_core.
    let libraries: BTreeMap<&str, &str> = metadata
        .packages
        .iter()
        .filter_map(|package| {
            let library = package
                .targets
                .iter()
                .find(|target| target.is_lib() || target.is_proc_macro())?;
            Some((package.name.as_str(), library.name.as_str()))
        })
        .collect();
    for package in metadata.workspace_packages() {
        let sources = sources::below(package.manifest_path.parent().unwrap().as_std_path());
        let text: String = sources.into_iter().map(|source| source.text).collect();
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for dependency in &package.dependencies {
            let library = libraries.get(dependency.name.as_str()).copied();
            let name = dependency
                .rename
                .as_deref()
                .or(library)
                .unwrap_or(&dependency.name)
                .replace('-', "_");
            let is_unnamed = UNNAMED.iter().any(|(unnamed, _)| *unnamed == name);
            assert!(
                words.contains(name.as_str()) || is_unnamed,
                "{}: nothing uses {name}",
                package.name
            );
        }
    }
}

/// The versions below which a package must not be, and why.
const AT_LEAST: [(&str, &str, &str); 2] = [
    (
        "actix-http",
        "3.20.0",
        "older ones read chunked bodies loosely, and keep the memory of large answers",
    ),
    (
        "sqlx-core",
        "0.9.0",
        "persistence/src/connections.rs is written for how its pool takes connections back",
    ),
];

#[test]
fn what_a_stranger_talks_to_is_not_too_old() {
    for (name, minimum, why) in AT_LEAST {
        let minimum: Version = minimum.parse().unwrap();
        let metadata = metadata();
        let mut found = metadata.packages.iter().filter(|package| *package.name == name).peekable();
        assert!(found.peek().is_some(), "{name} is in the tree");
        for package in found {
            assert!(package.version >= minimum, "{name} {}: {why}", package.version);
        }
    }
}

/// Returns true if the version meets any of several requirements, separated by `|`.
fn meets_any(version: &Version, requirements: &str) -> bool {
    let mut requirements = requirements.split('|').map(str::trim).filter(|text| !text.is_empty());
    requirements.any(|text| VersionReq::parse(text).unwrap().matches(version))
}

#[test]
fn no_dependency_has_a_known_vulnerability() {
    let metadata = metadata();
    let mut known = 0;
    for line in include_str!("advisories.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        let (package, advisory, patched, unaffected) = (next(), next(), next(), next());
        known += 1;
        // A crate of ours may have the name of somebody else's.
        let others = metadata.packages.iter().filter(|used| used.source.is_some());
        for used in others.filter(|used| *used.name == package) {
            let is_safe = meets_any(&used.version, patched) || meets_any(&used.version, unaffected);
            assert!(is_safe, "{package} {}: {advisory}, patched in {patched:?}", used.version);
        }
    }
    assert!(known > 500, "{known} vulnerabilities are known");
    let (old, patched) = (Version::new(1, 0, 0), ">= 0.10.5, < 0.11 | >= 2.0.0-alpha.1");
    assert!(!meets_any(&old, patched) && !meets_any(&old, "") && meets_any(&Version::new(2, 0, 0), patched));
}

/// Returns all that each of our crates depends on, also through others, outside of its tests.
fn tree(metadata: &cargo_metadata::Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let edges: BTreeMap<&PackageId, Vec<&PackageId>> = resolve
        .nodes
        .iter()
        .map(|node| {
            let needed = node
                .deps
                .iter()
                .filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
            (&node.id, needed.map(|dep| &dep.pkg).collect())
        })
        .collect();
    let name = |id: &PackageId| metadata[id].name.to_string();
    let reach = |from: &PackageId| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(id) = waiting.pop() {
            for next in &edges[&id] {
                if seen.insert((*next).clone()) {
                    waiting.push((*next).clone());
                }
            }
        }
        seen.iter().map(name).collect()
    };
    metadata
        .workspace_packages()
        .iter()
        .map(|package| (package.name.to_string(), reach(&package.id)))
        .collect()
}
