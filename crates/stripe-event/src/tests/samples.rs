use std::collections::BTreeSet;
use std::path::Path;

use super::{ACACIA, BASIL, CLOVER, DAHLIA, OLD, parse, sample};
use crate::{EventKind, Object, fixtures};

#[test]
fn every_sample_is_readable_and_says_its_version_and_type() {
    for (version, stem, json) in fixtures::all() {
        let event = parse(json);
        let name = format!("{version}/{stem}");
        assert!(stem.starts_with(event.kind.as_str()), "{name}");
        assert!(!matches!(event.object, Object::Unreadable(_)), "{name}: {:?}", event.object);
        match event.object {
            Object::Thin(_) => assert_eq!(event.api_version, None, "{name}"),
            _ => assert_eq!(event.api_version.as_deref(), Some(version), "{name}"),
        }
    }
}

#[test]
fn neither_white_space_nor_the_order_of_keys_matters() {
    for (version, stem, json) in fixtures::all() {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let compact = value.to_string();
        assert_ne!(compact, json);
        assert_eq!(parse(&compact), parse(json), "{version}/{stem}");
    }
}

#[test]
fn the_table_of_samples_lists_exactly_the_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files = BTreeSet::new();
    for version in std::fs::read_dir(root).unwrap() {
        let version = version.unwrap();
        for file in std::fs::read_dir(version.path()).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            let stem = file.strip_suffix(".json").unwrap().to_owned();
            files.insert((version.file_name().into_string().unwrap(), stem));
        }
    }
    let table: BTreeSet<_> = fixtures::all()
        .map(|(version, stem, _)| (version.to_owned(), stem.to_owned()))
        .collect();
    assert_eq!(table, files);
    assert_eq!(fixtures::all().count(), files.len());
}

#[test]
fn two_versions_have_a_sample_of_every_kind() {
    let kinds = [
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.trial_will_end",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.pending_update_applied",
        "customer.subscription.pending_update_expired",
        "invoice.created",
        "invoice.updated",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "invoice.upcoming",
        "invoice.voided",
        "invoice.marked_uncollectible",
        "invoice.deleted",
        "payment_method.attached",
        "payment_method.updated",
        "payment_method.automatically_updated",
        "payment_method.detached",
        "checkout.session.completed",
        "customer.created",
        "customer.updated",
        "customer.deleted",
    ];
    for kind in kinds {
        assert!(!matches!(EventKind::parse(kind), EventKind::Other(_)));
        assert_eq!(EventKind::parse(kind).as_str(), kind);
        for version in [ACACIA, CLOVER] {
            assert_eq!(sample(version, kind).kind, EventKind::parse(kind));
        }
    }
}

#[test]
fn one_event_in_the_shapes_of_two_versions_is_equal() {
    for (version, stem, json) in fixtures::all() {
        // All samples of one type describe the same change.
        let Some(reference) = fixtures::event(ACACIA, stem) else {
            continue;
        };
        let (event, reference) = (parse(json), parse(reference));
        assert_eq!(event.object, reference.object, "{version}/{stem}");
        assert_eq!(event.id, reference.id, "{version}/{stem}");
    }
}

#[test]
fn every_version_has_the_events_that_differ_most() {
    let versions = [OLD, "2023-10-16", "2024-06-20", ACACIA, BASIL, CLOVER, DAHLIA];
    for version in versions {
        for stem in [
            "customer.subscription.updated",
            "customer.subscription.updated.renewed",
            "customer.subscription.updated.canceling",
            "invoice.paid",
        ] {
            assert!(fixtures::event(version, stem).is_some());
        }
    }
    assert_eq!(fixtures::event(OLD, "no.such.type"), None);
    assert_eq!(fixtures::event("1999-01-01", "invoice.paid"), None);
}
